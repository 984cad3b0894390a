"""scripts/soak --chaos: what it does to a server, and what it would notice."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

import pytest
from lab.load import chaos
from lab.load.chaos import MOST_KILLS, Chaos, Event, promises
from lab.load.clients import RIGHT, UNANSWERED, WRONG, Outcome, Reply
from lab.load.small_disk import small_disk
from lab.load.traffic import Call
from server.processes import ServerProcesses
from setup.console import CommandError

CALL = Call("a photo", b"", "image/png")
KILL = Event("gateway killed", 10.0, 10.0, 12.0)


def outcome(verdict: str, started_s: float = 0.0, took_s: float = 1.0) -> Outcome:
    return Outcome(CALL, "id", verdict, started_s, took_s, Reply(200, "", "", ""))


def broken(outcomes: list[Outcome], events: list[Event]) -> list[str]:
    """The beginnings of the promises that were not kept."""
    return [promise.sentence.split(",")[0] for promise in promises(outcomes, events) if not promise.kept]


def test_refusals_and_what_a_killed_gateway_cut_off_break_no_promise() -> None:
    assert broken([outcome(RIGHT), outcome("NotReady"), outcome(UNANSWERED, 9.5)], [KILL]) == []


def test_an_answer_that_differs_breaks_one() -> None:
    assert broken([outcome(RIGHT), outcome(WRONG)], [KILL]) == ["Every answer is the calm answer"]


@pytest.mark.parametrize("started_s", [5.0, 12.5])
def test_a_request_that_goes_unanswered_at_another_time_breaks_one(started_s: float) -> None:
    assert broken([outcome(RIGHT), outcome(UNANSWERED, started_s)], [KILL]) == [
        "Only a killed gateway leaves requests unanswered"
    ]


def test_it_is_said_after_what_a_request_went_unanswered() -> None:
    figures = [promise.figure for promise in promises([outcome(UNANSWERED, 20.0), outcome(UNANSWERED, 1.0)], [KILL])]

    assert "2 unanswered; otherwise: 1 after gateway killed, 1 after the start" in figures


def test_a_server_that_answers_nothing_breaks_one() -> None:
    assert broken([outcome("NotReady")], [KILL]) == ["Photos were answered"]


@pytest.fixture
def happened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done to a server that is always well."""
    monkeypatch.setattr(Chaos, "_is_well", lambda self: True)
    return []


def hurt(tmp_path: Path, happened: list[str], rounds: int) -> list[Event]:
    """Everything that is done to a server until `rounds` workers would have been killed."""
    own = Chaos(tmp_path, disk=tmp_path)
    deadline_s = time.monotonic() + 3600
    own.ways = {name: partial(happened.append, name) for name in own.ways}
    events = []
    for event in own.run(deadline_s, pause_s=0.0):
        events.append(event)
        if happened.count("worker killed") > rounds:
            return events
    return events


def test_everything_happens_in_turn_and_nothing_so_often_that_serve_would_give_up(
    tmp_path: Path, happened: list[str]
) -> None:
    events = hurt(tmp_path, happened, rounds=4)

    assert [event.name for event in events] == happened
    assert happened.count("decoder killed") == 4
    assert {happened.count("TorchServe killed"), happened.count("gateway killed")} == {MOST_KILLS}
    assert {"worker halted", "keys rotated", "version replaced", "disk filled"} < set(happened)


def test_a_server_that_does_not_get_well_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaos, "RECOVERY_S", 0.0)

    with pytest.raises(CommandError, match="not well again"):  # there is no server
        Chaos(tmp_path).wait_until_well()


def test_a_worker_is_killed_or_halted_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaos, "HALT_S", 0.01)
    with subprocess.Popen(["sleep", "60"]) as worker:
        own = Chaos(tmp_path)
        monkeypatch.setattr(own.processes, "worker_pids", lambda: [worker.pid])
        own.halt_worker()
        assert worker.poll() is None

        own.kill_worker()

        assert worker.wait(60) == -signal.SIGKILL


def test_a_killed_gateway_is_well_again_no_sooner_than_there_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []

    def pids(_: object) -> dict[str, int]:  # `serve` notices late
        told.append(gateway.pid if len(told) < 3 else gateway.pid + 1)
        return {"front_door": told[-1]}

    monkeypatch.setattr(ServerProcesses, "pids", property(pids))
    monkeypatch.setattr(Chaos, "_is_well", lambda self: True)
    with subprocess.Popen(["sleep", "60"]) as gateway:
        own = Chaos(tmp_path)
        own.ways = {"gateway killed": own.ways["gateway killed"]}

        next(own.run(time.monotonic() + 60, pause_s=0.0))

        assert told[-1] == gateway.pid + 1
        assert gateway.wait(60) == -signal.SIGKILL


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a disk")
def test_a_small_disk_is_filled_and_emptied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(chaos, "HALT_S", 0.0)
    monkeypatch.setattr("lab.load.small_disk.SIZE_MB", 2)
    with small_disk() as disk:
        if disk is None:
            pytest.skip("this machine lets nobody mount a disk")
        seen: list[int] = []
        monkeypatch.setattr(time, "sleep", lambda seconds: seen.append(os.statvfs(disk).f_bavail))

        Chaos(tmp_path, disk).fill_disk()

        assert seen == [0]
        assert os.statvfs(disk).f_bavail > 0
    assert not disk.exists()
