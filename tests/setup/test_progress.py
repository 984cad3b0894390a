"""The line that shows progress, on a terminal and elsewhere."""

from __future__ import annotations

import sys

import pytest
from setup.progress import ProgressLine


def show_all(total: int) -> None:
    line = ProgressLine(sys.stdout)
    for done in range(total + 1):
        line.show(done, total, f"{100 * done // total}%")


def test_into_a_file_it_is_a_line_for_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    show_all(1000)

    assert capsys.readouterr().out.splitlines() == [f"{tenth}0%" for tenth in range(1, 11)]


def test_on_a_terminal_it_is_rewritten_whenever_its_text_changes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    show_all(1000)

    text = capsys.readouterr().out
    assert text.count("\r\x1b[K") == 101
    assert text.endswith("100%\n")
    assert text.count("\n") == 1
