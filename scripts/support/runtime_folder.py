"""The folder of one running server: keys, temporary models, sockets, configuration; gone when the server is."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .console import CommandError


def runtime_folder_path(port: int) -> Path:
    """Where the server whose front door is on `port` keeps its files; short, for there are Unix sockets in it."""
    return Path(os.environ.get("FOCAL_RUNTIME") or Path(tempfile.gettempdir()) / f"focal-{os.getuid()}-{port}")


@contextmanager
def runtime_folder(port: int) -> Iterator[Path]:
    """A private, empty folder for as long as the server runs; what a killed server left in it is removed first.

    Raises CommandError if a server that uses it is alive, or if it is another user's.
    """
    folder = runtime_folder_path(port)
    # Others may pass through, not look: nginx, started as root, reads its page as `nobody`. Secrets inside are 0600.
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise CommandError(f"{folder} belongs to somebody else; choose another folder with FOCAL_RUNTIME.")
    folder.chmod(0o711)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise CommandError(f"A Focal server already runs with {folder}; give this one another FOCAL_PORT.") from error
    try:
        _empty(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
