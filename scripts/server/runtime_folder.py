"""The folder of one running server: keys, temporary models, sockets, configuration; gone when the server is."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from setup.console import CommandError


def runtime_folder_path(port: int) -> Path:
    """Where the server whose gateway is on `port` keeps its files; short, for there are Unix sockets in it."""
    return Path(os.environ.get("FOCAL_RUNTIME") or Path(tempfile.gettempdir()) / f"focal-{os.getuid()}-{port}")


@contextmanager
def runtime_folder(port: int) -> Iterator[Path]:
    """A private, empty folder for as long as the server runs.

    What a killed server left of itself is removed first: its files, and its processes, which still hold its ports.
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
        _end_leftover_processes(folder)
        _empty(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def remove_leftovers(port: int) -> None:
    """Remove what a killed server on this port left of itself; do nothing if there is a living one."""
    if runtime_folder_path(port).exists():
        with suppress(CommandError), runtime_folder(port):
            pass


def _end_leftover_processes(folder: Path) -> None:
    try:
        pids = json.loads((folder / "server.json").read_text())["pids"]
    except (OSError, ValueError, KeyError):
        return
    for pid in (pids.get("torchserve"), pids.get("beside"), pids.get("front_door")):
        if pid and _works_in(folder, pid):
            os.killpg(pid, signal.SIGKILL)
            deadline_s = time.monotonic() + 5
            with suppress(ProcessLookupError):  # only what is gone altogether has let go of its ports
                while time.monotonic() < deadline_s:
                    os.kill(pid, 0)
                    time.sleep(0.02)


def _works_in(folder: Path, pid: int) -> bool:
    """Whether process `pid` was started with `folder`: by now the number may be another program's."""
    try:
        return os.fsencode(folder) in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
