"""How the commands speak: a line for each step; one clear sentence and a non-zero exit code when they cannot go on."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class CommandError(Exception):
    """A command cannot go on. The message is one sentence that says what is wrong and what to do."""


def say(line: str) -> None:
    """Print one line at once, also into a pipe."""
    print(line, flush=True)


def warn(line: str) -> None:
    """Print one line that nobody should miss, on stderr."""
    print(f"!!! {line}", file=sys.stderr, flush=True)


def run(command: Callable[[], int]) -> int:
    """Run a command's main function; say why on one line when it cannot continue or was told to end."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell that starts us in its background has us ignore Ctrl-C
        signal.signal(number, signal.default_int_handler)
    try:
        return command()
    except CommandError as reason:
        print(f"focal: {reason}", file=sys.stderr, flush=True)
        return 1
    except OSError as error:  # a full disk, a folder that may not be written: its own words name the file
        print(f"focal: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("focal: interrupted", file=sys.stderr, flush=True)
        return 130


@contextmanager
def heartbeat(what: str, every_s: float = 15.0) -> Iterator[None]:
    """Say every few seconds that a silent step is still at work."""
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


class Progress:
    """Bytes done of a total: a line that rewrites itself on a terminal, one line each tenth elsewhere."""

    def __init__(self, what: str, total_bytes: int) -> None:
        self.what = what
        self.total_bytes = total_bytes
        self._last_step = -1

    def update(self, done_bytes: int) -> None:
        """Show how far it has come."""
        terminal = sys.stdout.isatty()
        step = done_bytes * (100 if terminal else 10) // max(self.total_bytes, 1)
        if step == self._last_step:
            return
        self._last_step = step
        percent = 100 * done_bytes // max(self.total_bytes, 1)
        line = f"  {self.what}: {percent:3d}% of {self.total_bytes / 1e6:.0f} MB"
        print(f"\r{line}" if terminal else line, end="\n" if not terminal or percent >= 100 else "", flush=True)
