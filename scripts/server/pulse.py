"""Notice a TorchServe that hangs: its process lives, but answers nobody any more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from setup.console import log_halts

from .torchserve import TorchServe

# A hang is six pings missed in a row, each after a pause of 5 s and a wait of 5: a minute, after which nobody waits for
# the photos any more that it had, unless max_wait_s was set higher. A ping waits for no photo and no worker: of 162
# under a load of 21 on 2 cores the longest took 1.5 s (docs/reliability.md).
PING_S = 5.0
MOST_MISSED = 6


class Pulse:
    """The pulse of each TorchServe of a server.

    servers: gives those that there are at the moment.
    """

    def __init__(self, servers: Callable[[], list[TorchServe]]) -> None:
        self._servers = servers
        # Process id -> pings in a row that it has missed. One that has never answered is starting, and is not in here.
        self._missed: dict[int, int] = {}

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Ask each TorchServe again and again within the block."""
        ended = threading.Event()

        def ask() -> None:
            while not ended.wait(PING_S):
                self._missed = dict(self._counts())

        threading.Thread(target=ask, daemon=True).start()
        try:
            yield
        finally:
            ended.set()

    def has_stopped(self, server: TorchServe) -> bool:
        """Whether a TorchServe that has answered before does so no longer."""
        return server.process is not None and self._missed.get(server.process.pid, 0) >= MOST_MISSED

    def _counts(self) -> Iterator[tuple[int, int]]:
        for server in self._servers():
            if (process := server.process) is None:
                continue
            if server.answers(PING_S):
                yield process.pid, 0
            elif process.pid in self._missed:
                # Where nobody reads the log, TorchServe waits with its next line: the reader is at fault.
                yield process.pid, 0 if log_halts() else self._missed[process.pid] + 1
