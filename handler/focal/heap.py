"""The C library's allocator, told to keep what is freed.

Photo after photo, the same arrays of some megabytes come and go. glibc hands such memory back to the kernel and asks
for it anew, and a fresh page costs a page fault, as much as a thousand sums: of a guided filter's 6 ms, 4 were that.
"""

import ctypes
from typing import Final

# malloc.h
M_TRIM_THRESHOLD: Final = -1
M_MMAP_THRESHOLD: Final = -3
# The most that glibc takes. Larger arrays, whole photos, are mapped for themselves, in huge pages, and given back.
KEPT_BLOCK_BYTES: Final = 32 << 20
# What a look of the network comes to; more than that is given back.
KEPT_BYTES: Final = 128 << 20


def keep_freed_memory() -> None:
    """From now on, keep up to KEPT_BYTES of freed memory for what comes next. Does nothing where there is no glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, KEPT_BLOCK_BYTES)
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
