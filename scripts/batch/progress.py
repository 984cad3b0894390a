"""How far a job of many photos has come."""

from __future__ import annotations

import sys
import time

BAR_WIDTH = 30


class Progress:
    """Photos done of a total, on stderr: a line that rewrites itself on a terminal, one line each tenth elsewhere."""

    def __init__(self, total: int) -> None:
        self.failed = 0
        self._total, self._done = total, 0
        self._started_s = self._first_s = time.monotonic()
        self._terminal = sys.stderr.isatty()

    def advance(self, *, ok: bool) -> None:
        """Count one more photo."""
        self._done += 1
        self.failed += not ok
        if self._done == 1:
            self._first_s = time.monotonic()  # how long the start took says nothing of the photos to come
        if self._terminal or 10 * self._done // self._total > 10 * (self._done - 1) // self._total:
            self._show()

    def hide(self) -> None:
        """Make room for another line."""
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _show(self) -> None:
        now_s = time.monotonic()
        whole = self._done == self._total
        line = f"[{'#' * (BAR_WIDTH * self._done // self._total):<{BAR_WIDTH}}] {self._done} of {self._total}"
        if self.failed:
            line += f", {self.failed} failed"
        if whole:
            line += f", in {now_s - self._started_s:.0f} s"
        elif self._done > 1:
            photos_a_second = (self._done - 1) / (now_s - self._first_s)
            line += f", {photos_a_second:.1f} a second, {(self._total - self._done) / photos_a_second:.0f} s to go"
        end = "\n" if whole or not self._terminal else ""
        print(f"\r\x1b[K{line}" if self._terminal else line, end=end, file=sys.stderr, flush=True)
