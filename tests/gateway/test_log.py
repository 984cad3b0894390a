"""The access log: one JSON object a request, which no client can forge."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.helpers.http_client import Client
from tests.helpers.scripted_upstream import Reply
from tests.helpers.waiting import wait_until


@pytest.fixture
def client(open_gateway):
    """A client whose gateway has a log of its own."""
    return Client(open_gateway().settings.port)


def log_lines(run_folder, count):
    """The log's lines as objects; nginx writes each after the answer has left."""
    log = run_folder / "access.log"
    wait_until(lambda: len(log.read_bytes().splitlines()) >= count)
    return [json.loads(line) for line in log.read_bytes().splitlines()]


def test_a_request_is_logged_as_one_object(client, run_folder):
    answer = client.ask("POST", "/", b"x", {"X-Request-Id": "my-request-1"})
    (line,) = log_lines(run_folder, 1)
    assert answer.status == 200
    assert (line["request_id"], line["trace_id"]) == ("my-request-1", "")
    assert (line["method"], line["path"], line["status"], line["failure"]) == ("POST", "/", 200, "")
    assert line["upstream_status"] == "200"
    assert line["seconds"] >= 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", line["time"])
    assert abs(datetime.now(UTC) - datetime.fromisoformat(line["time"])) < timedelta(minutes=1)


def test_the_trace_that_a_request_belongs_to_is_logged(client, run_folder):
    client.ask("POST", "/", b"x", {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"})
    (line,) = log_lines(run_folder, 1)
    assert line["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"


def test_an_error_is_logged_with_its_reason_and_the_clients_method(client, upstream, run_folder):
    upstream.answer(Reply(500, b"boom"))
    client.ask("POST", "/", b"x")
    upstream.answer(Reply(422, b"{}", {"X-Focal-Error": "{}"}))
    client.ask("POST", "/", b"x")
    first, second = log_lines(run_folder, 2)
    assert (first["method"], first["status"], first["failure"], first["upstream_status"]) == (
        "POST", 503, "not_ready", "500",
    )  # fmt: skip
    assert (second["status"], second["failure"]) == (422, "handler/422")


@pytest.mark.slow
def test_a_client_that_sends_no_whole_photo_is_the_reason_that_is_logged(open_gateway, run_folder):
    client = Client(open_gateway(max_pause_s=1).settings.port)
    half = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"
    with client.connect() as leaving:
        leaving.sendall(half)
    assert client.send_raw(half) == b""
    reasons = {(line["status"], line["failure"]) for line in log_lines(run_folder, 2)}
    assert reasons == {(400, "client_left"), (408, "client_too_slow")}


def test_client_text_that_could_forge_a_line_is_left_out(client, run_folder):
    for path in ('/"}%0a{"status":200,"x":"', "/\xff\xfe", "/" + "a" * 500, "/x?secret=1", "/<script>"):
        request = f'GET {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: \xff"}}\r\nConnection: close\r\n\r\n'
        client.send_raw(request.encode("latin1"))
    client.send_raw(b"\x00\x01\xff garbage\r\n\r\n")
    lines = log_lines(run_folder, 6)
    assert [line["path"] for line in lines] == ["", "", "", "/x", "", ""]
    assert lines[-1]["method"] == "other"
    assert b"secret" not in (run_folder / "access.log").read_bytes()
