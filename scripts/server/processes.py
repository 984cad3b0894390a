"""The processes of a server on this machine, and the memory that each part of it holds."""

from __future__ import annotations

from pathlib import Path

import psutil

from . import state_file
from .workers import worker_pids

PARTS = ("workers", "jvm", "front door")  # "front door" is the gateway: reports and metrics have that name


class ServerProcesses:
    """The processes of a server, found through server.json in its runtime folder."""

    def __init__(self, runtime: Path) -> None:
        self.runtime = runtime

    @property
    def pids(self) -> dict[str, int]:
        """The process ids in server.json: serve, torchserve, front_door (the gateway), beside (a standby)."""
        pids: dict[str, int] = state_file.read(self.runtime)["pids"]
        return pids

    def worker_pids(self) -> list[int]:
        """TorchServe's worker processes."""
        return worker_pids(self.pids["torchserve"])

    def by_part(self) -> dict[str, list[psutil.Process]]:
        """The processes of each of PARTS; a worker's decoder belongs to the workers."""
        java, nginx = (psutil.Process(self.pids[name]) for name in ("torchserve", "front_door"))
        return {
            "workers": [one for pid in self.worker_pids() for one in _family(psutil.Process(pid))],
            "jvm": [java],
            "front door": _family(nginx),
        }

    def megabytes(self) -> dict[str, float]:
        """The resident memory of each of PARTS now. Raises psutil.Error or OSError while a part is being replaced."""
        return {
            part: sum(process.memory_info().rss for process in processes) / 1e6
            for part, processes in self.by_part().items()
        }


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]
