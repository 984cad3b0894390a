"""An engine for bulk jobs: a plain pool of processes, to compare Ray with.

It does the same work with the same report, but if a process dies it waits for ever.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterable, Iterator

from .report import Report
from .task import Task
from .worker import Worker

PHOTOS_A_TASK = 8

_worker: Worker


class Pool:
    """A number of processes, each with its own model."""

    def __init__(self, processes: int) -> None:
        self._processes = processes

    def run(self, task: Task, photos: Iterable[tuple[str, str]]) -> Iterator[bool]:
        """Work on photos, given with the names of their results; yields for each whether it succeeded."""
        # Forked, which starts fastest, since the libraries are already loaded.
        with multiprocessing.get_context("fork").Pool(self._processes, _begin, (task,)) as pool:
            yield from pool.imap_unordered(_work, photos, PHOTOS_A_TASK)


def _begin(task: Task) -> None:
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches them too; the command ends them
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # not by the command's own handler, which raises an error
    _worker = Worker(task, Report(task.report).append)


def _work(photo: tuple[str, str]) -> bool:
    return _worker.work(*photo).ok
