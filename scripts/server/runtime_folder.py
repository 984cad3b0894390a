"""The folder of one running server: keys, temporary models, sockets, configuration. It is removed at the end."""

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
from setup.process_list import command_line


def runtime_folder_path(port: int) -> Path:
    """The folder of the server whose gateway is on `port`."""
    chosen = os.environ.get("FOCAL_RUNTIME") or Path(tempfile.gettempdir()) / f"focal-{os.getuid()}-{port}"
    return Path(chosen).absolute()


@contextmanager
def runtime_folder(port: int) -> Iterator[Path]:
    """A private, empty folder for as long as the server runs.

    Leftovers of a killed server are removed first: its files, and its processes, which still hold its ports.
    Raises CommandError if a running server uses the folder, or if it belongs to another user.
    """
    folder = runtime_folder_path(port)
    # Others may enter but not list it: nginx, started as root, reads the page as `nobody`. Secrets in it are 0600.
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise CommandError(f"{folder} belongs to another user; choose another folder with FOCAL_RUNTIME.")
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
    """Remove the leftovers of a killed server on this port; do nothing if a server is running there."""
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
            with suppress(ProcessLookupError):  # its ports are free once the process no longer exists
                while time.monotonic() < deadline_s:
                    os.kill(pid, 0)
                    time.sleep(0.02)


def _works_in(folder: Path, pid: int) -> bool:
    """Whether process `pid` was started with `folder`: the id may since belong to another program."""
    return str(folder) in command_line(pid)


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
