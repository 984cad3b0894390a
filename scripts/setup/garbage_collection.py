"""Keep Python's garbage collector from objects that live as long as the process."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Collect nothing within the block, and never again examine the objects that exist at its end.

    Importing torch and Ray makes hundreds of thousands of objects that stay. The collector would examine all of them
    repeatedly during the imports, and once more when the process ends.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
