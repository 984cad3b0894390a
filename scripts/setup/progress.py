"""A line that shows how far a step has come."""

from __future__ import annotations

from typing import TextIO


class ProgressLine:
    """One line of progress: on a terminal it is rewritten in place, elsewhere it is printed at each tenth."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._is_terminal = stream, stream.isatty()
        self._text, self._tenth = "", 0

    def show(self, done: int, total: int, text: str) -> None:
        """Show `text`, which says that `done` of `total` are done."""
        tenth = 10 * done // max(total, 1)
        if text == self._text or not (self._is_terminal or tenth > self._tenth):
            return
        self._text, self._tenth = text, tenth
        if self._is_terminal:
            print(f"\r\x1b[K{text}", end="\n" if done >= total else "", file=self._stream, flush=True)
        else:
            print(text, file=self._stream, flush=True)

    def hide(self) -> None:
        """Clear the line on a terminal, to make room for another one."""
        if self._is_terminal:
            print("\r\x1b[K", end="", file=self._stream, flush=True)
