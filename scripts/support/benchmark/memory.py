"""Memory of a worker and of its decoder: idle, at most while a photo is worked on, and what several workers share."""

from __future__ import annotations

from pathlib import Path

import psutil

from ..load.memory import ServerProcesses

RESET_PEAK = "5"  # what /proc/PID/clear_refs takes for it


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

    def workers(self) -> dict[str, float]:
        """Of all workers, without their decoders: the sum of what each holds, and what they hold together."""
        pids = self._processes.worker_pids()
        return {
            name: sum(_kilobytes(f"/proc/{pid}/smaps_rollup", field) for pid in pids) / 1e3
            for name, field in (("each", "Rss"), ("together", "Pss"))
        }


def _kilobytes(file: str, field: str) -> float:
    lines = Path(file).read_text().splitlines()
    return next(float(line.split()[1]) * 1.024 for line in lines if line.startswith(f"{field}:"))
