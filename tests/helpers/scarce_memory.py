"""Too little memory, really: the kernel refuses this process more than a little."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

BLOCK_BYTES = 1_000_000


@contextmanager
def at_most_more(more_bytes: int) -> Iterator[None]:
    """Within the block, this process gets no more memory than that beside what it uses."""
    if sys.platform != "linux":
        pytest.skip("Linux alone lets a process limit its own memory")
    own_bytes = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE")
    usual = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (own_bytes, usual[1]))
    try:
        hoard = _what_was_freed()
        resource.setrlimit(resource.RLIMIT_AS, (own_bytes + more_bytes, usual[1]))
        yield
        del hoard
    finally:
        resource.setrlimit(resource.RLIMIT_AS, usual)


def _what_was_freed() -> list[npt.NDArray[np.uint8]]:
    """All that this process has freed and not given back, which it could use again without asking the kernel."""
    hoard = []
    while True:
        try:
            hoard.append(np.empty(BLOCK_BYTES, np.uint8))
        except MemoryError:
            return hoard
