"""An engine for bulk jobs: Ray on this machine alone, with a number of actors that have a model and one thread each.

Only names and outcomes pass through Ray. The actor that works on a photo reads it and writes its results, so that
neither the object store nor the driver ever holds a picture. Ray listens on loopback only, requires a token, sends no
usage statistics, and keeps its files in a temporary folder.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr
from itertools import chain, islice
from pathlib import Path

from setup.environment import PYTHON_PATH
from setup.garbage_collection import uncollected

from .actors import SILENCE, ActorPool
from .report import Report
from .task import Task

# Ray reads these when it is imported, and passes them to its processes.
VARIABLES = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # a single machine: every listener is on loopback
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_DISABLE_FAILURE_SIGNAL_HANDLER": "1",  # it aborts on SIGTERM
    "RAY_enable_autoscaler_v2": "1",  # the old one takes a second to end
    "RAY_worker_niceness": "0",  # instead of 15, which would let everything else on the machine run first
    "PYTHONPATH": PYTHON_PATH,
    **SILENCE,
}
OBJECT_STORE_BYTES = 80_000_000  # about the smallest that Ray accepts; it holds names and rows
MOST_FOLDER_BYTES = 40  # a Unix socket's path has at most 107, of which Ray takes 67


class LocalEngine:
    """Ray for one job, started in the background: `with LocalEngine(folder, actors) as engine: engine.run(…)`."""

    def __init__(self, folder: Path, actors: int) -> None:
        self._folder, self._actors = folder, actors

    def __enter__(self) -> LocalEngine:
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
        self._started.result()
        names = iter(photos)
        first = list(islice(names, self._actors))  # an actor for each photo is enough
        report = Report(task.report)
        pool = ActorPool(task, len(first), len(first), report=report)
        try:
            for row in pool.work(chain(first, names)):
                yield row.ok
        finally:
            pool.end()
            report.close()

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
