"""How much memory the parts of a running server hold, over time."""

from __future__ import annotations

import json
import statistics
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import psutil
from server.torchserve import worker_pids

PARTS = ("workers", "jvm", "front door")
SAMPLE_EVERY_S = 0.5

Sample = dict[str, float]  # megabytes resident at a moment: of all workers with their decoders, of Java, and of nginx


@dataclass(frozen=True)
class Growth:
    """Megabytes after the warm-up, at the end and at most."""

    warm: float
    end: float
    peak: float

    @property
    def share(self) -> float:
        """What was added after the warm-up, as a share of what there was."""
        return self.end / self.warm - 1


class ServerProcesses:
    """The processes of a server on this machine, found through its server.json."""

    def __init__(self, runtime: Path) -> None:
        self.runtime = runtime

    @property
    def pids(self) -> dict[str, int]:
        """serve, torchserve and gateway, as the server says."""
        pids: dict[str, int] = json.loads((self.runtime / "server.json").read_text())["pids"]
        return pids

    def worker_pids(self) -> list[int]:
        """TorchServe's worker processes."""
        return worker_pids(self.pids["torchserve"])

    def by_part(self) -> dict[str, list[psutil.Process]]:
        """The processes of each part; a worker's decoder belongs to the workers."""
        java, nginx = (psutil.Process(self.pids[name]) for name in ("torchserve", "front_door"))
        return {
            "workers": [one for pid in self.worker_pids() for one in _family(psutil.Process(pid))],
            "jvm": [java],
            "front door": _family(nginx),
        }

    def megabytes(self) -> Sample:
        """What each part holds now. Raises psutil.Error or OSError while the server changes."""
        return {
            part: sum(process.memory_info().rss for process in processes) / 1e6
            for part, processes in self.by_part().items()
        }


class MemoryWatch:
    """Samples a server's memory until it is left: `with MemoryWatch(processes) as memory:`."""

    def __init__(self, processes: ServerProcesses) -> None:
        self.processes = processes
        self.samples: list[Sample] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(SAMPLE_EVERY_S):
            try:
                self.samples.append(self.processes.megabytes())
            except (psutil.Error, OSError, ValueError, KeyError):
                continue  # a part is being replaced


def growth(samples: list[Sample], warm_up_share: float) -> dict[str, Growth]:
    """Each part's memory after `warm_up_share` of the samples, at the end (medians of a tenth), and at most."""
    if not samples:
        return {}
    tenth, warm_up = max(1, len(samples) // 10), int(warm_up_share * len(samples))

    def median(some: list[Sample], part: str) -> float:
        return statistics.median(sample[part] for sample in some)

    return {
        part: Growth(
            warm=median(samples[warm_up : warm_up + tenth], part),
            end=median(samples[-tenth:], part),
            peak=max(sample[part] for sample in samples),
        )
        for part in PARTS
    }


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]
