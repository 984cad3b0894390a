"""The folder of one running server: keys, temporary models, sockets, configuration. It is removed at the end."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from setup.console import DISK_FULL, CommandError, no_space
from setup.process_list import command_line

from . import state_file
from .ports import Addresses

OWN = "made-by-focal"  # a file in a folder that is a server's, and so may be emptied


def runtime_folder_path(port: int) -> Path:
    """The folder of the server whose gateway is on `port`."""
    chosen = os.environ.get("FOCAL_RUNTIME") or Path(tempfile.gettempdir()) / f"focal-{os.getuid()}-{port}"
    return Path(chosen).absolute()


def running_url(addresses: Addresses) -> str:
    """The URL of this user's server in that folder, whatever host and scheme it was started with.

    Without one, what `addresses` say.
    """
    folder = runtime_folder_path(addresses.port)
    with suppress(OSError):
        if folder.stat().st_uid == os.getuid():  # in a shared temporary folder anybody may have made one
            return str(_state(folder).get("url", addresses.url))
    return addresses.url


@contextmanager
def runtime_folder(port: int) -> Iterator[Path]:
    """A private, empty folder for as long as the server runs.

    Leftovers of a killed server are removed first: its files, and its processes, which still hold its ports.
    Raises CommandError if a running server uses the folder, if it belongs to another user, or if it holds other files.
    """
    folder = runtime_folder_path(port)
    _refuse_others_files(folder)
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
        raise CommandError(
            f"A Focal server already runs with {folder}; give this one another FOCAL_PORT or FOCAL_RUNTIME."
        ) from error
    try:
        _end_leftover_processes(folder)
        (folder / OWN).touch(0o600)
        _empty(folder)
        yield folder
    except OSError as error:
        if error.errno in DISK_FULL and (full := no_space(folder)):  # said while the folder is still as full as it was
            raise CommandError(full) from error
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def remove_leftovers(port: int) -> None:
    """Remove the leftovers of a killed server on this port; do nothing if a server is running there.

    Raises CommandError if the folder holds other files.
    """
    _refuse_others_files(runtime_folder_path(port))
    if runtime_folder_path(port).exists():
        with suppress(CommandError), runtime_folder(port):
            pass


def _refuse_others_files(folder: Path) -> None:
    """Raise CommandError if somebody chose a folder that is in use for something else: it would be emptied."""
    with suppress(FileNotFoundError, PermissionError):  # another user's is refused by its owner
        if os.environ.get("FOCAL_RUNTIME") and not (folder / OWN).exists() and any(folder.iterdir()):
            raise CommandError(
                f"{folder} holds files that are not a server's; name an empty folder or a new one with FOCAL_RUNTIME."
            )


def _end_leftover_processes(folder: Path) -> None:
    written = _state(folder).get("pids")
    pids = written if isinstance(written, dict) else {}
    for pid in (pids.get("torchserve"), pids.get("beside"), pids.get("front_door")):
        if isinstance(pid, int) and _works_in(folder, pid):
            os.killpg(pid, signal.SIGKILL)
            deadline_s = time.monotonic() + 5
            with suppress(ProcessLookupError):  # its ports are free once the process no longer exists
                while time.monotonic() < deadline_s:
                    os.kill(pid, 0)
                    time.sleep(0.02)


def _state(folder: Path) -> dict[str, Any]:
    """What a server has written of itself in its folder; nothing if there is nothing, or if it is damaged."""
    with suppress(OSError, ValueError):
        return state_file.read(folder)
    return {}


def _works_in(folder: Path, pid: int) -> bool:
    """Whether process `pid` was started with `folder`: the id may since belong to another program."""
    return str(folder) in command_line(pid)


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.name == OWN:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
