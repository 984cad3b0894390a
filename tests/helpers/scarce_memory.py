"""Too little memory, really: the kernel refuses this process more than a little."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def at_most_more(more_bytes: int) -> Iterator[None]:
    """Within the block, this process gets no more memory than that beside what it has."""
    if sys.platform != "linux":
        pytest.skip("Linux alone lets a process limit its own memory")
    own_bytes = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE")
    usual = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (own_bytes + more_bytes, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, usual)
