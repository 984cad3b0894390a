"""Limits of size, rate and number, and how long anyone may keep the front door waiting."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.gateway.http_client import Client, assert_contract_error, read_all
from tests.gateway.scripted_upstream import Reply


def open_files(run_folder):
    return [path for path in (run_folder / "temp").rglob("*") if path.is_file()]


def test_a_body_of_the_limit_passes_and_a_longer_one_does_not(open_door, upstream):
    client = Client(open_door(max_body_bytes=1000).settings.port)
    assert client.ask("POST", "/", b"x" * 1000).status == 200
    answer = client.ask("POST", "/", b"x" * 1001)
    assert_contract_error(answer, 413, "BodyTooLarge")
    assert "1000" in answer.json["message"]
    assert len(upstream.received) == 1


def test_a_longer_body_in_chunks_is_refused_too(open_door, upstream):
    client = Client(open_door(max_body_bytes=1000).settings.port)
    request = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = client.send_raw(request + b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n")
    assert b'{"code":413,"type":"BodyTooLarge"' in answer
    assert upstream.received == []


def test_a_client_still_sending_an_overlong_body_gets_to_read_why(open_door):
    client = Client(open_door(max_body_bytes=1000).settings.port)
    with client.connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 50000000\r\n\r\n")
        connection.sendall(b"x" * 2_000_000)
        assert b"BodyTooLarge" in connection.recv(65536)


def test_a_body_of_ordinary_size_never_touches_a_disk(open_door, upstream, run_folder):
    client = Client(open_door(body_memory_bytes=4_000_000).settings.port)
    seen = []
    upstream.script = lambda _: seen.append(open_files(run_folder)) or Reply()
    client.ask("POST", "/", b"x" * 3_900_000)
    client.ask("POST", "/", (b"x" * 100_000 for _ in range(30)))
    assert seen == [[], []]


def test_a_huge_body_stays_inside_the_run_folder_and_is_removed(open_door, upstream, run_folder):
    client = Client(open_door(body_memory_bytes=100_000).settings.port)
    client.ask("POST", "/", b"x" * 5_000_000)
    assert len(upstream.received[0].body) == 5_000_000
    assert open_files(run_folder) == []


def test_a_client_over_its_rate_is_told_to_wait(open_door, upstream):
    client = Client(open_door(photos_per_second_per_client=1, photo_burst_per_client=2).settings.port)
    answers = [client.ask("POST", "/", b"x") for _ in range(8)]
    assert [answer.status for answer in answers].count(200) == 3
    assert_contract_error(answers[-1], 429, "RateLimited")
    assert len(upstream.received) == 3


def test_the_page_and_liveness_are_not_rate_limited(open_door):
    client = Client(open_door(photos_per_second_per_client=1, photo_burst_per_client=1).settings.port)
    for _ in range(20):
        assert client.ask("GET", "/").status == client.ask("GET", "/healthz").status == 200


def test_probes_that_reach_torchserve_are_rate_limited(open_door):
    client = Client(open_door(probes_per_second_per_client=1).settings.port)
    answers = [client.ask("GET", path) for path in ("/ping", "/readyz") * 5]
    assert_contract_error(answers[-1], 429, "RateLimited")
    assert_contract_error(answers[-2], 429, "RateLimited")


@pytest.mark.parametrize("limit", ["photos_at_once_per_client", "photos_in_flight"])
def test_photos_over_the_number_at_once_are_shed_at_once(open_door, upstream, limit):
    client = Client(open_door(**{limit: 2}).settings.port)
    go = threading.Event()
    upstream.script = lambda _: go.wait(10) and Reply()
    with ThreadPoolExecutor() as pool:
        served = [pool.submit(client.ask, "POST", "/", b"x") for _ in range(2)]
        while len(upstream.received) < 2:
            time.sleep(0.01)
        started = time.monotonic()
        assert_contract_error(client.ask("POST", "/", b"x"), 503, "Overloaded")
        assert time.monotonic() - started < 1
        go.set()
        assert [answer.result().status for answer in served] == [200, 200]
    assert client.ask("POST", "/", b"x").status == 200


def test_a_client_that_leaves_keeps_its_place_until_torchserve_is_done(open_door, upstream):
    client = Client(open_door(photos_in_flight=1).settings.port)
    go = threading.Event()
    upstream.script = lambda _: go.wait(10) and Reply()
    with client.connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
        while not upstream.received:
            time.sleep(0.01)
    assert_contract_error(client.ask("POST", "/", b"x"), 503, "Overloaded")
    go.set()
    time.sleep(0.2)
    assert client.ask("POST", "/", b"x").status == 200


@pytest.mark.slow
def test_torchserve_has_a_limited_time_to_answer(open_door, upstream):
    client = Client(open_door(upstream_timeout_s=1).settings.port)
    upstream.answer(Reply(delay_s=3))
    started = time.monotonic()
    assert_contract_error(client.ask("POST", "/", b"x"), 504, "TimedOut")
    assert 0.9 < time.monotonic() - started < 2.5


@pytest.mark.slow
def test_a_worker_that_does_not_answer_is_not_ready(open_door, upstream):
    client = Client(open_door(ready_timeout_s=1).settings.port)
    upstream.answer(Reply(delay_s=3))
    started = time.monotonic()
    assert_contract_error(client.ask("GET", "/readyz"), 503, "NotReady")
    assert time.monotonic() - started < 2.5


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
def test_a_client_that_stops_sending_is_cut_without_a_word_of_html(open_door, upstream, beginning):
    client = Client(open_door(client_timeout_s=1).settings.port)
    with client.connect() as connection:
        connection.sendall(beginning)
        started = time.monotonic()
        answered = read_all(connection)
    assert time.monotonic() - started < 3
    assert b"<html" not in answered
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
