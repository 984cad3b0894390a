"""A lock between processes."""

from __future__ import annotations

import errno
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .console import say


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file `path`, waiting if need be. It is released even if the holder is killed.

    On a read-only file system (of a container) there is nothing to protect, and no lock.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    except OSError as error:
        if error.errno not in (errno.EROFS, errno.EACCES):
            raise
        yield
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"  waiting for another Focal command that holds {path}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
