"""The log of a real server: two lines a request, one of the gateway and one of the handler, under one id."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
import requests
from focal import __version__
from server.probe import ready, sample_png

from tests.helpers.running_server import Server
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow

NO_PHOTO = b"no photo at all"
# What would forge a line, a field or a colour if it were written down as it comes.
HOSTILE = [
    'abcdefgh","outcome":"ok","x":"',
    '{"time":"2026-01-01T00:00:00+00:00","outcome":"ok"}',
    "abcdefgh\\n{}",
    "abcdefgh%0a{}",
    "[METRICS]focal_requests_total.requests:9|#outcome:ok|#type:COUNTER|#hostname:x,1",
    "\x1b[31mabcdefgh",
    "abcd\tefgh",
    "x" * 65,
    "short",
]


def objects(server: Server) -> list[dict[str, Any]]:
    """The log's lines about requests."""
    lines = map(json.loads, server.log.read_text().splitlines())
    return [line for line in lines if "request_id" in line]


def lines_of(server: Server, request_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The gateway's line and the handler's of a request, as soon as both are there."""
    found: list[dict[str, Any]] = []

    def are_there() -> bool:
        found[:] = [line for line in objects(server) if line["request_id"] == request_id]
        return len(found) >= 2

    wait_until(are_there)
    (handler,) = [line for line in found if "outcome" in line]
    (gateway,) = [line for line in found if "status" in line]
    return gateway, handler


def test_every_line_is_a_json_object_with_the_same_first_fields(server: Server) -> None:
    ready(server.url)
    requests.post(server.url, data=NO_PHOTO, timeout=60)
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]

    assert {tuple(line)[:4] for line in lines} == {("time", "level", "source", "version")}
    assert {line["version"] for line in lines} == {__version__}
    assert {"serve", "gateway", "handler"} <= {line["source"] for line in lines}
    assert all(datetime.fromisoformat(line["time"]).tzinfo for line in lines)
    (ready_line,) = [line for line in lines if line.get("message", "").startswith("Focal is ready at ")]
    assert (ready_line["level"], ready_line["url"]) == ("info", server.url)
    assert "/readyz" not in {line.get("path") for line in lines}


def test_a_trace_is_in_both_lines_and_comes_back(server: Server) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    headers = {"X-Request-Id": "order-4711.photo_3", "traceparent": trace}
    answer = requests.post(server.url, data=NO_PHOTO, headers=headers, timeout=60)

    gateway, handler = lines_of(server, "order-4711.photo_3")

    assert answer.headers["traceparent"] == trace
    assert gateway["trace_id"] == handler["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"


def test_an_answered_photo_has_two_lines_under_its_clients_id(server: Server) -> None:
    answer = requests.post(server.url, data=sample_png(), headers={"X-Request-Id": "order-4711.photo_2"}, timeout=60)

    gateway, handler = lines_of(server, "order-4711.photo_2")

    assert answer.headers["X-Request-Id"] == "order-4711.photo_2"
    assert (gateway["status"], gateway["failure"], gateway["path"]) == (200, "", "/")
    assert (handler["outcome"], handler["format"], handler["class"]) == ("ok", "PNG", answer.json()["class"])
    assert handler["probability"] == pytest.approx(answer.json()["probability"], abs=1e-4)
    assert max(handler["stages"].values()) <= handler["seconds"] + 0.001  # on idle cores, stages overlap
    assert handler["seconds"] <= float(gateway["upstream_seconds"]) + 0.002


def test_a_refused_request_has_them_too_under_an_id_that_its_client_gets(server: Server) -> None:
    answer = requests.post(server.url, data=NO_PHOTO, timeout=60)

    gateway, handler = lines_of(server, answer.headers["X-Request-Id"])

    assert (gateway["status"], gateway["failure"]) == (415, "handler/415")
    assert (handler["outcome"], handler["class"]) == ("UnsupportedFormat", None)
    assert list(handler["stages"]) == ["receive", "decode"]


@pytest.mark.parametrize("door", ["gateway", "TorchServe"])
def test_no_header_forges_a_line(server: Server, door: str) -> None:
    url, headers = server.url, {}
    if door == "TorchServe":  # which passes every header on to the handler
        url, headers = f"{server.inference_url}/predictions/focal", {"Authorization": f"Bearer {server.keys.inference}"}
    already = len(objects(server))

    answers = [
        requests.post(url, data=NO_PHOTO, headers=headers | {"X-Request-Id": sent, "User-Agent": sent}, timeout=60)
        for sent in HOSTILE
    ]

    assert {answer.status_code for answer in answers} == {415}
    ids = {answer.headers["X-Request-Id"] for answer in answers}
    wait_until(lambda: sum("outcome" in line for line in objects(server)[already:]) >= len(HOSTILE))
    lines = objects(server)[already:]
    assert len(ids) == len(HOSTILE)
    assert {line["request_id"] for line in lines} == ids
    assert {line["outcome"] for line in lines if "outcome" in line} == {"UnsupportedFormat"}
    log = server.log.read_text()
    assert [sent for sent in HOSTILE if sent != "short" and sent in log] == []
