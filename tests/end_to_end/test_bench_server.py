"""What scripts/bench asks a server, and reads of its memory."""

from __future__ import annotations

import json

import pytest
from lab.benchmark.in_process import PhotoRequest
from lab.benchmark.memory import WorkerMemory
from lab.benchmark.processor import ProcessorTime
from lab.benchmark.server import Client

from tests.helpers.running_server import Server

pytestmark = pytest.mark.slow


def test_its_client_gets_json_for_json_and_a_picture_for_a_file(server: Server) -> None:
    client = Client(server.url)

    assert "blurredImage" in json.loads(client.ask(PhotoRequest.of(0.2, "JPEG", "json")))
    assert client.ask(PhotoRequest.of(0.2, "JPEG", "raw")).startswith(b"\xff\xd8\xff")


def test_what_a_worker_and_its_decoder_held_at_most_is_what_they_hold_or_more(server: Server) -> None:
    memory = WorkerMemory(server.runtime)
    memory.reset_peaks()

    Client(server.url).ask(PhotoRequest.of(0.5, "JPEG", "json"))

    now, peaks, workers = memory.now(), memory.peaks(), memory.workers()
    assert set(now) == set(peaks) == {"worker", "decoder"}
    assert all(peaks[name] > 0.9 * now[name] > 10 for name in now)
    assert 0 < workers["together"] <= workers["each"]
    assert 0 < memory.own() <= workers["their own"] < workers["each"]


def test_the_processor_time_of_a_photo_is_that_of_its_worker_above_all(server: Server) -> None:
    processor = ProcessorTime(server.runtime)
    for _ in range(4):
        Client(server.url).ask(PhotoRequest.of(0.5, "JPEG", "json"))

    taken = processor.taken_s()

    assert set(taken) == {"front door", "Java", "worker", "decoder", "client"}
    assert all(seconds >= 0 for seconds in taken.values())
