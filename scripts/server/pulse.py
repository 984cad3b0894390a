"""Notice a part that hangs, TorchServe or the gateway: its process lives, but answers nobody any more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from subprocess import Popen
from typing import Protocol

from setup.console import log_halts

# A hang is six pings missed in a row, each after a pause of 5 s and a wait of 5: a minute, after which nobody waits for
# the photos any more that it had, unless max_wait_s was set higher. A ping waits for no photo and no worker: of 162
# under a load of 21 on 2 cores the longest took 1.5 s (docs/reliability.md).
PING_S = 5.0
MOST_MISSED = 6


class Part(Protocol):
    """What has a process, and may be asked whether it answers within so many seconds."""

    process: Popen[bytes] | None

    def answers(self, timeout_s: float) -> bool:
        """Whether it does."""


class Pulse:
    """The pulse of each part of a server.

    parts: gives those that there are at the moment.
    """

    def __init__(self, parts: Callable[[], Sequence[Part]]) -> None:
        self._parts = parts
        # Process id -> pings in a row that it has missed. One that has never answered is starting, and is not in here.
        self._missed: dict[int, int] = {}

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Ask each part again and again within the block."""
        ended = threading.Event()

        def ask() -> None:
            while not ended.wait(PING_S):
                self._missed = dict(self._counts())

        threading.Thread(target=ask, daemon=True).start()
        try:
            yield
        finally:
            ended.set()

    def has_stopped(self, part: Part) -> bool:
        """Whether a part that has answered before does so no longer."""
        return part.process is not None and self._missed.get(part.process.pid, 0) >= MOST_MISSED

    def _counts(self) -> Iterator[tuple[int, int]]:
        for part in self._parts():
            if (process := part.process) is None:
                continue
            if part.answers(PING_S):
                yield process.pid, 0
            elif process.pid in self._missed:
                # Where nobody reads the log, its writers wait with their next line: the reader is at fault.
                yield process.pid, 0 if log_halts() else self._missed[process.pid] + 1
