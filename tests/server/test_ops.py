"""scripts/ops as its user runs it, before a server that follows a script; and the socket between the two."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from server.ops import client
from server.ops.control import listen
from server.ops.status import count_answers
from setup.console import CommandError
from setup.environment import REPOSITORY

COMMANDS = ("status", "scale", "rollout", "canary", "promote", "rollback", "rotate-keys", "drain")
VERSION: dict[str, Any] = {
    "percent": 100,
    "version": "1.2.3",
    "backbone": "alexnet",
    "weights_sha256": "w" * 64,
    "archive_sha256": "a" * 64,
    "workers": {"wanted": 2, "ready": 2, "pids": [1, 2]},
    "memory_mb": 900,
    "cpu_seconds": 12,
    "outcomes": {"ok": 7, "PhotoTooLarge": 1},
    "mean_seconds": 0.25,
}
WELL = {"url": "http://127.0.0.1:8000", "ready": True, "current": VERSION, "candidate": None}


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A runtime folder; its path, unlike pytest's, is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="ops-") as folder:
        yield Path(folder)


def ops(runtime: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, REPOSITORY / "scripts" / "ops", *arguments]
    environment = os.environ | {"FOCAL_RUNTIME": str(runtime)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(runtime: Path, command: str) -> None:
    done = ops(runtime, command, "--help")

    assert done.returncode == 0
    assert f"usage: ops {command}" in done.stdout
    assert "--json" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("restart",),
        ("scale",),
        ("scale", "0"),
        ("canary", "101"),
        ("rollout", "/none.mar"),
        ("drain", "--notice=-1"),
    ],
)
def test_wrong_arguments_are_code_2_and_reach_no_server(runtime: Path, arguments: tuple[str, ...]) -> None:
    with listen(runtime, {}):
        done = ops(runtime, *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_without_a_server_it_says_where_it_looked(runtime: Path) -> None:
    done = ops(runtime, "status")

    assert done.returncode == 1
    assert done.stderr.startswith(f"focal: No Focal server takes commands in {runtime} (")
    assert done.stderr.count("\n") == 1


def test_a_folder_with_a_path_too_long_for_a_socket_serves(tmp_path: Path) -> None:
    runtime = tmp_path / ("x" * 120)
    runtime.mkdir()
    with listen(runtime, {"status": lambda log: WELL}):
        done = ops(runtime, "status")
        assert stat.S_IMODE((runtime / "control").stat().st_mode) == 0o600

    assert done.returncode == 0, done.stderr


def test_status_tells_people_what_is_served(runtime: Path) -> None:
    with listen(runtime, {"status": lambda log: WELL | {"candidate": VERSION | {"percent": 10}}}):
        done = ops(runtime, "status")

    assert done.returncode == 0
    for words in ("current     100% of the photos", "candidate   10% of the photos",
                  "2 of 2 ready, 900 MB", "12 s since its start",
                  "7 ok, 1 PhotoTooLarge; 0.250 s on average", "archive sha256 aaaaaaaaaaaa…"):  # fmt: skip
        assert words in done.stdout


def test_status_tells_programs_everything(runtime: Path) -> None:
    with listen(runtime, {"status": lambda log: WELL}):
        done = ops(runtime, "status", "--json")

    assert json.loads(done.stdout) == WELL


@pytest.mark.parametrize(
    "unwell",
    [
        {"ready": False},
        {"current": VERSION | {"workers": {"wanted": 2, "ready": 1, "pids": []}}},
        {"candidate": VERSION | {"workers": {"wanted": 2, "ready": 0, "pids": []}}},
    ],
)
def test_status_of_a_server_that_is_not_well_is_code_3(runtime: Path, unwell: dict) -> None:
    with listen(runtime, {"status": lambda log: WELL | unwell}):
        assert ops(runtime, "status").returncode == 3


@pytest.mark.parametrize(
    ("arguments", "received"),
    [
        (("scale", "3"), {"workers": 3, "force": False}),
        (("scale", "99", "--force"), {"workers": 99, "force": True}),
        (("canary", "25"), {"percent": 25}),
        (("promote",), {}),
        (("rollback",), {}),
        (("rotate-keys",), {}),
        (("rollout", __file__), {"archive": __file__}),
    ],
)
def test_a_command_reaches_the_server_and_its_steps_and_the_new_state_are_shown(
    runtime: Path, arguments: tuple[str, ...], received: dict
) -> None:
    got = []

    def command(log: Any, **sent: Any) -> None:
        got.append(sent)
        log("half way")

    with listen(runtime, {arguments[0]: command, "status": lambda log: WELL}):
        told = ops(runtime, *arguments)
        machine = ops(runtime, *arguments, "--json")

    assert got == [received, received]
    assert (told.returncode, told.stdout.splitlines()[:2]) == (0, ["half way", "address     http://127.0.0.1:8000"])
    assert json.loads(machine.stdout) == WELL


def test_a_drain_waits_for_the_servers_end(runtime: Path) -> None:
    folder = runtime / "run"
    folder.mkdir()

    def drain(log: Any, notice_s: float) -> None:
        log(f"notice {notice_s}")
        threading.Timer(0.5, lambda: [file.unlink() for file in folder.iterdir()] + [folder.rmdir()]).start()

    with listen(folder, {"drain": drain}):
        done = ops(folder, "drain", "--notice", "3")

    assert (done.returncode, done.stdout) == (0, "notice 3\nThe server has ended\n")
    assert not folder.exists()


def refuse(log: Any) -> None:
    raise CommandError("There is no candidate.")


def test_a_refusal_is_code_1_and_one_sentence(runtime: Path) -> None:
    with listen(runtime, {"promote": refuse}):
        told, machine = ops(runtime, "promote"), ops(runtime, "promote", "--json")

    assert (told.returncode, told.stderr) == (1, "focal: There is no candidate.\n")
    assert (machine.returncode, json.loads(machine.stdout)) == (1, {"error": "There is no candidate."})


def test_only_the_servers_user_can_open_the_socket(runtime: Path) -> None:
    with listen(runtime, {}):
        mode = (runtime / "control").stat().st_mode

    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


@pytest.mark.parametrize("line", [b"\n", b"not json\n", b"[]\n", b'{"order": "format-disk"}\n', b'{"order": []}\n'])
def test_anything_else_on_the_socket_is_refused_in_words(runtime: Path, line: bytes) -> None:
    with listen(runtime, {}), socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(runtime / "control"))
        connection.sendall(line)
        answer = json.loads(connection.makefile().readline())

    assert answer["failed"].startswith("The server does not know this command")


def test_a_command_runs_on_when_its_client_has_gone(runtime: Path) -> None:
    begun, gone, done = threading.Event(), threading.Event(), threading.Event()

    def command(log: Any) -> None:
        begun.set()
        gone.wait(60)
        for _ in range(100):
            log("is anybody there?")
        done.set()

    with listen(runtime, {"promote": command}):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(runtime / "control"))
            connection.sendall(b'{"order": "promote"}\n')
            assert begun.wait(60)
        gone.set()
        assert done.wait(60)


def test_where_nobody_reads_its_steps_it_is_not_the_server_that_has_ended(runtime: Path) -> None:
    def told(line: str) -> None:
        raise BrokenPipeError

    with listen(runtime, {"scale": lambda log: log("half way")}), pytest.raises(BrokenPipeError):
        client.ask(runtime, "scale", told)


def test_a_server_that_does_not_end_is_said(runtime: Path) -> None:
    with pytest.raises(CommandError, match=r"^The server has not ended within 0 s\.$"):
        client.wait_for_end(runtime, 0)


def test_a_server_that_ends_meanwhile_is_said(runtime: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(runtime / "control"))
        server.listen()
        threading.Thread(target=lambda: server.accept()[0].close()).start()

        with pytest.raises(CommandError, match="ended before it was done"):
            client.ask(runtime, "promote", lambda sentence: None)


def test_outcomes_and_times_are_read_from_the_metrics() -> None:
    metrics = """
focal_requests_total{outcome="ok",Hostname="vm",} 4.0
focal_requests_total{outcome="PhotoTooLarge",Hostname="vm",} 1.0
focal_requests_total{outcome="InternalError",Hostname="vm",} 0.0
focal_request_seconds_count{Hostname="vm",} 5.0
focal_request_seconds_sum{Hostname="vm",} 1.25
"""
    assert count_answers(metrics) == {"outcomes": {"ok": 4, "PhotoTooLarge": 1}, "mean_seconds": 0.25}
    assert count_answers("") == {"outcomes": {}, "mean_seconds": None}
