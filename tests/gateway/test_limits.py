"""Limits of size, rate and number, and how long anyone may keep the gateway waiting."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import pytest

from tests.helpers.http_client import Client, assert_contract_error, read_all
from tests.helpers.scripted_upstream import Reply
from tests.helpers.waiting import wait_until


def files_of(run_folder):
    return sorted(path for path in run_folder.rglob("*") if path.is_file() and path.name != "access.log")


def test_a_body_of_the_limit_passes_and_a_longer_one_does_not(open_gateway, upstream):
    client = Client(open_gateway(max_body_bytes=1000).settings.port)
    assert client.ask("POST", "/", b"x" * 1000).status == 200
    answer = client.ask("POST", "/", b"x" * 1001)
    assert_contract_error(answer, 413, "BodyTooLarge")
    assert answer.json["message"].startswith("The body has 1001 bytes; the limit is 1000:")
    assert len(upstream.received) == 1


def test_a_longer_body_in_chunks_is_refused_too(open_gateway, upstream):
    client = Client(open_gateway(max_body_bytes=1000).settings.port)
    request = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = client.send_raw(request + b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n")
    assert b'{"code":413,"type":"BodyTooLarge","message":"The body has too many bytes; the limit is 1000: ' in answer
    assert upstream.received == []


def test_a_client_still_sending_an_overlong_body_gets_to_read_why(open_gateway):
    client = Client(open_gateway(max_body_bytes=1000).settings.port)
    with client.connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 50000000\r\n\r\n")
        connection.sendall(b"x" * 2_000_000)
        assert b"BodyTooLarge" in connection.recv(65536)


@pytest.mark.parametrize("in_chunks", [False, True])
def test_a_body_never_touches_a_disk(open_gateway, upstream, run_folder, in_chunks):
    client = Client(open_gateway(max_body_bytes=8_000_000).settings.port)
    before, seen = files_of(run_folder), []
    upstream.script = lambda _: seen.append(files_of(run_folder)) or Reply()
    client.ask("POST", "/", (b"x" * 100_000 for _ in range(79)) if in_chunks else b"x" * 7_900_000)
    assert [len(received.body) for received in upstream.received] == [7_900_000]
    assert seen == [before]


def test_a_body_in_chunks_too_small_for_memory_is_refused_and_not_written(open_gateway, upstream, run_folder):
    client = Client(open_gateway(max_body_bytes=1_000_000).settings.port)
    before = files_of(run_folder)
    request = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    with client.connect() as connection:
        connection.sendall(request + b"1\r\nx\r\n" * 400_000 + b"0\r\n\r\n")
        assert b'"type":"Overloaded"' in read_all(connection)
    assert upstream.received == []
    assert files_of(run_folder) == before


@pytest.mark.parametrize("framing", [b"Content-Length: 1001", b"Content-Length: 002000", b"Transfer-Encoding: chunked"])
def test_few_large_bodies_are_let_in_at_a_time_and_ordinary_ones_beside_them(open_gateway, upstream, framing):
    client = Client(open_gateway(large_body_bytes=1000, max_large_bodies_per_worker=2).settings.port)
    with ExitStack() as held:
        held.enter_context(client.begin(framing))
        answer = client.ask("POST", "/", b"x" * 1001)  # the first one's client has its half
        assert_contract_error(answer, 503, "Overloaded")
        assert "2 of more than 1000 bytes" in answer.json["message"]
        assert client.ask("POST", "/", b"x" * 1000).status == 200
        held.enter_context(client.begin(framing, "127.0.0.2"))
        with client.connect("127.0.0.3") as third:
            third.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + framing + b"\r\n\r\n")
            assert b'"type":"Overloaded"' in third.recv(65536)  # nginx closes five seconds later


def test_a_client_has_at_most_half_of_the_places(open_gateway, upstream):
    client = Client(open_gateway(max_photos_per_client=1000, max_photos_per_worker=3, workers=2).settings.port)
    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(client.begin(b"Content-Length: 9"))
        assert_contract_error(client.ask("POST", "/", b"x"), 503, "Overloaded")
        with client.connect("127.0.0.2") as other:
            other.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx")
            assert b"tabby" in read_all(other)


@pytest.mark.parametrize(
    ("limits", "headers", "limit", "value"),
    [
        ({"max_body_bytes": 1000}, {"Content-Length": "5000000"}, "1000", "5000000"),
        ({}, {"X-Long": "a" * 9000}, "8192", None),
        ({"max_rate_per_client": 1, "max_burst_per_client": 2}, {"Content-Length": "0"}, "1 photos a second", None),
    ],
    ids=["body", "header", "rate"],
)
def test_what_a_header_tells_is_refused_at_once_with_the_limit_and_the_value(
    open_gateway, limits, headers, limit, value
):
    client = Client(open_gateway(**limits, max_pause_s=600).settings.port)
    for _ in range(100):
        answer = client.ask("POST", "/", None, headers)  # fails where it waits for what was announced
        if answer.status in (413, 429, 431):
            break
    else:
        pytest.fail(f"answered {answer.status}")
    assert f"the limit is {limit}" in answer.json["message"]
    assert value is None or f"{value} bytes" in answer.json["message"]


def test_a_client_over_its_rate_is_told_to_wait(open_gateway, upstream):
    client = Client(open_gateway(max_rate_per_client=1, max_burst_per_client=2).settings.port)
    started = time.monotonic()
    while (answer := client.ask("POST", "/", b"x")).status == 200 and len(upstream.received) < 100:
        pass
    assert_contract_error(answer, 429, "RateLimited")
    assert 3 <= len(upstream.received) <= 3 + time.monotonic() - started


@pytest.mark.parametrize("path", ["/", "/readyz"])
def test_the_addresses_of_an_ipv6_network_are_one_client(open_gateway, path):
    limits = {"max_rate_per_client": 1, "max_burst_per_client": 1, "max_probe_rate_per_client": 1}
    client = Client(open_gateway(trusted_proxies=("127.0.0.1",), **limits).settings.port)

    def status(address: str) -> int:
        return client.ask("POST" if path == "/" else "GET", path, b"x", {"X-Forwarded-For": address}).status

    # Of an address a client chooses the last 64 bits itself; line feeds are bytes like any other.
    assert any(status(f"2001:db8:0:a0a::{n:x}0a") == 429 for n in range(100))
    assert {status(f"2001:db8:0:{n:x}::1") for n in range(1, 9)} == {200}
    assert {status(f"192.0.2.{n}") for n in range(8)} == {200}
    assert {status(f"::ffff:198.51.100.{n}") for n in range(8)} == {200}  # IPv4, as some proxies write it


def test_the_page_and_liveness_are_not_rate_limited(open_gateway):
    client = Client(open_gateway(max_rate_per_client=1, max_burst_per_client=1).settings.port)
    for _ in range(20):
        assert client.ask("GET", "/").status == client.ask("GET", "/healthz").status == 200


def test_probes_that_reach_torchserve_are_rate_limited(open_gateway, upstream):
    client = Client(open_gateway(max_probe_rate_per_client=1).settings.port)
    for path in ("/ping", "/readyz"):
        while (answer := client.ask("GET", path)).status == 200 and len(upstream.received) < 100:
            pass
        assert_contract_error(answer, 429, "RateLimited")


@pytest.mark.parametrize(("limits", "places"), [({"max_photos_per_client": 2}, 2), ({"max_photos_per_worker": 1}, 1)])
def test_photos_over_the_number_at_once_are_shed_at_once(open_gateway, upstream, limits, places):
    client = Client(open_gateway(**limits).settings.port)
    with ThreadPoolExecutor() as pool, upstream.held() as go:
        served = [pool.submit(client.ask, "POST", "/", b"x") for _ in range(places)]
        wait_until(lambda: len(upstream.received) == places)
        assert_contract_error(client.ask("POST", "/", b"x"), 503, "Overloaded")
        go.set()
        assert [answer.result().status for answer in served] == [200] * places
    assert client.ask("POST", "/", b"x").status == 200


def test_a_client_that_leaves_keeps_its_place_until_torchserve_is_done(open_gateway, upstream):
    client = Client(open_gateway(max_photos_per_worker=1).settings.port)
    with upstream.held():
        with client.connect() as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
            wait_until(lambda: upstream.received)
        assert_contract_error(client.ask("POST", "/", b"x"), 503, "Overloaded")
    wait_until(lambda: client.ask("POST", "/", b"x").status == 200)


@pytest.mark.slow
def test_torchserve_has_a_limited_time_to_answer(open_gateway, upstream):
    client = Client(open_gateway(max_wait_s=1).settings.port)
    started = time.monotonic()
    with upstream.held():
        assert_contract_error(client.ask("POST", "/", b"x"), 504, "TimedOut")
    assert time.monotonic() - started > 0.9


@pytest.mark.slow
def test_a_worker_that_does_not_answer_is_not_ready(open_gateway, upstream):
    client = Client(open_gateway(max_probe_s=1).settings.port)
    with upstream.held():
        assert_contract_error(client.ask("GET", "/readyz"), 503, "NotReady")


@pytest.mark.slow
@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"POST / HT",
        b"POST / HTTP/1.1\r\nHost: x\r\nX-Sl",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nslow",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nslo",
    ],
)
def test_a_client_that_stops_sending_is_cut_without_a_word_of_html(open_gateway, upstream, beginning):
    client = Client(open_gateway(max_pause_s=1).settings.port)
    with client.connect() as connection:
        connection.sendall(beginning)
        answered = read_all(connection)  # to the end, or fails
    assert answered == b""
    assert upstream.received == []


@pytest.mark.slow
def test_a_client_that_stops_reading_is_cut(open_gateway, upstream):
    client = Client(open_gateway(max_pause_s=1, max_photos_per_worker=1).settings.port)
    upstream.answer(Reply(body=b"x" * 50_000_000))
    with client.connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx")
        wait_until(lambda: upstream.received)
        wait_until(lambda: client.ask("POST", "/", b"x").status == 200)  # when its place is free again
        with suppress(ConnectionResetError):
            assert len(read_all(connection)) < 50_000_000


@pytest.mark.parametrize(
    "beginning",
    [
        b"POST",
        b"POST / HTTP/1.1\r\nHost: x\r\nX-Sl",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nslow",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nslo",
    ],
)
def test_a_client_that_ends_its_request_early_gets_the_contracts_error_or_nothing(client, upstream, beginning):
    with client.connect() as connection:
        connection.sendall(beginning)
        connection.shutdown(socket.SHUT_WR)
        answered = read_all(connection)
    assert answered == b"" or json.loads(answered.partition(b"\r\n\r\n")[2])["code"] == 400
    assert upstream.received == []


def test_a_half_closed_connection_still_gets_its_answer(client):
    with client.connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx")
        connection.shutdown(socket.SHUT_WR)
        assert b"tabby" in read_all(connection)


def test_pipelined_requests_are_answered_in_order(client, upstream):
    upstream.script = lambda received: Reply(body=received.body)
    one = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n%05d"
    last = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answered = client.send_raw(b"".join(one % n for n in range(5)) + last)
    positions = [answered.index(b"%05d" % n) for n in range(5)]
    assert positions == sorted(positions)
    assert answered.endswith(b'{"status":"alive"}')
