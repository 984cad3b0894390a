"""The output of the commands: a line for each step; one sentence and a non-zero exit code if they fail."""

from __future__ import annotations

import errno
import math
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

NO_MEMORY = (
    "There is not enough memory: end other programs, use fewer workers (FOCAL_WORKERS) or lower FOCAL_MAX_MEGAPIXELS."
)
HARDLY_ANY_BYTES = 20_000_000


class CommandError(Exception):
    """A command failed. The message is one sentence that says what is wrong and what to do."""


def say(line: str) -> None:
    """Print one line and flush it, so that a pipe gets it at once."""
    print(line, flush=True)


def warn(line: str) -> None:
    """Print one conspicuous line on stderr."""
    print(f"!!! {line}", file=sys.stderr, flush=True)


def run(command: Callable[[], int]) -> int:
    """Run a command's main function and return its exit code. A failure or an interruption is one line on stderr."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell that starts a background job makes it ignore Ctrl-C
        signal.signal(number, signal.default_int_handler)
    try:
        return command()
    except CommandError as reason:
        print(f"focal: {reason}", file=sys.stderr, flush=True)
        return 1
    except MemoryError:
        print(f"focal: {NO_MEMORY}", file=sys.stderr, flush=True)
        return 1
    except OSError as error:  # such as a folder without write permission: the error names the file
        print(f"focal: {_reason(error)}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("focal: interrupted", file=sys.stderr, flush=True)
        return 130


def no_space(*folders: Path) -> str:
    """A sentence about those of the folders that have hardly any space left; empty if there is none."""
    full = [str(folder) for folder in dict.fromkeys(folders) if _free_bytes(folder) < HARDLY_ANY_BYTES]
    return f"No space is left on the disk of {' and '.join(full)}: free some, or name another folder." if full else ""


def _reason(error: OSError) -> str:
    """What an error of the system means for whoever runs the command."""
    if error.errno == errno.ENOMEM:
        return NO_MEMORY
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        named = [Path(error.filename)] if isinstance(error.filename, str) else []
        return no_space(*named, Path(tempfile.gettempdir()), Path.home() / ".cache", Path.cwd()) or str(error)
    return str(error)


def _free_bytes(folder: Path) -> float:
    """The free space of the disk that a folder, or what exists above it, is on."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    try:
        return shutil.disk_usage(there).free
    except OSError:
        return math.inf


@contextmanager
def heartbeat(what: str, every_s: float = 15.0) -> Iterator[None]:
    """Print every few seconds that a silent step is still running."""
    done = threading.Event()
    started = time.monotonic()

    def beat() -> None:
        while not done.wait(every_s):
            say(f"  … still {what} ({time.monotonic() - started:.0f} s)")

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
