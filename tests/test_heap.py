"""Freed memory is kept for the next photo."""

import os
import subprocess
import sys

import pytest

# A new process each, as the allocator cannot be told to forget.
MEASURE = """
import resource, sys
import numpy as np
from focal.heap import keep_freed_memory
def work():
    return [np.ones(2_000_000 + n, np.uint8) for n in range(20)]
if sys.argv[1] == "kept":
    keep_freed_memory()
work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(
    not hasattr(os, "confstr") or "glibc" not in (os.confstr("CS_GNU_LIBC_VERSION") or ""), reason="glibc"
)
def test_memory_that_was_freed_costs_no_page_faults_again():
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}

    faults = {
        mode: int(
            subprocess.run(
                [sys.executable, "-c", MEASURE, mode], env=environment, capture_output=True, check=True
            ).stdout
        )
        for mode in ("given back", "kept")
    }

    assert faults["kept"] < 500 < 5000 < faults["given back"]
