"""Spans of a real server on their way through a real collector, Rotel, which sends on what it has understood."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator

import pytest
import requests
from focal.trace import STAGES
from server.ports import free_ports
from server.probe import sample_png

from tests.helpers.collector import Collector, attributes, collector
from tests.helpers.running_server import Server
from tests.helpers.tools import installed
from tests.helpers.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.long]

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Collector]:
    """Where Rotel sends what it collects."""
    with collector() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def rotel(receiver: Collector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running Rotel, installed in a folder of its own."""
    folder = installed(tmp_path_factory.mktemp("rotel"), "rotel")
    program = folder / "rotel" / "rotel-agent"
    program.chmod(0o755)
    of_http, of_grpc = free_ports(2)
    options = {
        "otlp-http-endpoint": f"127.0.0.1:{of_http}",
        "otlp-grpc-endpoint": f"127.0.0.1:{of_grpc}",
        "exporter": "otlp",
        "otlp-exporter-endpoint": receiver.url,
        "otlp-exporter-protocol": "http",
    }
    with (folder / "rotel.log").open("wb") as log:
        command = [str(program), "start", *(f"--{name}={value}" for name, value in options.items())]
        process = subprocess.Popen(command, cwd=folder, env=os.environ, stdout=log, stderr=log)
    yield f"http://127.0.0.1:{of_http}"
    process.terminate()
    process.wait(30)


def test_a_collector_understands_a_photos_spans(
    start_server: Callable[..., Server], rotel: str, receiver: Collector
) -> None:
    server = start_server(FOCAL_WORKERS="1", FOCAL_OTLP_ENDPOINT=rotel)
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "X-Request-Id": "order-4711.photo_5"}

    assert requests.post(server.url, data=sample_png(), headers=headers, timeout=60).status_code == 200

    wait_until(lambda: any(span.trace_id.hex() == TRACE for span in receiver.spans))
    *stages, request = [span for span in receiver.spans if span.trace_id.hex() == TRACE]
    assert request.parent_span_id.hex() == PARENT
    assert attributes(request.attributes)["focal.request_id"] == "order-4711.photo_5"
    assert {span.name for span in stages} == set(STAGES)
    assert {span.parent_span_id for span in stages} == {request.span_id}
    assert {resource["service.name"] for resource in receiver.resources} == {"focal"}
