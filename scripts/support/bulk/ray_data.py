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
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from ..console import CommandError
from ..environment import REPOSITORY
from ..local.develop import INTERRUPTED, Row
from .worker import Task, Worker

# Ray reads these when it is imported, and hands them to its processes.
VARIABLES = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # despite its name: one machine, so every listener is on loopback
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",  # ours counts photos
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_DISABLE_FAILURE_SIGNAL_HANDLER": "1",  # it aborts on SIGTERM
    "PYTHONPATH": os.pathsep.join(str(REPOSITORY / folder) for folder in ("scripts", "handler")),
    # One thread an actor: the pools of numpy, torch and OpenCV fight over the cores.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
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

        self._worker = Worker(task)
        self._finished: dict[str, bool] = {}
        # Of an actor that died Ray starts another, and gives it the same task from its beginning.
        self._replaces_another = ray.get_runtime_context().was_current_actor_reconstructed
        if self._replaces_another:
            self._finished = {row.file: row.ok for row in self._worker.report.rows(begun_bytes)}

    def __call__(self, photos: dict[str, Any]) -> Iterator[dict[str, list[bool]]]:
        """Work on a task's photos, {"file": names, "result": their results' names}; of each, whether it went well."""
        for file, result in zip(map(str, photos["file"]), map(str, photos["result"]), strict=True):
            ok = self._finished.get(file)
            yield {"ok": [self._work(file, result) if ok is None else ok]}

    def _work(self, file: str, result: str) -> bool:
        if self._replaces_another:  # the first photo that has no line is the one with which the other one died
            self._replaces_another = False
            self._worker.report.append(Row(file, type=INTERRUPTED, message="The process that worked on it was ended."))
            return False
        return self._worker.work(file, result).ok


class RayJob:
    """Ray for one job, started when there is work: `with RayJob(folder, actors) as ray: ray.run(…)`."""

    def __init__(self, folder: Path, actors: int) -> None:
        self._folder, self._actors = folder, actors

    def __enter__(self) -> RayJob:
        return self

    def __exit__(self, *_: object) -> None:
        if self._folder.exists():
            import ray

            ray.shutdown()
            shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, task: Task, photos: Iterable[tuple[str, str]]) -> Iterator[bool]:
        """Work on photos, given with their results' names; yields for each whether it went well.

        Raises CommandError if Ray gives up.
        """
        self._start()
        import ray.data

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
        """Start Ray, if that is not done."""
        os.environ.update(VARIABLES | {"RAY_AUTH_TOKEN": secrets.token_hex(32)})
        logging.disable(logging.WARNING)
        import ray

        if ray.is_initialized():
            return
        shutil.rmtree(self._folder, ignore_errors=True)  # of a job that was killed
        self._folder.mkdir(mode=0o700)
        with _silent_stderr():
            ray.init(
                address="local",
                num_cpus=self._actors,
                include_dashboard=False,
                object_store_memory=OBJECT_STORE_BYTES,
                log_to_driver=False,
                _temp_dir=str(self._folder),
            )
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # Ray has put its own in place


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Within the block, nothing gets to stderr, not even from C++, which announces there that it will be silent."""
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def ray_folder(report: Path) -> Path:
    """Where Ray keeps its files for the job of a report; short, for there are Unix sockets in it."""
    name = f"focal-{hashlib.sha256(os.fsencode(report.resolve())).hexdigest()[:12]}"
    folder = Path(tempfile.gettempdir()) / name
    return folder if len(os.fsencode(folder)) <= MOST_FOLDER_BYTES else Path("/tmp") / name  # noqa: S108
