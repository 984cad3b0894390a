"""The memory of the parts of a running server over time."""

from __future__ import annotations

import statistics
import threading
from dataclasses import dataclass
from types import TracebackType

import psutil
from server.processes import PARTS, ServerProcesses

SAMPLE_EVERY_S = 0.5


@dataclass(frozen=True)
class Growth:
    """Resident megabytes after the warm-up, at the end, and at the peak."""

    warm: float
    end: float
    peak: float

    @property
    def share(self) -> float:
        """The growth after the warm-up, as a share of the memory after the warm-up."""
        return self.end / self.warm - 1


class MemoryWatch:
    """Samples a server's memory within its block: `with MemoryWatch(processes) as memory:`.

    samples: the resident megabytes of each part, every SAMPLE_EVERY_S.
    """

    def __init__(self, processes: ServerProcesses) -> None:
        self.processes = processes
        self.samples: list[dict[str, float]] = []
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


def growth(samples: list[dict[str, float]], warm_up_share: float) -> dict[str, Growth]:
    """Each part's memory after `warm_up_share` of the samples and at the end (medians of a tenth), and its peak."""
    if not samples:
        return {}
    tenth, warm_up = max(1, len(samples) // 10), int(warm_up_share * len(samples))

    def median(some: list[dict[str, float]], part: str) -> float:
        return statistics.median(sample[part] for sample in some)

    return {
        part: Growth(
            warm=median(samples[warm_up : warm_up + tenth], part),
            end=median(samples[-tenth:], part),
            peak=max(sample[part] for sample in samples),
        )
        for part in PARTS
    }
