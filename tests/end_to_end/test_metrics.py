"""The metrics of a real server: they count what was sent, and have every name that a rule or a panel asks for."""

from __future__ import annotations

import base64
import io
import re
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pytest
import requests
import yaml
from focal.api.metrics import METRICS
from focal.trace import STAGES
from lab.dashboard import dashboard
from PIL import Image

from tests.conftest import ROOT
from tests.helpers.running_server import Server
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow

Key = tuple[str, frozenset[tuple[str, str]]]

SCRAPED = ("/metrics", "/metrics/server")
# What Prometheus itself adds to each sample, and what it knows without a scrape.
PROMETHEUS_LABELS = {"job", "instance"}
PROMETHEUS_METRICS = {"up": {"job"}, "ALERTS": {"alertname", "alertstate", "severity"}}
WORDS_OF_PROMQL = {"and", "or", "unless", "on", "by", "without", "group_left", "offset", "bool"}
# TorchServe measures its machine every minute.
MACHINE_MEASURED_S = 75
WORKERS_READY_S = 60  # a server serves as soon as the first is


def shown(server: Server) -> str:
    """All that there is to scrape."""
    return "".join(requests.get(server.metrics_url + path, timeout=10).text for path in SCRAPED)


def scraped(server: Server) -> Iterator[tuple[str, dict[str, str], float]]:
    """Every sample: name, labels without TorchServe's own, value."""
    # Read as it stands: prometheus_client's parser gives TorchServe's counters other names.
    for name, labels, value in re.findall(r"^(\w+)(?:\{(.*)\})? (\S+)$", shown(server), re.MULTILINE):
        pairs = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        yield name, {label: text for label, text in pairs.items() if label.lower() != "hostname"}, float(value)


def values(server: Server) -> defaultdict[Key, float]:
    return defaultdict(float, {(name, frozenset(labels.items())): value for name, labels, value in scraped(server)})


def key(name: str, **labels: str) -> Key:
    return name, frozenset(labels.items())


