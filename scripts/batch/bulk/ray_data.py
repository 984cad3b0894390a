"""A bulk job's photos on Ray Data: as many actors as there is room for, each with a model and one thread of its own.

Only names and outcomes travel through Ray; a photo's bytes are read, and its results written, by the actor that works
on it, so that neither the object store nor the driver ever holds a picture. Ray listens on loopback only, behind a
token of its own, reports to nobody, and keeps its files in a folder that is gone afterwards.
"""

from __future__ import annotations

import hashlib
import logging
import math
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr
from itertools import islice
from pathlib import Path
from typing import Any

from setup.collector import uncollected
from setup.console import CommandError
from setup.environment import PYTHON_PATH

from ..result import INTERRUPTED, Result
from .task import Task

# Ray reads these when it is imported, and hands them to its processes.
VARIABLES = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # despite its name: one machine, so every listener is on loopback
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",  # ours counts photos
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_DISABLE_FAILURE_SIGNAL_HANDLER": "1",  # it aborts on SIGTERM
    "RAY_enable_autoscaler_v2": "1",  # the old one, which scales nothing here, takes a second to end
    "RAY_worker_niceness": "0",  # instead of 15, with which all else on the machine goes first
    "PYTHONPATH": PYTHON_PATH,
}
OBJECT_STORE_BYTES = 80_000_000  # about the least that Ray accepts; it holds names and rows
PHOTOS_A_TASK = 8
MOST_FOLDER_BYTES = 40  # a Unix socket's path has at most 107, of which Ray takes 67
# Ray's driver keeps track of each task, so it gets this many photos at a time, for about an hour's work.
PHOTOS_AT_A_TIME = 50_000


class Actor:
    """What Ray Data starts in each of its processes."""

    def __init__(self, task: Task, begun_bytes: int) -> None:
        """begun_bytes: the length of the report when these photos were begun with."""
        import ray

        with uncollected():
            from .worker import Worker  # it imports torch: seconds, for which Ray's start does not wait

        self._worker = Worker(task)
        self._finished: dict[str, bool] = {}
        # Of an actor that died Ray starts another, and gives it the same task from its beginning.
        self._replaces_another = ray.get_runtime_context().was_current_actor_reconstructed
        if self._replaces_another:
            self._finished = {row.file: row.ok for row in self._worker.report.rows(begun_bytes)}

    def __call__(self, photos: dict[str, Any]) -> Iterator[dict[str, list[bool]]]:
        """Work on a task's photos, {"file": names, "result": their results' names}; of each, whether it went well."""
        # Yielded, since a function that returns is given a thread of its own, in which memory costs more.
        yield {"ok": [self._work(*map(str, photo)) for photo in zip(photos["file"], photos["result"], strict=True)]}

    def _work(self, file: str, result: str) -> bool:
        if file in self._finished:
            return self._finished[file]
        if self._replaces_another:  # the first photo that has no line is the one with which the other one died
            self._replaces_another = False
            self._worker.report.append(
                Result(file, type=INTERRUPTED, message="The process that worked on it was ended.")
            )
            return False
        return self._worker.work(file, result).ok


class RayJob:
    """Ray for one job: `with RayJob(folder, actors) as ray: ray.run(…)`. It starts while other things are prepared."""

    def __init__(self, folder: Path, actors: int) -> None:
        self._folder, self._actors = folder, actors

    def __enter__(self) -> RayJob:
        os.environ.update(VARIABLES | {"RAY_AUTH_TOKEN": secrets.token_hex(32)})
        logging.disable(logging.WARNING)
        with uncollected():
            import ray  # noqa: F401 (here, for two threads that import at once get in each other's way)

        self._thread = ThreadPoolExecutor(1)  # kept, for Ray's processes end with the thread that started them
        self._started = self._thread.submit(self._start)
        return self

    def __exit__(self, *_: object) -> None:
        import ray

        self._started.exception()  # waits
        ray.shutdown()
        self._thread.shutdown()
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, task: Task, photos: Iterable[tuple[str, str]]) -> Iterator[bool]:
        """Work on photos, given with their results' names; yields for each whether it went well.

        Raises CommandError if Ray gives up.
        """
        with uncollected():
            import ray.data

        self._started.result()
        names = iter(photos)
        while some := [{"file": file, "result": result} for file, result in islice(names, PHOTOS_AT_A_TIME)]:
            tasks = math.ceil(len(some) / PHOTOS_A_TASK)
            dataset = ray.data.from_items(some, override_num_blocks=tasks).map_batches(
                Actor,
                fn_constructor_args=(task, task.report.stat().st_size),
                batch_size=None,
                num_cpus=1,
                compute=ray.data.ActorPoolStrategy(size=min(self._actors, tasks)),
            )
            try:
                for row in dataset.iter_rows():
                    yield row["ok"]
            except ray.exceptions.RayError as error:
                reason = str(error).strip().splitlines()[-1:]
                raise CommandError(f"Ray gave up: {reason}; the same command goes on from here.") from error

    def _start(self) -> None:
        import ray

        shutil.rmtree(self._folder, ignore_errors=True)  # of a job that was killed
        self._folder.mkdir(mode=0o700)
        with _python_alone_on_stderr():
            ray.init(
                address="local",
                num_cpus=self._actors,
                include_dashboard=False,
                object_store_memory=OBJECT_STORE_BYTES,
                log_to_driver=False,
                _temp_dir=str(self._folder),
            )


@contextmanager
def _python_alone_on_stderr() -> Iterator[None]:
    """Within the block, nothing of C++ gets to stderr, where Ray's announces that it will be silent."""
    kept = os.fdopen(os.dup(2), "w", buffering=1)  # never closed, for whoever logs may have taken hold of it
    with Path(os.devnull).open("wb") as nothing, redirect_stderr(kept):
        os.dup2(nothing.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept.fileno(), 2)


def ray_folder(report: Path) -> Path:
    """Where Ray keeps its files for the job of a report; short, for there are Unix sockets in it."""
    name = f"focal-{hashlib.sha256(os.fsencode(report.resolve())).hexdigest()[:12]}"
    folder = Path(tempfile.gettempdir()) / name
    return folder if len(os.fsencode(folder)) <= MOST_FOLDER_BYTES else Path("/tmp") / name  # noqa: S108
