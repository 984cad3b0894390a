"""The cores and the memory that this process may use, within the limits of its control groups."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from focal.machine.cores import affinity, available_cores, control_group_limits

__all__ = ["affinity", "available_cores", "free_bytes", "memory_bytes", "pinned_to", "run_on"]


def run_on(cores: frozenset[int]) -> None:
    """Have this thread, and what it starts from now on, run on these cores, where the system lets one choose."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)


@contextmanager
def pinned_to(cores: frozenset[int]) -> Iterator[None]:
    """Within the block, this thread and what it starts run on these cores."""
    before = affinity()
    run_on(cores)
    try:
        yield
    finally:
        run_on(before)


def memory_bytes() -> int:
    """The memory that this process may use: the machine's, limited by its control groups (v2, or v1 as on RHEL 8)."""
    total: int = psutil.virtual_memory().total
    limits = [*control_group_limits("memory.max"), *control_group_limits("memory.limit_in_bytes", "memory")]
    return min([total, *(int(limit) for limit in limits if limit.isdigit())])


def free_bytes() -> int:
    """The free memory of this machine, or of this container."""
    free: int = psutil.virtual_memory().available
    try:
        limit, used = (int(Path(f"/sys/fs/cgroup/memory.{name}").read_text()) for name in ("max", "current"))
        return min(free, limit - used)
    except (OSError, ValueError):  # no cgroup v2, or "max": no limit
        return free
