"""Each finding is listed and keeps to the form; the scripts themselves install much and run outside the tests."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

FINDINGS = ROOT / "findings"
TABLE = (FINDINGS / "README.md").read_text(encoding="utf-8")
SCRIPTS = sorted(FINDINGS.glob("*.sh"))


def pinned(text: str) -> set[str]:
    """Each package with its version, as `name version`: of PyPI behind ==, of npm behind @, of Debian behind =."""
    return {f"{name} {version}" for name, version in re.findall(r"((?:@[\w-]+/)?[\w-]+)(?:==|@|=)([\w.:+-]*\w)", text)}


def test_the_table_lists_every_script_once_and_none_that_is_not_there():
    assert sorted(re.findall(r"^\| \[[\w-]+\]\(([\w-]+\.sh)\)", TABLE, re.MULTILINE)) == [s.name for s in SCRIPTS]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_finding_says_what_was_expected_and_what_is_seen_and_pins_what_it_runs(script: Path):
    text = script.read_text(encoding="utf-8")
    row = next(line for line in TABLE.splitlines() if line.startswith(f"| [{script.stem}]"))
    subjects = [name for name in row.split(" | ")[1].replace(",", ";").split(";") if re.search(r"\d", name)]

    assert os.access(script, os.X_OK)
    assert "# Versions: " in text
    assert "# Expected: " in text
    assert "# Seen: " in text
    assert all(re.search(r"==[\d.]+", words) for words in re.findall(r"pip\" (?:install|download) [^\n]*", text))
    assert {re.sub(r" \(.*\)", "", name).strip() for name in subjects} <= pinned(text)
    assert not re.search(r"^\s*(from|import) focal|scripts/|handler/focal", text, re.MULTILINE)
