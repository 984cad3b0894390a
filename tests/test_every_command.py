"""What every script has in common."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib

import pytest

from tests.conftest import ROOT

SCRIPTS = sorted(file.name for file in (ROOT / "scripts").iterdir() if file.is_file())
PARSING = [name for name in SCRIPTS if name != "test"]  # which hands what it does not know to pytest


def run(name: str, argument: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "scripts" / name, argument]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_can_be_called_and_is_linted(name: str) -> None:
    included = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["extend-include"]

    assert os.access(ROOT / "scripts" / name, os.X_OK)
    assert f"scripts/{name}" in included


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_explains_itself(name: str) -> None:
    told = run(name, "--help")

    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith(f"usage: {name} ")


@pytest.mark.parametrize("name", PARSING)
def test_what_it_does_not_know_is_refused_in_a_sentence(name: str) -> None:
    told = run(name, "--no-such-option")

    assert told.returncode == 2
    assert told.stderr.splitlines()[-1].startswith(f"{name}: error: ")


def test_a_part_of_the_tests_goes_without_arguments_for_pytest() -> None:
    command = [sys.executable, ROOT / "scripts" / "test", "--quick", "-k", "blur"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert told.returncode == 2
    assert told.stderr.splitlines()[-1].startswith("test: error: --quick and --only go without")
