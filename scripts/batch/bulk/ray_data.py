"""An engine for bulk jobs: Ray Data, with a number of actors that have a model and one thread each.

Only names and outcomes pass through Ray. The actor that works on a photo reads it and writes its results, so that
neither the object store nor the driver ever holds a picture. Ray listens on loopback only, requires a token, sends no
usage statistics, and keeps its files in a temporary folder.
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

from setup.console import CommandError
from setup.environment import PYTHON_PATH
from setup.garbage_collection import uncollected

from ..result import INTERRUPTED, Result
from .report import Report
from .task import Task

# Ray reads these when it is imported, and passes them to its processes.
VARIABLES = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # a single machine: every listener is on loopback
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",  # ours counts photos
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_DISABLE_FAILURE_SIGNAL_HANDLER": "1",  # it aborts on SIGTERM
    "RAY_enable_autoscaler_v2": "1",  # the old one takes a second to end
    "RAY_worker_niceness": "0",  # instead of 15, which would let everything else on the machine run first
    "PYTHONPATH": PYTHON_PATH,
}
OBJECT_STORE_BYTES = 80_000_000  # about the smallest that Ray accepts; it holds names and rows
PHOTOS_A_TASK = 8
MOST_FOLDER_BYTES = 40  # a Unix socket's path has at most 107, of which Ray takes 67
# Ray's driver keeps a record of each task, so it gets only this many photos at a time.
PHOTOS_AT_A_TIME = 50_000


class Actor:
    """What Ray Data creates in each of its processes."""

    def __init__(self, task: Task, begun_bytes: int) -> None:
        """begun_bytes: the length of the report when the work on these photos began."""
        import ray

        with uncollected():
            from .worker import Worker  # importing torch takes seconds; Ray's start does not wait for it

        self._report = Report(task.report)
        self._worker = Worker(task, self._report.append)
        self._finished: dict[str, bool] = {}
        # Ray replaces an actor that has died, and gives the new one the same task from its beginning.
        self._replaces_another = ray.get_runtime_context().was_current_actor_reconstructed
        if self._replaces_another:
            self._finished = {row.file: row.ok for row in self._report.rows(begun_bytes)}

    def __call__(self, photos: dict[str, Any]) -> Iterator[dict[str, list[bool]]]:
        """Work on a task's photos, {"file": names, "result": their results' names}; yields whether each succeeded."""
        # A generator, since Ray runs a plain function in another thread, where memory costs more.
        yield {"ok": [self._work(*map(str, photo)) for photo in zip(photos["file"], photos["result"], strict=True)]}

    def _work(self, file: str, result: str) -> bool:
        if file in self._finished:
            return self._finished[file]
        if self._replaces_another:  # the dead actor was working on the first photo without a line
            self._replaces_another = False
            self._report.append(Result(file, type=INTERRUPTED, message="The process that worked on it died."))
            return False
        return self._worker.work(file, result).ok


class RayEngine:
    """Ray for one job, started in the background: `with RayEngine(folder, actors) as engine: engine.run(…)`."""

    def __init__(self, folder: Path, actors: int) -> None:
        self._folder, self._actors = folder, actors

    def __enter__(self) -> RayEngine:
        os.environ.update(VARIABLES | {"RAY_AUTH_TOKEN": secrets.token_hex(32)})
        logging.disable(logging.WARNING)
        with uncollected():
            import ray  # noqa: F401 (here, since two threads must not import it at the same time)

        self._thread = ThreadPoolExecutor(1)  # kept, since Ray's processes end with the thread that started them
        self._started = self._thread.submit(self._start)
        return self

    def __exit__(self, *_: object) -> None:
        import ray

        self._started.exception()  # waits
        ray.shutdown()
        self._thread.shutdown()
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, task: Task, photos: Iterable[tuple[str, str]]) -> Iterator[bool]:
        """Work on photos, given with the names of their results; yields for each whether it succeeded.

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
                raise CommandError(f"Ray gave up: {reason}; the same command continues from here.") from error

    def _start(self) -> None:
        import ray

        shutil.rmtree(self._folder, ignore_errors=True)  # left by a job that was killed
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
    """Within the block, only Python writes to stderr: Ray's C++ code would print notices there."""
    kept = os.fdopen(os.dup(2), "w", buffering=1)  # never closed, since a logger may keep a reference to it
    with Path(os.devnull).open("wb") as nothing, redirect_stderr(kept):
        os.dup2(nothing.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept.fileno(), 2)


def ray_folder(report: Path) -> Path:
    """The folder for Ray's files, one for each report. It is short, since it holds Unix sockets."""
    name = f"focal-{hashlib.sha256(os.fsencode(report.resolve())).hexdigest()[:12]}"
    folder = Path(tempfile.gettempdir()) / name
    return folder if len(os.fsencode(folder)) <= MOST_FOLDER_BYTES else Path("/tmp") / name  # noqa: S108
