"""A bulk job's photos on a plain pool of processes: the measure of what Ray Data costs.

It does the same work with the same report, but of a process that dies it takes no notice, and waits for ever.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator

from .task import Task
from .worker import Worker

PHOTOS_A_TASK = 8

_worker: Worker


class Pool:
    """As many processes as told, each with its model."""

    def __init__(self, processes: int) -> None:
        self._processes = processes

    def run(self, task: Task, photos: Iterable[tuple[str, str]]) -> Iterator[bool]:
        """Work on photos, given with their results' names; yields for each whether it went well."""
        # Forked, which is the fastest start there is: the libraries are loaded already.
        with multiprocessing.get_context("fork").Pool(self._processes, _begin, (task,)) as pool:
            yield from pool.imap_unordered(_work, photos, PHOTOS_A_TASK)


def _begin(task: Task) -> None:
    global _worker
    _worker = Worker(task)


def _work(photo: tuple[str, str]) -> bool:
    return _worker.work(*photo).ok
