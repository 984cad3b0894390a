"""What a process that works on photos needs: its environment before it starts, its threads and allocator once it runs.

Imports the standard library only, so that a command can read it before anything is installed.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping
from typing import Final

# malloc.h
M_TRIM_THRESHOLD: Final = -1
M_MMAP_THRESHOLD: Final = -3
M_ARENA_MAX: Final = -8
# Photos of 16 megapixels. Larger arrays are mapped for themselves, in huge pages, and given back.
KEPT_BLOCK_BYTES: Final = 48 << 20
MOST_OF_OLD_GLIBC: Final = 32 << 20  # before 2.35
# A pass of the network and the images of 16 megapixels; more than that is given back.
KEPT_BYTES: Final = 256 << 20
# What a thread frees is in its core's cache, and is its own to use again; but each arena keeps what was freed in it.
MOST_ARENAS: Final = 4


def variables_for(threads: int | str, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment variables of a process that is to `prepare` itself with so many threads.

    given: its other ones, of which GLIBC_TUNABLES stays as it is set.
    """
    return {
        # `prepare` tells OpenMP for the thread that calls it; others begin with what the variable says. Were that less,
        # the bits of a product of matrices would depend on which thread it fell to.
        "OMP_NUM_THREADS": str(threads),
        # One thread: the pools of numpy, torch and OpenCV fight over the cores.
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        # Huge pages for large arrays: a photo's take thousands of page faults otherwise, each time they are made.
        "GLIBC_TUNABLES": given.get("GLIBC_TUNABLES") or "glibc.malloc.hugetlb=1",
    }


def prepare(threads: int) -> None:
    """Make this process ready for photo after photo: so many threads for its arithmetic, and freed memory is kept.

    It is to have been started with `variables_for` as many.
    """
    import cv2
    import torch

    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    keep_freed_memory()
    _mallopt((M_ARENA_MAX, MOST_ARENAS))


def keep_freed_memory() -> None:
    """From now on, keep up to KEPT_BYTES of freed memory for what comes next. Does nothing where there is no glibc.

    Photo after photo, the same arrays of some megabytes come and go. glibc hands such memory back to the kernel and
    asks for it anew, and a fresh page costs a page fault, or more in a virtual machine that gives free pages away.
    """
    # What it does not take leaves it as it was.
    _mallopt(
        (M_MMAP_THRESHOLD, MOST_OF_OLD_GLIBC), (M_MMAP_THRESHOLD, KEPT_BLOCK_BYTES), (M_TRIM_THRESHOLD, KEPT_BYTES)
    )


def _mallopt(*settings: tuple[int, int]) -> None:
    """Set parameters of glibc's malloc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, value in settings:
            mallopt(parameter, value)
