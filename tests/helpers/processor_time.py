"""How much processor time something takes, whatever else the machine does."""

from __future__ import annotations

import time
from collections.abc import Callable


def least_processor_s(work: Callable[[], object], times: int = 5) -> float:
    """The least of several times, which tells of the work and not of what else the machine does."""
    taken_s = []
    for _ in range(times):
        started_s = time.process_time()
        work()
        taken_s.append(time.process_time() - started_s)
    return min(taken_s)
