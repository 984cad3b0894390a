"""The cores of this machine that are idle, and work done on them.

A photo is worked on by one thread. Where a core has nothing to do, another thread takes a part of its steps. Every
process that works on photos holds a seat while it does so, and one more for each core that helps it; there are as many
seats as cores. A seat is a locked file, which the kernel frees when a process ends, however it ends. Where all are
taken, or whatever else runs on the machine leaves no core idle, everybody keeps to one core. So the load decides by
itself, and nothing is configured.

What is handed over is cut alike whatever the number of cores, so that a result has the same bits with one as with many.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

CONTROL_GROUP, CONTROL_GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")
LOAD = Path("/proc/loadavg")
# Of this user, for all processes on the machine or in the container. The empty files stay: were one deleted, a process
# that has just opened it and one that makes it anew would both hold that seat.
SEATS = Path(tempfile.gettempdir()) / f"focal-cores-{os.getuid()}"

# Between two checks for an idle core, each of which takes some 20 to 50 µs.
PAUSE_S = 0.005


def available_cores() -> int:
    """The cores that this process may use: its affinity, limited by the CPU quotas of its control groups (v2)."""
    return len(_cores())


def affinity() -> frozenset[int]:
    """The numbers of the cores that this thread may run on; all of them where the system tells none (macOS)."""
    return frozenset(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1))


def control_group_limits(name: str, controller: str = "") -> Iterator[str]:
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


@contextmanager
def at_work() -> Iterator[None]:
    """Within the block, this thread counts as one that works on a photo. It may be entered again within itself."""
    _this_thread.depth += 1
    try:
        if _this_thread.seat is None:
            _this_thread.seat = _free_seat()
        yield
    finally:
        _this_thread.depth -= 1
        if _this_thread.depth == 0 and _this_thread.seat is not None:
            os.close(_this_thread.seat)
            _this_thread.seat = None


def side_by_side(*calls: Callable[[], Any]) -> list[Any]:
    """The results of several calls, in their order; as many at a time as there are idle cores, and the caller's own.

    They are begun in their order, so the longest should come first. They may call this again. If calls raise errors,
    the first of these in the calls' order is raised here, once no call runs any more; calls that have not begun by then
    are left out.
    """
    left, results = deque(enumerate(calls)), [None] * len(calls)
    errors: dict[int, BaseException] = {}

    def run_next() -> None:
        try:
            place, call = left.popleft()
        except IndexError:  # another thread was faster
            return
        try:
            results[place] = call()
        except BaseException as error:
            errors[place] = error
            left.clear()

    def help_with_seat(seat: int) -> None:
        with _seated(seat):
            while left:
                run_next()

    helpers: list[Future[None]] = []
    asked_s = -PAUSE_S
    with at_work():
        while left:
            if len(left) > 1 and time.perf_counter() >= asked_s + PAUSE_S:
                asked_s = time.perf_counter()
                if (seat := _idle_seat()) is not None:
                    helpers.append(_pool().submit(help_with_seat, seat))
            run_next()
        for helper in helpers:
            helper.result()
    if errors:
        raise errors[min(errors)]
    return results


class _ThreadState(threading.local):
    """How deep this thread is in `at_work`, and the open file of its seat, if it has one."""

    depth = 0
    seat: int | None = None


_this_thread = _ThreadState()


@contextmanager
def _seated(seat: int) -> Iterator[None]:
    """Within the block, this thread is at work on a seat that was taken for it."""
    _this_thread.seat = seat
    with at_work():
        yield


def _idle_seat() -> int | None:
    """A free seat, if a core is idle as well; None where there is none.

    The seats come first: under full load they are all taken, and to find that out takes half as long.
    """
    seat = _free_seat()
    if seat is not None and not _has_idle_core():
        os.close(seat)
        return None
    return seat


def _has_idle_core() -> bool:
    """Whether fewer threads than cores are running on the machine at this moment; yes where the kernel does not say."""
    try:
        running, _ = LOAD.read_text().split()[3].split("/")
    except OSError:
        return True
    return int(running) < (os.cpu_count() or 1)


def _free_seat() -> int | None:
    """The open, locked file of a seat that nobody holds; None if there is none, or none can be made."""
    for core in _cores():
        try:
            seat = os.open(f"{_folder(SEATS)}/{core}", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError:
            return None
        try:
            fcntl.flock(seat, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(seat)
        else:
            return seat
    return None


@cache
def _folder(seats: Path) -> Path:
    """The folder of the seats, this user's own. Raises OSError if it cannot be made, or is another's."""
    seats.mkdir(mode=0o700, exist_ok=True)
    if seats.lstat().st_uid != os.getuid():
        raise PermissionError(f"{seats} belongs to another user.")
    return seats


def _cores() -> list[int]:
    """The numbers of the cores that this process may use; no more than its quotas allow at a time."""
    cores = sorted(affinity())
    return cores[: max(1, min([len(cores), *_quotas()]))]


@cache
def _quotas() -> tuple[int, ...]:
    """The whole cores that each limited control group allows."""
    quotas = []
    for limit in control_group_limits("cpu.max"):
        with suppress(ValueError):  # "max": no quota
            quota, period = limit.split()
            quotas.append(int(quota) // int(period))
    return tuple(quotas)


@cache
def _pool() -> ThreadPoolExecutor:
    """The threads that help; a seat is taken before one is asked, so that there are never too few."""
    return ThreadPoolExecutor(max_workers=os.cpu_count(), thread_name_prefix="focal-core")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # threads do not come along
