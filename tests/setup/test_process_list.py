"""The command lines of processes, with and without /proc."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from setup import process_list
from setup.process_list import command_line, traces

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


def test_a_process_that_has_ended_has_none(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()

    assert command_line(process.pid) == ""
