"""Which headers pass in which direction."""

from __future__ import annotations

import json
import re
import time

import pytest

from tests.helpers.scripted_upstream import INFERENCE_KEY, Reply

CONTRACT_HEADERS = {
    *("host", "connection", "authorization", "x-request-id", "x-focal-received"),
    *("accept", "content-type", "content-length", "x-focal-content-type"),
}

FORM = 'multipart/form-data; charset=utf-8; boundary="a b"; x=y'


def test_nothing_of_a_clients_headers_reaches_torchserve_unnamed(client, upstream):
    client.ask(
        "POST",
        "/",
        b"x",
        {
            "describe": "True",
            "Describe": "True",
            "explain": "True",
            "url_path": "x",
            "X-Focal-Query": "strength=0",
            "x-focal-query": "strength=0",
            "X_Under": "1",
            "ts_request_sequence_id": "1",
            "Authorization": "Bearer stolen",
            "Cookie": "a=b",
            "Range": "bytes=0-1",
            "X-Forwarded-For": "1.2.3.4",
            "Expect": "100-continue",
        },
    )
    (received,) = upstream.received
    assert {name.lower() for name, _ in received.headers} <= CONTRACT_HEADERS
    assert [value for name, value in received.headers if name == "Authorization"] == [f"Bearer {INFERENCE_KEY}"]


@pytest.mark.parametrize(
    ("claimed", "told"),
    [
        *((kind, kind) for kind in ("application/json", "image/jpeg", "text/plain; charset=utf-16", FORM)),
        (
            'multipart/form-data; charset=utf-8; boundary="a b"; x=y',
            'multipart/form-data; charset=utf-8; boundary="a b"; x=y',
        ),
        ("\xff\xfe", "application/octet-stream"),
        ("x" * 5000, "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_every_body_is_bytes_to_torchserve_and_the_handler_hears_what_its_client_calls_it(
    client, upstream, claimed, told
):
    client.ask("POST", "/", b"x", {"Content-Type": claimed, "X-Focal-Content-Type": "forged"})
    assert upstream.received[0].header("Content-Type") == "application/octet-stream"
    assert upstream.received[0].header("X-Focal-Content-Type") == told


@pytest.mark.parametrize("path", ["/", "/predictions/focal", "/explanations/focal"])
@pytest.mark.parametrize("query", ["strength=0.06&format=png", "point=0.5%2C0.4&", "a=b?c=d", "=", "x" * 1024])
def test_the_query_reaches_the_handler_as_it_is_in_a_header_that_a_client_cannot_set(client, upstream, path, query):
    client.ask("POST", f"{path}?{query}", b"x", {"X-Focal-Query": "forged"})
    (received,) = upstream.received
    assert [value for name, value in received.headers if name.lower() == "x-focal-query"] == [query]
    assert "?" not in received.path


@pytest.mark.parametrize("path", ["/", "/?"])
def test_without_a_query_there_is_no_header_for_it(client, upstream, path):
    client.ask("POST", path, b"x", {"X-Focal-Query": "forged"})
    assert upstream.received[0].header("X-Focal-Query") is None


@pytest.mark.parametrize("query", ["x" * 1025, "label=caf\xe9"])
def test_a_query_that_no_header_can_carry_is_refused(client, upstream, query):
    request = f"POST /?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"
    answered = client.send_raw(request.encode("latin-1"))
    error = json.loads(answered.partition(b"\r\n\r\n")[2])
    assert (error["code"], error["type"]) == (400, "BadRequest")
    assert "1024 characters" in error["message"]
    assert upstream.received == []


def test_a_body_without_a_content_type_is_bytes(client, upstream):
    client.send_raw(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx")
    assert upstream.received[0].header("Content-Type") == "application/octet-stream"


@pytest.mark.parametrize(
    ("sent", "forwarded"), [("image/webp, */*;q=0.1", "image/webp, */*;q=0.1"), ("a" * 600, "*/*"), ("\xff", "*/*")]
)
def test_an_accept_header_passes_if_it_is_ordinary(client, upstream, sent, forwarded):
    client.ask("POST", "/", b"x", {"Accept": sent})
    assert upstream.received[0].header("Accept") == forwarded


def test_a_well_formed_request_id_is_kept_upstream_and_back(client, upstream):
    answer = client.ask("POST", "/", b"x", {"X-Request-Id": "order-66.A_b"})
    assert answer.headers["X-Request-Id"] == "order-66.A_b"
    assert upstream.received[0].header("X-Request-Id") == "order-66.A_b"


@pytest.mark.parametrize("forged", ["", "short", "a" * 65, 'abcdefgh"}', "abcdefgh\tx", "abcdefgh\xff"])
def test_any_other_request_id_is_replaced(client, upstream, forged):
    answer = client.ask("POST", "/", b"x", {"X-Request-Id": forged})
    made = answer.headers["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{32}", made)
    assert upstream.received[0].header("X-Request-Id") == made


TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_the_trace_of_a_request_goes_on_upstream_and_comes_back(client, upstream):
    answer = client.ask("POST", "/", b"x", {"traceparent": TRACE})
    assert answer.headers["traceparent"] == TRACE
    assert upstream.received[0].header("traceparent") == TRACE


@pytest.mark.parametrize(
    "forged",
    ["", "00", TRACE.upper(), f"{TRACE}-", f"ff{TRACE[2:]}", f"00-{'0' * 32}-{'1' * 16}-01", TRACE.replace("b7", '"}')],
)
def test_any_other_trace_goes_nowhere(client, upstream, forged):
    answer = client.ask("POST", "/", b"x", {"traceparent": forged})
    assert "traceparent" not in answer.headers
    assert upstream.received[0].header("traceparent") is None


def test_torchserves_housekeeping_headers_stop_here(client, upstream):
    headers = {"x-request-id": "theirs", "Pragma": "no-cache", "Expires": "0", "Cache-Control": "no-cache; no-store"}
    upstream.answer(Reply(headers=headers | {"content-type": "application/json"}))
    answer = client.ask("POST", "/", b"x")
    assert answer.headers.get_all("Cache-Control") == ["no-store"]
    assert "theirs" not in answer.headers.get_all("X-Request-Id")
    assert answer.headers["Pragma"] is answer.headers["Expires"] is None


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/page/main.js"), ("POST", "/"), ("GET", "/nothing")]
)
def test_every_answer_carries_the_security_headers_and_no_version(client, method, path):
    headers = client.ask(method, path, b"x" if method == "POST" else None).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "worker-src 'self'" in policy  # not every browser takes that from script-src
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Server"] == "nginx"
    assert all(len(headers.get_all(name)) == 1 for name in headers)


def test_torchserve_is_told_when_a_request_was_whole(client, upstream):
    before = time.time()
    client.ask("POST", "/", b"x", {"X-Focal-Received": "1"})
    assert before - 0.01 <= float(upstream.received[0].header("X-Focal-Received")) <= time.time() + 0.01


def test_connections_to_torchserve_are_kept(client, upstream):
    client.ask("POST", "/", b"x")
    upstream.connections = 0
    for _ in range(10):
        client.ask("POST", "/", b"x")
    assert upstream.connections == 0


def test_a_request_survives_a_kept_connection_that_torchserve_closed(client, upstream):
    upstream.answer(Reply(headers={"Connection": "close"}))
    assert [client.ask("POST", "/", b"x").status for _ in range(20)] == [200] * 20
