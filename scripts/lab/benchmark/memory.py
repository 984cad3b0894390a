"""The memory of a worker and its decoder, idle and at the peak of a photo; and what several workers share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import psutil
from server.processes import ServerProcesses

RESET_PEAK = "5"  # written to /proc/PID/clear_refs
WEIGHTS = "weights.pth"  # in an unpacked archive


class WorkerMemory:
    """The first worker of a server on this machine, and its decoder, in megabytes."""

    def __init__(self, runtime: Path) -> None:
        self._processes = ServerProcesses(runtime)
        worker = psutil.Process(self._processes.worker_pids()[0])
        self.family = dict(zip(("worker", "decoder"), [worker, *worker.children()], strict=True))

    def now(self) -> dict[str, float]:
        """The resident memory of each."""
        return {name: process.memory_info().rss / 1e6 for name, process in self.family.items()}

    def reset_peaks(self) -> None:
        """Reset the peak of each."""
        for process in self.family.values():
            Path(f"/proc/{process.pid}/clear_refs").write_text(RESET_PEAK)

    def peaks(self) -> dict[str, float]:
        """The peak of each since `reset_peaks`."""
        return {name: _kilobytes(f"/proc/{process.pid}/status", "VmHWM") / 1e3 for name, process in self.family.items()}

    def are_loaded(self, count: int) -> bool:
        """Whether `count` workers have loaded their model; a worker then starts its decoder."""
        pids = self._processes.worker_pids()
        return len(pids) == count and all(psutil.Process(pid).children() for pid in pids)

    def own(self) -> float:
        """The worker's private memory: everything but pages of files, such as libraries and weights."""
        return _kilobytes(f"/proc/{self.family['worker'].pid}/smaps_rollup", "Anonymous") / 1e3

    def workers(self) -> dict[str, float]:
        """The memory of all workers without decoders: resident ("each"), with shared pages counted once ("together"),

        and private ("their own"); and the first two of their weights' pages.
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
    """The part of /proc/PID/smaps about a file."""
    mappings = re.split(r"(?m)^(?=[0-9a-f]+-[0-9a-f]+ )", Path(f"/proc/{pid}/smaps").read_text())
    return "".join(one for one in mappings if one.partition("\n")[0].endswith(f"/{file_name}"))


def _kilobytes(file: str, field: str) -> float:
    return _sum_kilobytes([Path(file).read_text()], field)


def _sum_kilobytes(tables: Iterable[str], field: str) -> float:
    lines = (line.split() for table in tables for line in table.splitlines())
    return sum(float(line[1]) * 1.024 for line in lines if line[0] == f"{field}:")
