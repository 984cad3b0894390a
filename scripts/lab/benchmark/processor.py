"""The processor time of each part of a server, and of this process as its client."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
from server.processes import ServerProcesses


class ProcessorTime:
    """The processor time of a server on this machine, in seconds since the start or `restart`."""

    def __init__(self, runtime: Path) -> None:
        server = ServerProcesses(runtime)
        parts, workers = server.by_part(), server.worker_pids()
        self._parts = {
            "front door": parts["front door"],
            "Java": parts["jvm"],
            "worker": [one for one in parts["workers"] if one.pid in workers],
            "decoder": [one for one in parts["workers"] if one.pid not in workers],
        }
        self.restart()

    def restart(self) -> None:
        """Start counting again from 0."""
        self._before = self._now()

    def taken_s(self) -> dict[str, float]:
        """The seconds of each part."""
        return {part: now - self._before[part] for part, now in self._now().items()}

    def _now(self) -> dict[str, float]:
        taken = {part: sum(map(_seconds, processes)) for part, processes in self._parts.items()}
        return taken | {"client": time.process_time()}


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
