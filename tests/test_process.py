"""Freed memory is kept for the next photo."""

import os
import subprocess
import sys

import pytest

# A new process each, as the allocator cannot be told to forget.
MEASURE = """
import resource, sys
import numpy as np
from focal.process import keep_freed_memory
mode, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
def work():
    return [np.ones(size + n, np.uint8) for n in range(count)]
if mode == "kept":
    keep_freed_memory()
work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(
    not hasattr(os, "confstr") or "glibc" not in (os.confstr("CS_GNU_LIBC_VERSION") or ""), reason="glibc"
)
@pytest.mark.parametrize(("count", "size"), [(20, 2_000_000), (1, 36_000_000)], ids=["activations", "12 megapixels"])
def test_memory_that_was_freed_costs_no_page_faults_again(count, size):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "GLIBC_TUNABLES": ""}

    faults = {
        mode: int(
            subprocess.run(
                [sys.executable, "-c", MEASURE, mode, str(count), str(size)],
                env=environment,
                capture_output=True,
                check=True,
            ).stdout
        )
        for mode in ("given back", "kept")
    }

    assert 10 * faults["kept"] < faults["given back"]
