"""The output of the commands: a line for each step; one sentence and a non-zero exit code if they fail.

A service prints JSON lines instead, unless it runs on a terminal, and goes on where nobody reads them: `begin_log`.
"""

from __future__ import annotations

import errno
import fcntl
import json
import math
import os
import select
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from focal import __version__

NO_MEMORY = (
    "There is not enough memory: end other programs, use fewer workers (FOCAL_WORKERS) or lower FOCAL_MAX_MEGAPIXELS."
)
READER_GONE = 128 + signal.SIGPIPE  # the exit code that shells tell of a tool whose reader, such as head, has ended
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
HARDLY_ANY_BYTES = 20_000_000

_log: dict[str, Any] = {"format": "text", "is_services": False}


class CommandError(Exception):
    """A command failed. The message is one sentence that says what is wrong and what to do."""


def say(line: str, **known: Any) -> None:
    """Print one line and flush it, so that a pipe gets it at once.   known: what a JSON line says besides."""
    if prints_json():
        line = log_line("info", "serve", line, **known)
    _print(line, sys.stdout)


def warn(line: str) -> None:
    """Print one conspicuous line on stderr."""
    _print(log_line("warn", "serve", line) if prints_json() else f"!!! {line}", sys.stderr)


def _print(line: str, stream: TextIO) -> None:
    """Print a line. Raises OSError, which ends a command but no service, if nobody reads it or the disk is full."""
    try:
        print(line, file=stream, flush=True)
    except OSError as error:
        if not _log["is_services"]:
            raise
        if isinstance(error, BrokenPipeError):  # a disk may have space again for later lines
            _reader_has_gone()


def begin_log() -> None:
    """From here on, print as a service does: JSON lines, or sentences on a terminal; FOCAL_LOG_FORMAT overrides.

    Child processes read the choice in FOCAL_LOG_FORMAT.   Raises CommandError if it is neither json nor text.
    """
    chosen = os.environ.get("FOCAL_LOG_FORMAT") or ("text" if sys.stdout.isatty() else "json")
    if chosen not in ("json", "text"):
        raise CommandError(f"FOCAL_LOG_FORMAT must be json or text; it is {chosen!r}.")
    os.environ["FOCAL_LOG_FORMAT"] = _log["format"] = chosen
    _log["is_services"] = True
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with suppress(OSError):  # it is no file
            _append(stream.fileno())


def _append(descriptor: int) -> None:
    """Always write to the end of a log: a file that logrotate has cut back would else begin with a gap of zeros."""
    fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_APPEND)


def log_halts() -> bool:
    """Whether whatever reads stdout or stderr has stopped reading, so that the next line waits until it goes on."""
    return any(_halts(stream) for stream in (sys.stdout, sys.stderr))


def _halts(stream: TextIO | None) -> bool:
    with suppress(AttributeError, OSError):  # there is no such stream, or it is no file
        return not select.select([], [stream.fileno()], [], 0)[1]  # type: ignore[union-attr]
    return False


def prints_json() -> bool:
    """Whether this process prints JSON lines."""
    return bool(_log["format"] == "json")


def log_line(level: str, source: str, message: str, time: str | None = None, **known: Any) -> str:
    """A line of the log: a JSON object with the fields that every line has.

    level: info, warn or error.   source: serve, gateway, torchserve or handler.   time: ISO 8601; now unless given.
    """
    time = time or datetime.now(UTC).isoformat(timespec="milliseconds")
    shape = {"time": time, "level": level, "source": source, "version": __version__, "message": message}
    return json.dumps(shape | known, ensure_ascii=False)


def run(command: Callable[[], int]) -> int:
    """Run a command's main function and return its exit code. A failure or an interruption is one line on stderr.

    A command whose reader has gone, such as head, ends without a word.
    """
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell that starts a background job makes it ignore Ctrl-C
        signal.signal(number, signal.default_int_handler)
    try:
        code = command()
    except CommandError as reason:
        code = _fail(str(reason))
    except MemoryError:
        code = _fail(NO_MEMORY)
    except BrokenPipeError:
        code = READER_GONE
    except OSError as error:  # such as a folder without write permission: the error names the file
        code = _fail(_reason(error))
    except KeyboardInterrupt:
        code = _fail("interrupted", code=130)
    except SystemExit:  # argparse has said what there is to say
        if not _reader_has_gone():
            raise
        return READER_GONE
    return READER_GONE if _reader_has_gone() else code


def _fail(sentence: str, code: int = 1) -> int:
    line = log_line("error", "serve", sentence) if prints_json() else f"focal: {sentence}"
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)
    return code


def _reader_has_gone() -> bool:
    """Whether somebody has stopped reading what this process prints; what cannot be printed any more goes nowhere."""
    gone = False
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError as error:
            gone = gone or isinstance(error, BrokenPipeError)
            with Path(os.devnull).open("wb") as nowhere:  # or Python would complain at its end
                os.dup2(nowhere.fileno(), stream.fileno())
    return gone


def no_space(*folders: Path) -> str:
    """A sentence about those of the folders that have hardly any space left; empty if there is none."""
    full = [str(folder) for folder in dict.fromkeys(folders) if _free_bytes(folder) < HARDLY_ANY_BYTES]
    return f"No space is left on the disk of {' and '.join(full)}: free some, or name another folder." if full else ""


def _reason(error: OSError) -> str:
    """What an error of the system means for whoever runs the command."""
    if error.errno == errno.ENOMEM:
        return NO_MEMORY
    if error.errno in DISK_FULL:
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
        with suppress(BrokenPipeError):  # the next line of the command itself ends it
            while not done.wait(every_s):
                say(f"  … still {what} ({time.monotonic() - started:.0f} s)")

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
