"""The commands of `scripts/ops`, run in the server's own process.

All changes of version, keys or size work alike: a second TorchServe, the standby, is started; the gateway directs
photos to it; and the one that no longer gets photos is stopped. TorchServe's own commands are not used: registering a
model would run any code that a holder of the management key names, and removing workers cuts off their photos.
"""

from __future__ import annotations

import itertools
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from setup.archive import keep, provenance
from setup.console import CommandError, say

from ..limits import archived_limits
from ..memory import refuse_more_than_fit
from ..readiness import TICK_S, predicts
from ..supervisor import DRAIN_MARGIN_S, Supervisor
from ..torchserve import TorchServe
from .control import Command, Log
from .status import describe


class Commands:
    """The commands of one server. Those that change it run one at a time."""

    def __init__(self, server: Supervisor) -> None:
        self.server = server
        self._changing = threading.Lock()
        self._numbers = itertools.count(2)

    def by_name(self) -> dict[str, Command]:
        """Each command under the name that `scripts/ops` sends."""
        return {
            "status": self.status,
            "scale": self.scale,
            "rollout": self.rollout,
            "canary": self.canary,
            "promote": self.promote,
            "rollback": self.rollback,
            "rotate-keys": self.rotate_keys,
            "drain": self.drain,
        }

    def status(self, log: Log) -> dict[str, Any]:
        """The state of the server and its versions."""
        return describe(self.server)

    def scale(self, log: Log, workers: int, force: bool = False) -> None:
        """Serve with that many workers: a new TorchServe, whose queue and memory are sized for them.

        force: even if they may need more memory than there is.
        """
        with self._change(log) as log:
            self._refuse_candidate()
            if not force:
                refuse_more_than_fit(self.server.torchserve.limits, workers)
            self._replace(log, workers)

    def rollout(self, log: Log, archive: str) -> None:
        """Start another version as a candidate, which gets no photos yet."""
        with self._change(log) as log:
            self._refuse_candidate()
            if not provenance(Path(archive)):
                raise CommandError(f"{archive} is not an archive of Focal's; scripts/build-archive makes one.")
            self._start_standby(log, Path(archive), self.server.torchserve.workers)
            self._share(0)
            log("The candidate is ready and gets no photos yet")

    def canary(self, log: Log, percent: int) -> None:
        """Give the candidate that percentage of the photos."""
        with self._change(log) as log:
            self._require_candidate()
            self._share(percent)
            log(f"The candidate gets {percent}% of the photos")

    def promote(self, log: Log) -> None:
        """Make the candidate the current version, and end the previous one when it has answered its photos."""
        with self._change(log) as log:
            self._require_candidate()
            self._retire(log, "previous version", swap=True)

    def rollback(self, log: Log) -> None:
        """Give all photos to the current version again, and end the candidate when it has answered its photos."""
        with self._change(log) as log:
            self._require_candidate()
            self._retire(log, "candidate", swap=False)

    def rotate_keys(self, log: Log) -> None:
        """Replace TorchServe by one with new keys that serves the same version; the old keys end with the old one."""
        with self._change(log) as log:
            self._refuse_candidate()
            self._replace(log, self.server.torchserve.workers)

    def drain(self, log: Log, notice_s: float) -> None:
        """Become not ready, so that load balancers leave; keep answering for `notice_s`; then end as after SIGTERM."""
        with self._change(log) as log:
            with self._routed():
                self.server.draining = True
            log(f"No longer ready; still answering for {notice_s:g} s")
            deadline_s = time.monotonic() + notice_s
            while time.monotonic() < deadline_s and not self.server.stopping:
                time.sleep(TICK_S)
            self.server.end()

    @contextmanager
    def _change(self, log: Log) -> Iterator[Log]:
        """Exclude other changes, and copy this one's steps to the server's own log."""
        if not self._changing.acquire(blocking=False):
            raise CommandError("Another command is running; wait for it.")

        def log_twice(sentence: str) -> None:
            say(sentence)
            log(sentence)

        try:
            if not self.server.is_up:
                raise CommandError("The server is still starting.")
            self._refuse_if_stopping()
            yield log_twice
        finally:
            self._changing.release()

    def _replace(self, log: Log, workers: int) -> None:
        """Replace TorchServe by another one that serves the same version."""
        self._start_standby(log, self.server.torchserve.archive, workers)
        self._retire(log, "previous TorchServe", swap=True)

    def _start_standby(self, log: Log, archive: Path, workers: int) -> None:
        """Start a standby that serves `archive`; wait until it has answered a photo and all its workers are ready."""
        server, current = self.server, self.server.torchserve
        folder = server.folder / f"torchserve-{next(self._numbers)}"
        at, store = server.addresses.of_standby(), folder / "model_store"
        standby = TorchServe(current.java, at, folder, store, workers, archived_limits(archive))
        log(f"Starting another TorchServe with {workers} worker{'s' if workers > 1 else ''}")
        try:
            folder.mkdir(mode=0o700)
            keep(archive, standby.archive)
            with server.lock:
                self._refuse_if_stopping()
                server.standby = standby
                standby.start()
                server.write_state()
            self._wait(standby, "its keys", lambda: standby.keys() is not None)
            self._wait(standby, "the model", standby.is_ready)
            self._wait(standby, "the first prediction", lambda: _answers(standby))
            self._wait(standby, "its workers", standby.scale)
            self._wait(standby, "its workers", lambda: standby.ready_workers() >= workers)
        except BaseException:
            server.remove_standby()
            shutil.rmtree(folder, ignore_errors=True)
            raise

    @contextmanager
    def _routed(self) -> Iterator[None]:
        """Have the gateway do what the block has changed. If it refuses, all is as before, without a half-made standby.

        It refuses, for one, while a certificate and its key are being renewed and do not belong together.
        """
        server = self.server
        with server.lock:
            before = server.torchserve, server.standby, server.candidate_percent, server.draining
            try:
                yield
                server.open_gateway()
            except BaseException:
                server.torchserve, server.standby, server.candidate_percent, server.draining = before
                if server.candidate_percent is None:
                    server.remove_standby()
                raise

    def _share(self, percent: int) -> None:
        with self._routed():
            if self.server.standby is None:
                raise CommandError("The candidate has died; all photos go to the current version.")
            self.server.candidate_percent = percent

    def _retire(self, log: Log, whom: str, *, swap: bool) -> None:
        """Route no more photos to one of the two, and end it when the gateway's old workers have finished theirs."""
        server = self.server
        with self._routed():
            if server.standby is None:
                raise CommandError("The candidate has died; all photos go to the current version.")
            if swap:
                server.torchserve, server.standby = server.standby, server.torchserve
            server.candidate_percent = None
            old_workers = server.gateway.workers() if server.gateway else set()
        log(f"The {whom} gets no more photos; waiting for those under way")
        deadline_s = time.monotonic() + self.server.torchserve.limits.max_wait_s + DRAIN_MARGIN_S
        while server.gateway and server.gateway.workers() & old_workers and time.monotonic() < deadline_s:
            self._refuse_if_stopping()  # if the server is ending, it ends this one itself, after its photos
            time.sleep(TICK_S)
        server.remove_standby()
        log(f"The {whom} has ended")

    def _wait(self, torchserve: TorchServe, what: str, happened: Callable[[], bool]) -> None:
        self.server.wait_for(torchserve, what, happened)
        self._refuse_if_stopping()

    def _refuse_if_stopping(self) -> None:
        if self.server.stopping:
            raise CommandError("The server is ending.")

    def _require_candidate(self) -> None:
        if self.server.candidate_percent is None:
            raise CommandError("There is no candidate; `rollout` starts one.")

    def _refuse_candidate(self) -> None:
        if self.server.candidate_percent is not None:
            raise CommandError("There is a candidate already; `promote` it or `rollback` first.")


def _answers(torchserve: TorchServe) -> bool:
    """Whether it answers a photo sent to it directly, without the gateway."""
    keys = torchserve.keys()
    return keys is not None and predicts(f"{torchserve.addresses.inference_url}/predictions/focal", keys.inference)
