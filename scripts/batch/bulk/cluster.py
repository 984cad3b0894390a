"""An engine for bulk jobs: the nodes of a Ray cluster that runs already.

The driver lists the photos, gives their names to actors on the nodes, and writes the report; the actors read the photos
and write the results. So no picture passes through the driver or Ray. A photo gets its line when its result is stored:
if the driver is killed, those that were at work are done again.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from setup.console import CommandError, say
from setup.garbage_collection import uncollected

from ..names import unfinished
from .actors import SILENCE, ActorPool, refuse_unseen, unseen_here
from .job import process_bytes
from .report import Report
from .runtime_environment import on_a_node, packed
from .storage import Storage
from .task import Task

# Ray reads this when it is imported: it would abort on SIGTERM. The rest of its configuration is the cluster's.
VARIABLES = {"RAY_DISABLE_FAILURE_SIGNAL_HANDLER": "1", **SILENCE}
ANSWER_TIMEOUT_S = 10.0
CHECK_TIMEOUT_S = 60.0


class ClusterEngine:
    """A Ray cluster for one job: `with ClusterEngine(address, most) as engine: engine.run(…)`.

    most: actors, None for as many as there is room for.
    """

    def __init__(self, address: str, most: int | None) -> None:
        """Raises CommandError if the address is not that of a cluster's own protocol."""
        if "://" in address:
            raise CommandError(
                f"{address} is not the address of a cluster as its nodes know it, such as 10.0.0.1:6379 or auto; "
                "run the command on one of its nodes, or there with `ray job submit`."
            )
        self._address, self._most = address, most

    def __enter__(self) -> ClusterEngine:
        os.environ.update(VARIABLES)
        logging.disable(logging.WARNING)
        with uncollected():
            import ray  # noqa: F401 (the driver's, before the signals are ours again)
        return self

    def __exit__(self, *_: object) -> None:
        import ray

        ray.shutdown()

    def run(self, task: Task, photos: Iterable[tuple[str, str]]) -> Iterator[bool]:
        """Work on photos, given with the names of their results; yields for each whether it succeeded.

        Raises CommandError if the cluster cannot be reached, does not see the photos, or gives up.
        """
        self._connect(task)
        bytes_each = process_bytes(task.settings)
        room = _room(bytes_each)
        if not room:
            say(f"No node has a core and {bytes_each / 1e9:.1f} GB for a process; waiting for one that has.")
        report = Report(task.report)
        with _shared_paths(task) as shared:
            _check_nodes(shared)
            at_once = room if self._most is None else min(room, self._most)
            pool = ActorPool(on_a_node(task), at_once, self._most, bytes_each, shared)
            try:
                for row in pool.work(photos):
                    report.append(row)
                    yield row.ok
            finally:
                pool.end()
                report.close()

    def _connect(self, task: Task) -> None:
        import ray

        if ray.is_initialized():  # the second pass over the photos
            return
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            _reach(self._address)
            with packed(task) as environment:
                ray.init(self._address, runtime_env=environment, log_to_driver=False, logging_level=logging.ERROR)
        except (OSError, OverflowError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
            raise CommandError(
                f"This machine is no node of a Ray cluster at {self._address}; name one that it belongs to: {reason}."
            ) from error
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)


def _reach(address: str) -> None:
    """Raise OSError if nothing answers at HOST:PORT: Ray would try for minutes, deaf to Ctrl-C."""
    host, _, port = address.rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), ANSWER_TIMEOUT_S).close()


def _room(bytes_each: int) -> int:
    """How many actors the nodes that are there have room for."""
    resources = [node["Resources"] for node in _nodes()]
    return sum(int(min(node.get("CPU", 0), node.get("memory", 0) // bytes_each)) for node in resources)


def _nodes() -> list[dict[str, Any]]:
    """The cluster's nodes, as Ray describes them."""
    import ray

    return [node for node in ray.nodes() if node["Alive"]]  # type: ignore[no-untyped-call]


@contextmanager
def _shared_paths(task: Task) -> Iterator[list[str]]:
    """The paths of this machine that every node has to see, each with a file that is there until the block ends."""
    made: list[Path] = []
    maps = [Storage.at(task.maps.place)] if task.maps else []
    folders = [storage.folder for storage in (task.source, *maps)]
    paths = [str(folder) for folder in folders if folder]
    if task.target.folder:
        task.target.folder.mkdir(parents=True, exist_ok=True)
        made.append(task.target.folder / unfinished("seen by all nodes"))
        made[0].touch()
    try:
        yield [*paths, *map(str, made)]
    finally:
        for file in made:
            file.unlink(missing_ok=True)


def _check_nodes(shared: list[str]) -> None:
    """Raise CommandError if a node does not see one of the paths."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    if not shared:
        return
    check: Any = ray.remote(num_cpus=0, max_retries=0)(unseen_here)
    calls = [
        check.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)).remote(shared)
        for node in _nodes()
        if node["Resources"].get("CPU")
    ]
    answered, _ = ray.wait(calls, num_returns=len(calls), timeout=CHECK_TIMEOUT_S) if calls else ([], [])
    for call in answered:
        try:
            found = ray.get(call)
        except ray.exceptions.RayError:  # a node that has just left; its actors would tell the same
            continue
        refuse_unseen(*found)
