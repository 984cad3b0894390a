"""The cores and the memory that this process may use, within the limits of its control groups."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

CONTROL_GROUP, CONTROL_GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")


def available_cores() -> int:
    """The cores that this process may use: its affinity, limited by the CPU quotas of its control groups (v2)."""
    return max(1, min([len(affinity()), *_quotas()]))


def affinity() -> frozenset[int]:
    """The numbers of the cores that this thread may run on; all of them where the system tells none (macOS)."""
    return frozenset(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1))


def run_on(cores: frozenset[int]) -> None:
    """Have this thread, and what it starts from now on, run on these cores, where the system lets one choose."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)


def memory_bytes() -> int:
    """The memory that this process may use: the machine's, limited by its control groups (v2, or v1 as on RHEL 8)."""
    total: int = psutil.virtual_memory().total
    limits = [*_limits("memory.max"), *_limits("memory.limit_in_bytes", "memory")]
    return min([total, *(int(limit) for limit in limits if limit.isdigit())])


def free_bytes() -> int:
    """The free memory of this machine, or of this container."""
    free: int = psutil.virtual_memory().available
    try:
        limit, used = (int(Path(f"/sys/fs/cgroup/memory.{name}").read_text()) for name in ("max", "current"))
        return min(free, limit - used)
    except (OSError, ValueError):  # no cgroup v2, or "max": no limit
        return free


def _quotas() -> Iterator[int]:
    """The whole cores that each limited control group allows."""
    for limit in _limits("cpu.max"):
        with suppress(ValueError):  # "max": no quota
            quota, period = limit.split()
            yield int(quota) // int(period)


def _limits(name: str, controller: str = "") -> Iterator[str]:
    """What the file `name` of each control group says, from this process's own group up to the root.

    controller: whose groups, in the first version of control groups; the second has one tree for all.
    """
    try:
        lines = [line.split(":", 2) for line in CONTROL_GROUP.read_text().splitlines()]
        own = next(path for _, controllers, path in lines if controllers == controller)
    except (OSError, StopIteration):
        return
    group = Path(own)
    for folder in (group, *group.parents):
        with suppress(OSError):  # of another name space
            yield (CONTROL_GROUPS / controller / folder.relative_to("/") / name).read_text().strip()
