"""The processes of a bulk job on Ray: one for each core of this machine or of a cluster, as far as memory allows.

Each is a Ray actor that loads the model once. A photo is one call of it, so that a process that dies costs no more than
the photos that it had. On a cluster, some actors more than it has room for are always waiting: Ray starts them on a
node as soon as it joins, and an autoscaler sees that more nodes are wanted.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from setup.console import CommandError
from setup.garbage_collection import uncollected

from ..result import INTERRUPTED, Result
from .report import Report
from .task import Task

Photo = tuple[str, str]  # its name, and its result's

PHOTOS_IN_FLIGHT = 3  # of an actor: one at work, and the next ones already there
WAITING = 8  # actors
# Ray reads this when it is imported: it would print a paragraph on each process that dies.
SILENCE = {"RAY_DEDUP_LOGS_SKIP_REGEX": "."}
ATTEMPTS = 3  # for a photo whose process died while it worked on it, and for a process to begin, where none does


class BulkActor:
    """What runs in each of them."""

    def __init__(self, task: Task, *, appends: bool) -> None:
        """appends: whether it appends a photo's lines to the report, or leaves that to whom `work` returns the last."""
        with uncollected():
            from .worker import Worker

        self._worker = Worker(task, Report(task.report).append if appends else lambda _: None)

    def unseen(self, paths: Sequence[str]) -> tuple[str, list[str]]:
        """This node's name, and those of the paths that do not exist on it."""
        return unseen_here(paths)

    def work(self, file: str, result: str) -> Result:
        """Blur a photo; returns its line of the report."""
        return self._worker.work(file, result)


def unseen_here(paths: Sequence[str]) -> tuple[str, list[str]]:
    """This machine's name, and those of the paths that do not exist on it."""
    return os.uname().nodename, [path for path in paths if not Path(path).exists()]


def refuse_unseen(node: str, paths: Sequence[str]) -> None:
    """Raise CommandError if there is a path that a node does not see."""
    if paths:
        raise CommandError(
            f"{paths[0]} is not on the cluster's node {node}; keep photos and results in a bucket, "
            "or in a folder that every node mounts at the same path."
        )


@dataclass(eq=False)
class Member:
    """An actor as the driver knows it.

    ready: the reference of what its node does not see.   calls: its photos by the references of their lines, the oldest
    first.
    """

    actor: Any
    ready: Any
    is_ready: bool = False
    calls: dict[Any, Photo] = field(default_factory=dict)


