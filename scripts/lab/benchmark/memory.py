"""Memory of a worker and of its decoder: idle, at most while a photo is worked on, and what several workers share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import psutil
from server.processes import ServerProcesses

RESET_PEAK = "5"  # what /proc/PID/clear_refs takes for it
WEIGHTS = "weights.pth"  # in an unpacked archive


class WorkerMemory:
    """The first worker of a server on this machine, and its decoder, in megabytes."""

    def __init__(self, runtime: Path) -> None:
        self._processes = ServerProcesses(runtime)
        worker = psutil.Process(self._processes.worker_pids()[0])
        self.family = dict(zip(("worker", "decoder"), [worker, *worker.children()], strict=True))

    def now(self) -> dict[str, float]:
        """What each holds."""
        return {name: process.memory_info().rss / 1e6 for name, process in self.family.items()}

    def reset_peaks(self) -> None:
        """Forget what each held at most."""
        for process in self.family.values():
            Path(f"/proc/{process.pid}/clear_refs").write_text(RESET_PEAK)

    def peaks(self) -> dict[str, float]:
        """What each held at most since `reset_peaks`."""
        return {name: _kilobytes(f"/proc/{process.pid}/status", "VmHWM") / 1e3 for name, process in self.family.items()}

    def are_loaded(self, count: int) -> bool:
        """Whether so many workers have their model; each starts its decoder when it has."""
        pids = self._processes.worker_pids()
        return len(pids) == count and all(psutil.Process(pid).children() for pid in pids)

    def own(self) -> float:
        """What nobody shares with the worker: all but the pages of files, of libraries and weights."""
        return _kilobytes(f"/proc/{self.family['worker'].pid}/smaps_rollup", "Anonymous") / 1e3

    def workers(self) -> dict[str, float]:
        """Of all workers, without their decoders: the sum of what each holds, and what they hold together.

        The same of their weights' pages, and the sum of what each holds alone.
        """
        whole = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self._processes.worker_pids()]
        weights = [_mappings_of(WEIGHTS, pid) for pid in self._processes.worker_pids()]
        return {
            "each": _sum_kilobytes(whole, "Rss") / 1e3,
            "together": _sum_kilobytes(whole, "Pss") / 1e3,
            "their own": _sum_kilobytes(whole, "Anonymous") / 1e3,
            "weights, each": _sum_kilobytes(weights, "Rss") / 1e3,
            "weights, together": _sum_kilobytes(weights, "Pss") / 1e3,
        }


def _mappings_of(file_name: str, pid: int) -> str:
    """What /proc tells of a process's mappings of a file."""
    mappings = re.split(r"(?m)^(?=[0-9a-f]+-[0-9a-f]+ )", Path(f"/proc/{pid}/smaps").read_text())
    return "".join(one for one in mappings if one.partition("\n")[0].endswith(f"/{file_name}"))


def _kilobytes(file: str, field: str) -> float:
    return _sum_kilobytes([Path(file).read_text()], field)


def _sum_kilobytes(tables: Iterable[str], field: str) -> float:
    lines = (line.split() for table in tables for line in table.splitlines())
    return sum(float(line[1]) * 1.024 for line in lines if line[0] == f"{field}:")
