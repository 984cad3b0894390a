"""The C library's allocator, told to keep what is freed.

Photo after photo, the same arrays of some megabytes come and go. glibc hands such memory back to the kernel and asks
for it anew, and a fresh page costs a page fault, as much as a thousand sums: of a guided filter's 6 ms, 4 were that. In
a virtual machine that reports free pages to its host, they have to come from there: after a rest of 3 seconds, a
photo's 36 MB took up to 80 ms.
"""

import ctypes
from typing import Final

# malloc.h
M_TRIM_THRESHOLD: Final = -1
M_MMAP_THRESHOLD: Final = -3
# Photos of 16 megapixels. Larger arrays are mapped for themselves, in huge pages, and given back.
KEPT_BLOCK_BYTES: Final = 48 << 20
MOST_OF_OLD_GLIBC: Final = 32 << 20  # before 2.35
# A look of the network and the images of 16 megapixels; more than that is given back.
KEPT_BYTES: Final = 256 << 20


def keep_freed_memory() -> None:
    """From now on, keep up to KEPT_BYTES of freed memory for what comes next. Does nothing where there is no glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for block_bytes in (MOST_OF_OLD_GLIBC, KEPT_BLOCK_BYTES):  # what it does not take leaves it as it was
            mallopt(M_MMAP_THRESHOLD, block_bytes)
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
