"""A part that hangs is noticed, and one that only starts, is late or waits for the log's reader is not."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from subprocess import Popen
from types import SimpleNamespace
from typing import Any

import pytest
from server import pulse
from server.ports import Addresses, free_ports
from server.pulse import MOST_MISSED, Pulse
from server.torchserve import TorchServe

from tests.helpers.waiting import wait_until

ANSWERING = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(400)  # an answer all the same
    def log_message(self, *said):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""


@pytest.fixture
def torchserve(tmp_path: Path) -> Iterator[TorchServe]:
    """A TorchServe whose process is a small server of another kind."""
    (port,) = free_ports(1)
    server = TorchServe("java", Addresses(inference_port=port), tmp_path, tmp_path, workers=1)
    with Popen([sys.executable, "-c", ANSWERING, str(port)]) as server.process:
        yield server
        server.process.kill()


@pytest.fixture
def taken(torchserve: TorchServe, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    monkeypatch.setattr(pulse, "PING_S", 0.02)
    watched = Pulse(lambda: [torchserve])
    with watched.taken():
        yield watched


def asked_until_it_answers(watched: Pulse, torchserve: TorchServe) -> Popen[bytes]:
    process = torchserve.process
    assert process is not None
    wait_until(lambda: process.pid in watched._missed)
    return process


def test_one_that_answers_no_more_has_stopped_until_it_answers_again(taken: Pulse, torchserve: TorchServe) -> None:
    process = asked_until_it_answers(taken, torchserve)

    process.send_signal(signal.SIGSTOP)
    wait_until(lambda: taken.has_stopped(torchserve))
    process.send_signal(signal.SIGCONT)

    wait_until(lambda: not taken.has_stopped(torchserve))


def test_one_that_misses_fewer_pings_than_a_minutes_has_not(torchserve: Any) -> None:
    watched = Pulse(lambda: [torchserve])
    answers = iter([True, *[False] * MOST_MISSED, True, False])
    torchserve.answers = lambda timeout_s: next(answers)
    seen = []
    for _ in range(MOST_MISSED + 3):
        watched._missed = dict(watched._counts())
        seen.append(watched.has_stopped(torchserve))

    assert seen == [*[False] * MOST_MISSED, True, False, False]


def test_one_that_has_never_answered_is_starting(torchserve: Any) -> None:
    torchserve.answers = lambda timeout_s: False
    watched = Pulse(lambda: [torchserve])
    for _ in range(2 * MOST_MISSED):
        watched._missed = dict(watched._counts())

    assert not watched.has_stopped(torchserve)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_one_that_waits_for_the_reader_of_the_log_has_not(
    torchserve: Any, monkeypatch: pytest.MonkeyPatch, stream: str
) -> None:
    watched = Pulse(lambda: [torchserve])
    answers = iter([True, *[False] * 2 * MOST_MISSED])
    torchserve.answers = lambda timeout_s: next(answers)
    reads, writes = os.pipe()
    with closing(os.fdopen(reads)), os.fdopen(writes, "w") as log:
        os.set_blocking(writes, False)
        while os.write(writes, bytes(1 << 20)) == 1 << 20:  # less is written once the pipe is full
            pass
        monkeypatch.setattr(sys, stream, SimpleNamespace(fileno=log.fileno))
        for _ in range(2 * MOST_MISSED + 1):
            watched._missed = dict(watched._counts())

    assert not watched.has_stopped(torchserve)
