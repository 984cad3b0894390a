"""What a soak with --chaos does to a server while clients send photos: kills, halts, a full disk, keys, a rollout."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from server.ops.client import ask, is_well
from server.processes import ServerProcesses
from setup.console import CommandError, say

from .clients import RIGHT, UNANSWERED, WRONG, Outcome
from .soak import Promise

HALT_S = 3.0
RECOVERY_S = 300.0  # the longest wait until a hurt server is well again, on a busy machine
# `serve` gives up after five deaths of TorchServe or the gateway in a row, so a soak kills each of them only so often.
MOST_KILLS = 2


@dataclass(frozen=True)
class Event:
    """Something that was done to the server: from when to when, and how long it then took to be well again."""

    name: str
    began_s: float
    ended_s: float
    recovered_s: float


class Chaos:
    """The ways to hurt a server of this machine, by name.

    runtime: its folder.   disk: a small file system, which the server writes to, if there is one to fill.
    """

    def __init__(self, runtime: Path, disk: Path | None = None, seed: int = 0) -> None:
        self.processes = ServerProcesses(runtime)
        self.runtime, self.disk = runtime, disk
        self._killed: dict[str, int] = {}  # parts, and the processes that they were
        self._chance = random.Random(seed)  # noqa: S311 (nothing secret)
        self.ways: dict[str, Callable[[], None]] = {
            "worker killed": self.kill_worker,
            "decoder killed": self.kill_decoder,
            "worker halted": self.halt_worker,
            "TorchServe killed": lambda: self.kill_part("torchserve"),
            "gateway killed": lambda: self.kill_part("front_door"),
            "keys rotated": lambda: self._order("rotate-keys"),
            "version replaced": self.replace_version,
            **({"disk filled": self.fill_disk} if disk else {}),
        }

    def run(self, until_s: float, pause_s: float) -> Iterator[Event]:
        """Hurt the server in each way in turn, `pause_s` apart, until a time of the monotonic clock.

        After each, waits until the server is well again. Raises CommandError if it does not get well.
        """
        done: Counter[str] = Counter()
        while time.monotonic() < until_s:
            for name, way in self.ways.items():
                if time.monotonic() >= until_s:
                    return
                if name in ("TorchServe killed", "gateway killed") and done[name] == MOST_KILLS:
                    continue
                done[name] += 1
                say(f"  {name}")
                began_s = time.monotonic()
                way()
                ended_s = time.monotonic()
                self.wait_until_well()
                yield Event(name, began_s, ended_s, time.monotonic())
                time.sleep(pause_s)

    def wait_until_well(self) -> None:
        """Wait until the server is ready with all its workers. Raises CommandError if it takes too long.

        Until `serve` has noticed that a part was killed, it says that all is well: so there must be another first.
        """
        deadline_s = time.monotonic() + RECOVERY_S
        while self._lacks_a_part() or not self._is_well():
            if time.monotonic() > deadline_s:
                raise CommandError(f"The server is not well again after {RECOVERY_S:.0f} s.")
            time.sleep(0.2)
        self._killed.clear()

    def kill_worker(self) -> None:
        """Kill one of the workers."""
        self._kill(self._worker())

    def kill_part(self, name: str) -> None:
        """Kill TorchServe or the gateway."""
        self._killed[name] = self.processes.pids[name]
        self._kill(self._killed[name])

    def kill_decoder(self) -> None:
        """Kill the decoder of one of the workers."""
        with suppress(psutil.NoSuchProcess):
            for decoder in psutil.Process(self._worker()).children():
                decoder.kill()

    def halt_worker(self) -> None:
        """Halt one of the workers for a few seconds."""
        pid = self._worker()
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(HALT_S)
        finally:
            os.kill(pid, signal.SIGCONT)

    def replace_version(self) -> None:
        """Roll the archive that is served out once more, give it half of the photos, and promote it."""
        archive = ask(self.runtime, "status", _silent)["current"]["archive"]
        self._order("rollout", archive=archive)
        self._order("canary", percent=50)
        time.sleep(HALT_S)
        self._order("promote")

    def fill_disk(self) -> None:
        """Fill the server's file system for a few seconds."""
        if self.disk is None:
            return
        file = self.disk / "full"
        try:
            with suppress(OSError), file.open("wb") as filling:  # until there is no space left
                while True:
                    filling.write(bytes(1 << 20))
                    filling.flush()
            time.sleep(HALT_S)
        finally:
            file.unlink(missing_ok=True)

    def _worker(self) -> int:
        return self._chance.choice(self.processes.worker_pids())

    def _kill(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def _order(self, command: str, **arguments: Any) -> None:
        ask(self.runtime, command, _silent, **arguments)

    def _lacks_a_part(self) -> bool:
        return any(self.processes.pids[name] == pid for name, pid in self._killed.items())

    def _is_well(self) -> bool:
        try:
            return is_well(ask(self.runtime, "status", _silent))
        except (CommandError, OSError, ValueError, KeyError):
            return False


def promises(outcomes: Sequence[Outcome], events: Sequence[Event]) -> list[Promise]:
    """What must hold whatever happens to the server."""
    right = sum(one.verdict == RIGHT and not one.call.hostile for one in outcomes)
    wrong = [one for one in outcomes if one.verdict == WRONG]
    cut = [one for one in outcomes if one.verdict == UNANSWERED]
    kills = [event for event in events if event.name == "gateway killed"]
    unexplained = [one for one in cut if not any(_overlap(one, kill) for kill in kills)]
    slowest = max(events, key=lambda event: event.recovered_s - event.ended_s, default=None)
    took = f"{slowest.recovered_s - slowest.ended_s:.1f} s at most, {slowest.name}" if slowest else "nothing happened"
    during = Counter(_last_before(one.ended_s, events) for one in unexplained)
    lost = f"{len(cut)} unanswered"
    if unexplained:
        lost += "; otherwise: " + ", ".join(f"{count} after {name}" for name, count in during.items())
    names = ", ".join(f"{one.call.name}: {one.reply.status}" for one in wrong[:3] if one.reply) or "none"
    return [
        Promise("Photos were answered", right > 0, f"{right} photos"),
        Promise(
            "Every answer is the calm answer, byte for byte, or a refusal of the contract", not wrong, names or "none"
        ),
        Promise("Only a killed gateway leaves requests unanswered", not unexplained, lost),
        Promise("The server is well again after each event", bool(events), took),
    ]


def _last_before(time_s: float, events: Sequence[Event]) -> str:
    """The last thing that had begun before a time."""
    return next((event.name for event in reversed(events) if event.began_s <= time_s), "the start")


def _overlap(outcome: Outcome, event: Event) -> bool:
    """Whether a request was under way between an event and the recovery from it."""
    return outcome.started_s <= event.recovered_s and outcome.ended_s >= event.began_s


def _silent(_: str) -> None:
    """Show no step of a command."""
