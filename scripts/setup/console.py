"""The output of the commands: a line for each step; one sentence and a non-zero exit code if they fail."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


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
    except OSError as error:  # a full disk, a folder without write permission: the error names the file
        print(f"focal: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("focal: interrupted", file=sys.stderr, flush=True)
        return 130


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
