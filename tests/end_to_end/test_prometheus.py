"""A real Prometheus that scrapes a real server under load: panels have something to show, an alert fires and clears."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import yaml
from lab.dashboard import dashboard
from lab.load.clients import Load, calm_replies
from server.ports import free_ports
from server.probe import sample_png

from tests.conftest import ROOT
from tests.helpers.missing import installed
from tests.helpers.running_server import Server
from tests.helpers.under_load import CALLS
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow

RULES = ROOT / "deploy" / "prometheus"
WINDOW = "5s"  # in the place of minutes and days
PATIENCE_S = 180.0  # a calm machine of two cores needs ten
# A busy machine may miss a scrape or two: in the end they must not fire.
NEVER = {"FocalDown", "FocalPhotosFail", "FocalInternalErrors", "FocalRestarts"}


@pytest.fixture
def prometheus(server: Server, tmp_path: Path) -> Iterator[str]:
    """The address of a Prometheus with our configuration and our rules, only faster, that scrapes the shared server."""
    program = installed("prometheus", "prometheus")
    for file in ("focal.rules.yml", "focal.alerts.yml"):
        (tmp_path / file).write_text(faster((RULES / file).read_text()))
    configuration = yaml.safe_load((RULES / "prometheus.yml").read_text())
    configuration["global"] = {"scrape_interval": "500ms", "evaluation_interval": "500ms"}
    for job in configuration["scrape_configs"]:
        job["static_configs"] = [{"targets": [urlsplit(server.metrics_url).netloc]}]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    address = f"127.0.0.1:{free_ports(1)[0]}"
    command = [program, f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen([*command, f"--web.listen-address={address}"], stdout=log, stderr=log)
    yield f"http://{address}"
    process.terminate()
    process.wait(30)


def faster(rules: str) -> str:
    """The rules with seconds where they have minutes and days."""
    return re.sub(r"\bfor: \w+", "for: 1s", re.sub(r"\[\w+\]", f"[{WINDOW}]", rules))


def result(prometheus: str, query: str) -> list[object]:
    """What a query gives now; nothing while Prometheus starts."""
    try:
        answer = requests.get(f"{prometheus}/api/v1/query", params={"query": query}, timeout=60)
    except requests.ConnectionError:
        return []
    assert answer.status_code in (200, 503), answer.text
    return answer.json()["data"]["result"] if answer.status_code == 200 else []


def firing(prometheus: str) -> set[str]:
    """The alerts that fire now."""
    alerts = requests.get(f"{prometheus}/api/v1/alerts", timeout=60).json()["data"]["alerts"]
    return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}


@contextmanager
def greedy_client(url: str) -> Iterator[None]:
    """One client with three times as many photos under way at once as one may have."""
    leaving = threading.Event()

    def ask() -> None:
        while not leaving.wait(0.1):
            requests.post(url, data=sample_png(), timeout=60)

    with ThreadPoolExecutor(48) as clients:
        asking = [clients.submit(ask) for _ in range(48)]
        try:
            yield
        finally:
            leaving.set()
    for one in asking:
        one.result()


def test_an_alert_fires_under_load_and_clears_and_every_panel_has_something_to_show(
    server: Server, prometheus: str
) -> None:
    queries = {
        panel["title"]: [target["expr"].replace("$__rate_interval", WINDOW) for target in panel["targets"]]
        for panel in dashboard()["panels"]
        if panel["type"] != "row"
    }

    with Load(server.url, CALLS, calm_replies(server.url, CALLS), clients=2):
        wait_until(lambda: result(prometheus, "focal:photos:rate5m > 0") != [], PATIENCE_S)
        assert "FocalPhotosShed" not in firing(prometheus)
        with greedy_client(server.url):
            wait_until(lambda: "FocalPhotosShed" in firing(prometheus), PATIENCE_S)
        # TorchServe measures its machine every minute, the first time some seconds after its start.
        wait_until(lambda: empty(prometheus, queries) == [], PATIENCE_S + 15)
    wait_until(lambda: not firing(prometheus) & {"FocalPhotosShed", *NEVER}, PATIENCE_S)


def empty(prometheus: str, queries: dict[str, list[str]]) -> list[str]:
    """The panels that show nothing."""
    return [title for title, asked in queries.items() if not any(result(prometheus, query) for query in asked)]
