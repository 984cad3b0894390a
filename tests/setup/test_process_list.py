"""The command lines of processes, with and without /proc."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from setup import process_list
from setup.process_list import command_line, listens_on, traces

from tests.helpers.waiting import wait_until


@pytest.fixture(params=["with /proc", "without /proc"])
def process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours, on Linux or, as far as that goes, on macOS."""
    if request.param == "without /proc":
        if shutil.which("ps") is None:
            pytest.skip("needs ps")
        monkeypatch.setattr(process_list, "PROCESSES", Path("/nowhere"))
    with subprocess.Popen(["sleep", "61.5"]) as running:
        yield running
        running.kill()


def test_a_process_is_known_by_its_command_line(process: subprocess.Popen[bytes]) -> None:
    wait_until(lambda: "sleep 61.5" in command_line(process.pid))

    assert any("sleep 61.5" in trace for trace in traces())


def test_who_listens_on_a_port_is_known_where_there_is_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert listens_on(port) == os.getpid()
        monkeypatch.setattr(process_list, "PROCESSES", Path("/nowhere"))
        assert listens_on(port) is None


def test_a_process_that_has_ended_has_none(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()

    assert command_line(process.pid) == ""
