"""How far a job of many photos has come."""

from __future__ import annotations

import sys
import time

from setup.progress import ProgressLine

BAR_WIDTH = 30
LEAST_S = 1.0  # after less, no rate is known: the first photos may have failed at once


class PhotoProgress:
    """Counts the photos done of a total and shows them on stderr, with their rate and the time left."""

    def __init__(self, total: int) -> None:
        self.failed = 0
        self._total, self._done = total, 0
        self._started_s = self._first_s = time.monotonic()
        self._line = ProgressLine(sys.stderr)

    def advance(self, *, ok: bool) -> None:
        """Count one more photo."""
        self._done += 1
        self.failed += not ok
        if self._done == 1:
            self._first_s = time.monotonic()  # the rate leaves out how long the start took
        self._line.show(self._done, self._total, self._text())

    def hide(self) -> None:
        """Make room for another line."""
        self._line.hide()

    def _text(self) -> str:
        now_s = time.monotonic()
        text = f"[{'#' * (BAR_WIDTH * self._done // self._total):<{BAR_WIDTH}}] {self._done} of {self._total}"
        if self.failed:
            text += f", {self.failed} failed"
        if self._done == self._total:
            return f"{text}, in {now_s - self._started_s:.0f} s"
        if self._done > 1 and now_s - self._first_s >= LEAST_S:
            photos_per_s = (self._done - 1) / (now_s - self._first_s)
            text += f", {photos_per_s:.1f} a second, {(self._total - self._done) / photos_per_s:.0f} s to go"
        return text
