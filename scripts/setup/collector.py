"""Python's garbage collector, kept away from what is there to stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Within the block collect nothing, and never look through again what is there at its end.

    Importing torch and Ray makes hundreds of thousands of objects that stay. The collector looks through all of them
    again and again while they are made, and once more when the process ends: a fifth of the one's time, and most of the
    other's.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
