"""How the commands speak."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from setup import console
from setup.console import CommandError, begin_log, heartbeat, no_space, run, say, warn

from tests.helpers.waiting import wait_until


@pytest.fixture(autouse=True)
def usual_handlers() -> Iterator[None]:
    """The signals' handlers as they were: a command has its own."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_command_that_cannot_continue_says_one_sentence_and_exits_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> int:
        raise CommandError("The cupboard is bare.")

    assert run(command) == 1
    assert capsys.readouterr().err == "focal: The cupboard is bare.\n"


def test_a_full_disk_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "model_store/focal.mar")

    assert run(command) == 1
    assert capsys.readouterr().err == "focal: [Errno 28] No space left on device: 'model_store/focal.mar'\n"


@pytest.mark.parametrize("filename", [None, "model_store/focal.mar"])
def test_a_full_disk_names_the_folder_that_is_full(
    filename: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    full = str(Path(tempfile.gettempdir()) if filename is None else Path(filename))
    monkeypatch.setattr(console, "_free_bytes", lambda folder: 0 if str(folder) == full else 10**12)

    def command() -> int:
        raise OSError(errno.ENOSPC, "No space left on device", filename)

    assert run(command) == 1
    assert capsys.readouterr().err == (
        f"focal: No space is left on the disk of {full}: free some, or name another folder.\n"
    )


def test_a_disk_is_full_with_hardly_any_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert no_space(tmp_path / "not" / "there") == ""

    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1_000_000))

    assert str(tmp_path) in no_space(tmp_path)


@pytest.mark.parametrize("error", [MemoryError(), OSError(errno.ENOMEM, "Cannot allocate memory")])
def test_too_little_memory_is_said(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> int:
        raise error

    assert run(command) == 1
    assert capsys.readouterr().err.startswith(
        "focal: There is not enough memory: end other programs, use fewer workers"
    )


@pytest.fixture
def own_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log's format as it is before `begin_log`, and again after the test."""
    monkeypatch.setitem(console._log, "format", "text")
    monkeypatch.setitem(console._log, "is_services", False)
    monkeypatch.setenv("FOCAL_LOG_FORMAT", "")


@pytest.mark.usefixtures("own_log")
def test_a_service_prints_json_lines_of_one_shape(capsys: pytest.CaptureFixture[str]) -> None:
    def serve() -> int:
        begin_log()
        say("Ready", workers=2)
        warn("It died.")
        raise CommandError("Too often.")

    assert run(serve) == 1
    told = capsys.readouterr()
    lines = [json.loads(line) for line in [*told.out.splitlines(), *told.err.splitlines()]]
    assert [(line["level"], line["source"], line["message"]) for line in lines] == [
        ("info", "serve", "Ready"),
        ("warn", "serve", "It died."),
        ("error", "serve", "Too often."),
    ]
    assert all(list(line)[:5] == ["time", "level", "source", "version", "message"] for line in lines)
    assert lines[0]["workers"] == 2
    assert os.environ["FOCAL_LOG_FORMAT"] == "json"  # for the processes that it starts


@pytest.mark.usefixtures("own_log")
def test_on_a_terminal_it_prints_sentences(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    begin_log()
    say("Ready", workers=2)

    assert capsys.readouterr().out == "Ready\n"


@pytest.mark.usefixtures("own_log")
def test_the_format_can_be_chosen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FOCAL_LOG_FORMAT", "text")
    begin_log()
    say("Ready")
    monkeypatch.setenv("FOCAL_LOG_FORMAT", "xml")

    assert capsys.readouterr().out == "Ready\n"
    with pytest.raises(CommandError, match=r"^FOCAL_LOG_FORMAT must be json or text; it is 'xml'\.$"):
        begin_log()


@pytest.mark.usefixtures("own_log")
def test_a_service_whose_log_nobody_reads_goes_on_where_a_command_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w") as pipe:
        monkeypatch.setattr("sys.stdout", pipe)
        with pytest.raises(BrokenPipeError):
            say("Installing")
        begin_log()
        say("Draining")  # else the photos under way were cut off
        assert run(lambda: 0) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize(("begins", "code"), [("", 1), ("console.begin_log()", 7)])
def test_a_service_whose_log_is_on_a_full_disk_goes_on_where_a_command_ends(begins: str, code: int) -> None:
    lines = ["import sys", "from setup import console", "def main():", f"    {begins or 'pass'}"]
    lines += ["    console.say('Ready')", "    console.warn('The gateway died; restarting it in 0 s')", "    return 7"]
    script = "\n".join([*lines, "sys.exit(console.run(main))"])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "FOCAL_LOG_FORMAT": ""}
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-c", script]
        ended = subprocess.run(command, stdout=full, stderr=full, env=environment, check=False)

    assert ended.returncode == code  # and not Python's own 120, of what it could not print


@pytest.mark.usefixtures("own_log")
def test_a_services_log_that_is_cut_back_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "focal.log"
    with log.open("w") as file:
        monkeypatch.setattr("sys.stdout", file)
        begin_log()
        say("Ready")
        os.truncate(log, 0)  # as logrotate does with `copytruncate`, after it has copied the file
        say("Draining")

    assert [json.loads(line)["message"] for line in log.read_text().splitlines()] == ["Draining"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_told_to_end_cleans_up_and_exits_as_shells_expect(number: signal.Signals) -> None:
    cleaned = []

    def command() -> int:
        try:
            signal.raise_signal(number)
            return 0
        finally:
            cleaned.append(number)

    assert run(command) == 130
    assert cleaned == [number]


def test_a_silent_step_is_said_to_be_at_work(capsys: pytest.CaptureFixture[str]) -> None:
    with heartbeat("installing", every_s=0.01):
        wait_until(lambda: "… still installing" in capsys.readouterr().out)
