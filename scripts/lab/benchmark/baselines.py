"""Other programs that find subjects, as baselines for Focal: `--peer NAME=COMMAND`.

COMMAND is started once, in an environment of its own, and prints the line "ready". Then it reads the path of a photo on
each line of its input, finds the photo's mask at full size, and prints a line when it is done. It neither blurs nor
encodes. docs/performance.md says how to start MediaPipe's and rembg's.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from setup.console import CommandError


class Baseline:
    """A running baseline; within `with Baseline("name=command") as baseline:`."""

    def __init__(self, text: str, folder: Path) -> None:
        self.name, equals, command = text.partition("=")
        if not (self.name and equals and command):
            raise CommandError(f"A baseline is given as NAME=COMMAND, not {text!r}.")
        self._folder = folder
        try:
            self._process = subprocess.Popen(
                shlex.split(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        except OSError as error:
            raise CommandError(f"The baseline {self.name} cannot be started: {error}.") from error

    def __enter__(self) -> Baseline:
        self._expect_line()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def on(self, photo: bytes) -> Callable[[], None]:
        """A function that makes it find the mask of a photo, given as the bytes of its file."""
        file = self._folder / f"{len(photo)}.jpg"
        file.write_bytes(photo)

        def run() -> None:
            if self._process.stdin is not None:
                print(file, file=self._process.stdin, flush=True)
            self._expect_line()

        return run

    def _expect_line(self) -> None:
        if self._process.stdout is None or not self._process.stdout.readline():
            self._process.communicate()
            raise CommandError(f"The baseline {self.name} ended.")
