"""What `scripts/ops` may ask of a running server, carried out in the server's own process.

One idea serves all changes of what is served: a second TorchServe is started beside the first, photos are moved to it
at the gateway, and the one that gets none any more is ended. TorchServe's own ways to register a model or to take
workers away stay closed or unused: the first would run whatever holds the management key, the second cuts off photos.
"""

from __future__ import annotations

import itertools
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from setup.archive import provenance
from setup.console import CommandError, say

from ..limits import archived_limits
from ..supervisor import DRAIN_BESIDE_S, TICK_S, Supervisor, model_is_loaded, predicts
from ..torchserve import TorchServe
from .control import Order, Say
from .status import described

LONGEST_NOTICE_S = 3600


class Orders:
    """The orders of one server; of those that change it, one at a time."""

    def __init__(self, server: Supervisor) -> None:
        self.server = server
        self._changing = threading.Lock()
        self._numbers = itertools.count(2)

    def by_name(self) -> dict[str, Order]:
        """Each order under the name that `scripts/ops` sends."""
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

    def status(self, tell: Say) -> dict[str, Any]:
        """What runs, and how it is."""
        return described(self.server)

    def scale(self, tell: Say, workers: int) -> None:
        """Have so many workers, in a TorchServe whose queue and memory are made for them."""
        with self._change(tell) as tell:
            self._refuse_candidate()
            self._replace(tell, workers)

    def rollout(self, tell: Say, archive: str) -> None:
        """Start a version beside the current one, with no share of the photos yet."""
        with self._change(tell) as tell:
            self._refuse_candidate()
            if not provenance(Path(archive)):
                raise CommandError(f"{archive} is not an archive of Focal's; scripts/build-archive makes one.")
            self._start_beside(tell, Path(archive), self.server.torchserve.workers)
            self._share(0)
            tell("The candidate is ready and gets no photos yet")

    def canary(self, tell: Say, percent: int) -> None:
        """Give the candidate this share of the photos."""
        with self._change(tell) as tell:
            self._require_candidate()
            self._share(percent)
            tell(f"The candidate gets {percent}% of the photos")

    def promote(self, tell: Say) -> None:
        """Make the candidate the current version and end the one before, once it has answered what it took."""
        with self._change(tell) as tell:
            self._require_candidate()
            self._retire(tell, "version before", swap=True)

    def rollback(self, tell: Say) -> None:
        """Give all photos to the current version again and end the candidate, once it has answered what it took."""
        with self._change(tell) as tell:
            self._require_candidate()
            self._retire(tell, "candidate", swap=False)

    def rotate_keys(self, tell: Say) -> None:
        """Have a new TorchServe with new keys serve the same version; the old keys end with the old one."""
        with self._change(tell) as tell:
            self._refuse_candidate()
            self._replace(tell, self.server.torchserve.workers)

    def drain(self, tell: Say, notice_s: float) -> None:
        """Tell load balancers to go, keep answering for `notice_s`, then end as after SIGTERM."""
        with self._change(tell) as tell:
            with self.server.lock:
                self.server.leaving = True
                self.server.open_gateway()
            tell(f"Not ready any more; still answering for {notice_s:g} s")
            deadline_s = time.monotonic() + notice_s
            while time.monotonic() < deadline_s and not self.server.stopping:
                time.sleep(TICK_S)
            self.server.stopping = True

    @contextmanager
    def _change(self, tell: Say) -> Iterator[Say]:
        """Hold off other changes, and have the server's own log tell what this one does."""
        if not self._changing.acquire(blocking=False):
            raise CommandError("Another order is under way; wait for it.")

        def tell_all(sentence: str) -> None:
            say(sentence)
            tell(sentence)

        try:
            if not self.server.is_up:
                raise CommandError("The server is still starting.")
            self._go_on()
            yield tell_all
        finally:
            self._changing.release()

    def _replace(self, tell: Say, workers: int) -> None:
        """Have another TorchServe serve the same version."""
        self._start_beside(tell, self.server.torchserve.archive, workers)
        self._retire(tell, "TorchServe before", swap=True)

    def _start_beside(self, tell: Say, archive: Path, workers: int) -> None:
        """Start a TorchServe that serves `archive` and wait until it has answered a photo, with all its workers."""
        server, current = self.server, self.server.torchserve
        folder = server.folder / f"torchserve-{next(self._numbers)}"
        at, store = server.addresses.beside(), folder / "model_store"
        beside = TorchServe(current.java, at, folder, store, workers, archived_limits(archive))
        tell(f"Starting another TorchServe with {workers} worker{'s' if workers > 1 else ''}")
        try:
            folder.mkdir(mode=0o700)
            beside.archive.parent.mkdir()
            _take(archive, beside.archive)
            with server.lock:
                self._go_on()
                server.beside = beside
                beside.start()
                server.write_state()
            self._wait(beside, "its keys", lambda: beside.keys() is not None)
            self._wait(beside, "the model", lambda: model_is_loaded(beside))
            self._wait(beside, "the first prediction", lambda: _answers(beside))
            self._wait(beside, "its workers", beside.scale)
            self._wait(beside, "its workers", lambda: beside.ready_workers() >= workers)
        except BaseException:
            server.remove_beside()
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _share(self, percent: int) -> None:
        with self.server.lock:
            if self.server.beside is None:
                raise CommandError("The candidate has died; all photos go to the current version.")
            self.server.candidate_percent = percent
            self.server.open_gateway()

    def _retire(self, tell: Say, whom: str, *, swap: bool) -> None:
        """Leave one of the two without photos, and end it when the gateway's workers of before have ended theirs."""
        server = self.server
        with server.lock:
            if server.beside is None:
                raise CommandError("The candidate has died; all photos go to the current version.")
            if swap:
                server.torchserve, server.beside = server.beside, server.torchserve
            server.candidate_percent = None
            through = server.gateway.workers() if server.gateway else set()
            server.open_gateway()
        tell(f"The {whom} gets no more photos; waiting for those it has")
        deadline_s = time.monotonic() + self.server.torchserve.limits.max_wait_s + DRAIN_BESIDE_S
        while server.gateway and server.gateway.workers() & through and time.monotonic() < deadline_s:
            self._go_on()  # else the server's own end ends it, after its photos
            time.sleep(TICK_S)
        server.remove_beside()
        tell(f"The {whom} has ended")

    def _wait(self, torchserve: TorchServe, what: str, happened: Callable[[], bool]) -> None:
        self.server.wait_for(torchserve, what, happened)
        self._go_on()

    def _go_on(self) -> None:
        if self.server.stopping:
            raise CommandError("The server is ending.")

    def _require_candidate(self) -> None:
        if self.server.candidate_percent is None:
            raise CommandError("There is no candidate; `rollout` starts one.")

    def _refuse_candidate(self) -> None:
        if self.server.candidate_percent is not None:
            raise CommandError("There is a candidate already; `promote` it or `rollback` first.")


def _answers(torchserve: TorchServe) -> bool:
    """Whether it answers a photo that comes to it past the gateway."""
    keys = torchserve.keys()
    return keys is not None and predicts(f"{torchserve.addresses.inference_url}/predictions/focal", keys.inference)


def _take(archive: Path, target: Path) -> None:
    """The archive as it is now, whatever becomes of its name: a restart serves the same bytes."""
    try:
        os.link(archive.resolve(), target)
    except OSError:  # another file system
        shutil.copyfile(archive, target)
