"""Freed memory is kept for the next photo, by the thread that freed it."""

import os
import subprocess
import sys

import pytest
from focal.machine.process import variables_for

# A new process each, as the allocator cannot be told to forget.
MEASURE = """
import resource, sys
import numpy as np
from focal.machine.process import keep_freed_memory
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

# Where a thread and then the main thread get eight megabytes that they give back at once.
PLACES = """
import ctypes, threading
from focal.machine.process import prepare
prepare(threads=1)
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
def work():
    places.append(libc.malloc(8 << 20))
    libc.free(places[-1])
places = []
helper = threading.Thread(target=work)
helper.start()
helper.join()
work()
work()
print(*places)
"""

# The threads of OpenMP, as torch has it: of the main thread and of one that begins later.
THREADS = """
import ctypes, threading, torch
from focal.machine.process import prepare
prepare(threads=2)
openmp = next(line.split()[-1] for line in open("/proc/self/maps") if "omp" in line and ".so" in line)
found = []
count = lambda: found.append(ctypes.CDLL(openmp).omp_get_max_threads())
helper = threading.Thread(target=count)
helper.start()
helper.join()
count()
print(*found)
"""

glibc = pytest.mark.skipif(
    not hasattr(os, "confstr") or "glibc" not in (os.confstr("CS_GNU_LIBC_VERSION") or ""), reason="glibc"
)


def output_of(code: str, *arguments: str, **variables: str) -> str:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "GLIBC_TUNABLES": ""} | variables
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, check=True, text=True
    )
    return run.stdout


@glibc
@pytest.mark.parametrize(("count", "size"), [(20, 2_000_000), (1, 36_000_000)], ids=["activations", "12 megapixels"])
def test_memory_that_was_freed_costs_no_page_faults_again(count, size):
    faults = {mode: int(output_of(MEASURE, mode, str(count), str(size))) for mode in ("given back", "kept")}

    assert 10 * faults["kept"] < faults["given back"]


@glibc
def test_what_a_helper_has_freed_is_in_its_cores_cache_and_not_for_another_thread():
    of_helper, of_photos_thread, the_same_again = output_of(PLACES).split()

    assert of_helper != of_photos_thread
    assert of_photos_thread == the_same_again


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc")
def test_a_helper_computes_with_as_many_threads_as_the_thread_that_it_helps():
    assert output_of(THREADS, **variables_for(2)).split() == ["2", "2"]


def test_the_callers_tunables_stay_unless_they_are_empty():
    assert variables_for(1, {"GLIBC_TUNABLES": "glibc.malloc.perturb=1"})["GLIBC_TUNABLES"] == "glibc.malloc.perturb=1"
    assert variables_for(1, {"GLIBC_TUNABLES": ""})["GLIBC_TUNABLES"] == "glibc.malloc.hugetlb=1"
