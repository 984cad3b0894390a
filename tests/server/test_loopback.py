"""Focal's requests to its own server take no proxy, which would get the keys in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from server import probe
from server.ops import status
from server.ports import Addresses
from server.torchserve import TorchServe

from tests.helpers.proxy import Recorder, recorder
from tests.helpers.running_server import PROXY_VARIABLES


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """A proxy that every variable names, and none exempts this machine from."""
    with recorder() as server:
        for variable in PROXY_VARIABLES:
            monkeypatch.setenv(variable, server.url)
        for variable in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(variable, raising=False)
        yield server


@pytest.fixture
def server() -> Iterator[Recorder]:
    with recorder() as server:
        yield server


def test_probes_ask_the_server_itself(proxy: Recorder, server: Recorder) -> None:
    probe.ready(server.url)
    with suppress(ConnectionError):  # it does not answer as Focal does
        probe.predict(server.url, key="secret")

    assert server.asked == [("/readyz", None), ("/", "Bearer secret")]
    assert proxy.asked == []


def test_the_management_key_goes_to_torchserve_alone(proxy: Recorder, server: Recorder, tmp_path: Path) -> None:
    torchserve = TorchServe("java", Addresses(management_port=server.server_port), tmp_path, tmp_path, 1)
    keys = {name: {"key": name} for name in ("inference", "management", "API")}
    torchserve.key_file.write_text(json.dumps(keys))

    torchserve.manage("GET", "/models/focal")

    assert server.asked == [("/models/focal", "Bearer management")]
    assert proxy.asked == []


def test_status_reads_the_metrics_from_the_server_itself(proxy: Recorder, server: Recorder) -> None:
    status._metrics(server.url)

    assert server.asked == [("/metrics", None)]
    assert proxy.asked == []