class ActorPool:
    """The actors of one job, replaced when they die.

    at_once: how many there is room for now.   at_most: None: no limit.   bytes_each: the memory that an actor may need.
    shared: paths that every node has to see.   report: to which the actors append the lines of their photos, before the
    results have their names; None: the caller of `work` appends what it yields.
    """

    def __init__(
        self,
        task: Task,
        at_once: int,
        at_most: int | None,
        bytes_each: int = 0,
        shared: Sequence[str] = (),
        report: Report | None = None,
    ) -> None:
        import ray

        self._class: Any = ray.remote(num_cpus=1, memory=bytes_each, max_restarts=0, scheduling_strategy="SPREAD")(
            BulkActor
        )
        self._task = ray.put(task)
        self._shared, self._report, self._target = list(shared), report, task.target
        self._begun_bytes = report.path.stat().st_size if report else 0
        self._at_once, self._at_most = at_once, at_most
        self._members: list[Member] = []
        self._of: dict[Any, Member] = {}  # by the references that are awaited
        self._queue: deque[Photo] = deque()
        self._interruptions: Counter[Photo] = Counter()
        self._unborn = 0  # actors that died before they were ready, since one was

    def work(self, photos: Iterable[Photo]) -> Iterator[Result]:
        """Blur photos, given with the names of their results; yields the line of each.

        Raises CommandError if a node does not see the photos, or if Ray gives up.
        """
        left = iter(photos)
        while self._assign(left) or any(member.calls for member in self._members):
            for reference in self._arrived():
                if reference in self._of:  # not of a member that has just been found dead
                    yield from self._take(reference)

    def end(self) -> None:
        """End all actors."""
        import ray

        for member in self._members:
            ray.kill(member.actor)
        self._members, self._of = [], {}

    def _assign(self, left: Iterator[Photo]) -> bool:
        """Give photos to the actors that have room for them; returns whether there are more."""
        for _ in range(PHOTOS_IN_FLIGHT):
            for member in self._members:
                if member.is_ready and len(member.calls) < PHOTOS_IN_FLIGHT:
                    if not self._has_more(left):
                        return False
                    photo = self._queue.popleft()
                    call = member.actor.work.remote(*photo)
                    member.calls[call], self._of[call] = photo, member
        if not self._has_more(left):
            return False
        self._hire()
        return True

    def _has_more(self, left: Iterator[Photo]) -> bool:
        """Whether a photo is left to be given to an actor; the next one is then in `_queue`."""
        if not self._queue:
            self._queue.extend(islice(left, 1))
        return bool(self._queue)

    def _hire(self) -> None:
        """Have as many actors waiting as there may be."""
        waiting = sum(not member.is_ready for member in self._members)
        wanted = (WAITING if self._members else self._at_once + WAITING) - waiting
        if self._at_most is not None:
            wanted = min(wanted, self._at_most - len(self._members))
        for _ in range(wanted):
            actor = self._class.remote(self._task, appends=self._report is not None)
            member = Member(actor, actor.unseen.remote(self._shared))
            self._members.append(member)
            self._of[member.ready] = member

    def _arrived(self) -> list[Any]:
        """The references that are there, at least one."""
        import ray

        awaited = list(self._of)
        first, others = ray.wait(awaited)
        return [*first, *ray.wait(others, num_returns=len(others), timeout=0)[0]] if others else list(first)

    def _take(self, reference: Any) -> Iterator[Result]:
        import ray

        member = self._of[reference]
        try:
            value = ray.get(reference)
        except ray.exceptions.RayError as error:
            if not _is_death(error, member):
                raise CommandError(f"Ray gave up: {_reason(error)}; the same command continues from here.") from error
            self._count_death(member)
            yield from self._bury(member)
        else:
            del self._of[reference]
            if reference == member.ready:
                refuse_unseen(*value)
                member.is_ready, self._unborn = True, 0
            else:
                del member.calls[reference]
                yield value

    def _count_death(self, member: Member) -> None:
        """Raise CommandError if one actor after another dies before it is ready, and none is: others would, too."""
        self._unborn += not member.is_ready
        most = ATTEMPTS * (self._at_most or self._at_once + WAITING)
        if self._unborn >= most and not any(each.is_ready for each in self._members):
            raise CommandError(
                "Ray gave up: its processes die before they can begin; the same command continues from here."
            )

    def _bury(self, member: Member) -> Iterator[Result]:
        """Take what a dead actor had: the lines of photos that it had finished, all others for another actor.

        A line that tells of a result which is not there was written in between: that photo was not finished.
        """
        import ray

        self._members.remove(member)
        ray.kill(member.actor)  # one that is merely out of reach must not go on
        self._of.pop(member.ready, None)
        appended = {row.file: row for row in self._report.rows(self._begun_bytes)} if self._report else {}
        lost = []
        for call, photo in member.calls.items():
            del self._of[call]
            try:
                yield ray.get(call, timeout=0)
            except ray.exceptions.RayError:
                row = appended.get(photo[0])
                if row and (not row.ok or self._target.has(photo[1])):
                    yield row
                else:
                    lost.append(photo)
        if lost:
            self._interruptions[lost[0]] += 1
            if self._interruptions[lost[0]] == ATTEMPTS:
                row = Result(lost.pop(0)[0], type=INTERRUPTED, message="The processes that worked on it died.")
                if self._report:
                    self._report.append(row)
                yield row
        self._queue.extend(lost)


def _is_death(error: Exception, member: Member) -> bool:
    """Whether an actor died of what another one may survive. One too many for the memory would die again and again."""
    import ray

    if isinstance(error, ray.exceptions.OutOfMemoryError):
        return member.is_ready
    return isinstance(error, ray.exceptions.RayActorError) and not error.actor_init_failed


def _reason(error: Exception) -> str:
    import ray

    if isinstance(error, ray.exceptions.OutOfMemoryError):  # Ray has a page to say about it
        return "a process ran out of memory"
    return (str(error).strip().splitlines() or [type(error).__name__])[-1].rstrip(".")
