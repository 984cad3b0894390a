"""What a process that develops photos wants in its environment before it starts. Standard library only."""

from __future__ import annotations

import os

VARIABLES = {
    # One thread a process: the pools of numpy, torch and OpenCV fight over the cores.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # Huge pages for large arrays: a photo's take thousands of faults otherwise, each time they are made.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


def set_variables() -> None:
    """Give these to the processes to come; what the caller has set stays as it is."""
    for name, value in VARIABLES.items():
        os.environ.setdefault(name, value)