def emitted(server: Server) -> dict[str, set[str]]:
    """The labels of each name, as far as the server has a sample of it; some of TorchServe's come with a first case."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    found |= {name: set() for name in re.findall(r"^# TYPE (\w+)", shown(server), re.MULTILINE)}
    for name, labels, _ in scraped(server):
        found[name] |= set(labels)
    return dict(found)


def asked_for(query: str) -> tuple[dict[str, set[str]], set[str]]:
    """Each metric of a query with the labels that it is matched by; and those that are grouped or joined by."""
    query = re.sub(r'"[^"]*"|\[[^]]*\]', '""', query)
    grouping = r"\b(?:by|on|group_left)\s*\(([^)]*)\)"
    grouped = {label for group in re.findall(grouping, query) for label in re.findall(r"\w+", group)}
    found: defaultdict[str, set[str]] = defaultdict(set)
    names = r"(?<![\w.])([a-zA-Z_:][\w:]*)\b(?!\s*\()\s*(\{[^}]*\})?"
    for name, matchers in re.findall(names, re.sub(grouping, "", query)):
        if name not in WORDS_OF_PROMQL:
            found[name] |= set(re.findall(r"(\w+)\s*[=!]", matchers))
    return dict(found), grouped


RULES = [
    rule
    for file in ("focal.rules.yml", "focal.alerts.yml")
    for group in yaml.safe_load((ROOT / "deploy/prometheus" / file).read_text())["groups"]
    for rule in group["rules"]
]
RECORDED = {rule["record"]: set() for rule in RULES if "record" in rule}
QUERIES = {rule.get("record") or rule["alert"]: rule["expr"] for rule in RULES} | {
    f"{panel['title']} {target['refId']}": target["expr"]
    for panel in dashboard()["panels"]
    for target in panel.get("targets", [])
}


def jpeg(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(6).integers(0, 255, (height, width, 3), np.uint8)).save(buffer, "JPEG")
    return buffer.getvalue()


def test_what_is_sent_is_counted_once(server: Server) -> None:
    before = values(server)
    photo = base64.b64encode(jpeg(300, 200)).decode()

    requests.post(server.url, json={"img": photo, "fallback": "always"}, timeout=60)
    requests.post(server.url, json={"img": "?"}, timeout=60)

    once = {
        key("focal_requests_total", outcome="ok"),
        key("focal_requests_total", outcome="InvalidBase64"),
        key("focal_front_door_requests_total", route="photos", torchserve="current", status="200", failure=""),
        key("focal_front_door_requests_total", route="photos", torchserve="current", status="400",
            failure="handler/400"),
        key("focal_front_door_photo_seconds_count", torchserve="current"),
        key("focal_photos_total", format="JPEG"),
        key("focal_fallbacks_total"),
        *(key(f"focal_{name}_count") for name in ("photo_megapixels", "class_probability", "mask_foreground_share")),
        *(key("focal_stage_seconds_count", stage=stage) for stage in STAGES if stage != "receive"),
    }  # fmt: skip
    twice = {key("focal_stage_seconds_count", stage="receive"), key("focal_request_seconds_count")}
    grown: dict[Key, float] = {}

    def is_counted() -> bool:
        now = values(server)
        grown.update({name: now[name] - before[name] for name in now})
        return all(grown.get(name) for name in once) and all(grown.get(name, 0) > 1 for name in twice)

    wait_until(is_counted)
    assert {name: grown[name] for name in once} == dict.fromkeys(once, 1)
    assert {name: grown[name] for name in twice} == dict.fromkeys(twice, 2)
    assert grown[key("focal_photo_megapixels_sum")] == pytest.approx(0.06)
    stages = [grown[key("focal_stage_seconds_sum", stage=stage)] for stage in STAGES]
    whole = grown[key("focal_request_seconds_sum")]
    # A busy machine may pause between two stages; on idle cores, they overlap.
    assert max(stages) <= whole * 1.01
    assert sum(stages) > 0.5 * whole


def test_every_metric_of_the_handler_is_shown_and_says_what_is_built(server: Server) -> None:
    names = emitted(server)

    for metric in METRICS:
        suffix = "_count" if metric.kind == "histogram" else ""
        assert names[metric.name + suffix] == set(metric.labels)
    (build,) = [labels for name, labels, value in scraped(server) if name == "focal_build_info" and value == 1]
    described = server.manage("GET", "/models/focal?customized=true")[0]["customizedMetadata"]
    assert build.keys() == {"version", "backbone", "weights_sha256"}
    assert all(value in str(described) for value in build.values())


def test_the_workers_are_all_there(server: Server) -> None:
    wanted = values(server)[key("focal_workers_wanted")]

    wait_until(lambda: values(server)[key("focal_workers_ready")] == wanted > 0, WORKERS_READY_S)
    assert values(server)[key("focal_resident_bytes", part="workers")] > 1e8


def test_no_rule_or_panel_asks_for_what_is_not_there(server: Server) -> None:
    requests.post(server.url, data=jpeg(30, 20), timeout=60)
    wait_until(lambda: emitted(server)["MemoryUtilization"] > set(), MACHINE_MEASURED_S)
    there = PROMETHEUS_METRICS | RECORDED | emitted(server)

    for where, query in QUERIES.items():
        metrics, grouped = asked_for(query)
        assert set(metrics) <= set(there), where
        assert {name: labels - there[name] for name, labels in metrics.items() if labels - there[name]} == {}, where
        assert grouped <= set().union(PROMETHEUS_LABELS, *(there[name] for name in metrics)), where


def test_the_queries_are_read_as_they_are_meant() -> None:
    query = (
        'sum by (le, stage) (rate(focal_a_bucket{le="0.5", x!~"y|z"}[5m])) / on (job) group_left () b:c > 2 and d == 1'
    )

    metrics, grouped = asked_for(query)

    assert metrics == {"focal_a_bucket": {"le", "x"}, "b:c": set(), "d": set()}
    assert grouped == {"le", "stage", "job"}
