"""Environments of other pins are removed, as far as nothing runs in them."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from setup.environment import REPOSITORY, venv_dir
from setup.locks import lock
from setup.prune import prune

from tests.helpers.waiting import wait_until


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with the environment of this checkout, and one of other pins that takes a megabyte."""
    monkeypatch.delenv("FOCAL_VENV", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for venv in (venv_dir(), tmp_path / "focal" / "venv-other"):
        venv.mkdir(parents=True)
        (venv / "file").write_bytes(bytes(1_000_000))
        venv.with_name(f"{venv.name}.lock").touch()
    (tmp_path / "focal" / "weights").mkdir()
    return tmp_path / "focal"


def names(cache: Path) -> set[str]:
    return {path.name for path in cache.iterdir()}


def test_other_environments_go_and_it_says_how_much(cache: Path) -> None:
    command = [sys.executable, REPOSITORY / "scripts" / "serve", "--prune"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    assert names(cache) == {venv_dir().name, f"{venv_dir().name}.lock", "weights"}
    assert told.stdout == f"Removed {cache / 'venv-other'} (0.0 GB)\nFreed 0.0 GB\n"


def test_one_in_which_a_process_runs_stays(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    python = cache / "venv-other" / "python"
    python.symlink_to(sys.executable)
    with subprocess.Popen([python, "-c", "input()"], stdin=subprocess.PIPE) as running:
        wait_until(lambda: str(python).encode() in Path(f"/proc/{running.pid}/cmdline").read_bytes())
        prune()
        running.kill()

    assert "venv-other" in names(cache)
    assert "a process runs in it" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("folder", "program"), [(".", "venv-other/bin/python"), ("venv-other", "bin/python"), ("venv-other/bin", "python")]
)
def test_one_in_which_a_process_runs_that_was_started_by_another_name_stays(
    cache: Path, folder: str, program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (cache / "venv-other" / "bin").mkdir()
    (cache / "venv-other" / "bin" / "python").symlink_to(sys.executable)
    command = [program, "-c", "print('runs', flush=True); input()"]
    activated = {"PATH": f"{cache / 'venv-other' / 'bin'}:{os.environ['PATH']}"} if "/" not in program else {}
    with subprocess.Popen(
        command, cwd=cache / folder, env=os.environ | activated, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"runs\n"
        prune()
        running.kill()

    assert "venv-other" in names(cache)
    assert "a process runs in it" in capsys.readouterr().out


def test_one_that_was_being_filled_stays_if_a_process_runs_in_it_then(cache: Path) -> None:
    python = cache / "venv-other" / "python"
    python.symlink_to(sys.executable)
    with ThreadPoolExecutor() as pool, lock(cache / "venv-other.lock"):
        pruned = pool.submit(prune)
        with pytest.raises(TimeoutError):
            pruned.result(timeout=0.5)  # it waits
        running = subprocess.Popen([python, "-c", "input()"], stdin=subprocess.PIPE)
        wait_until(lambda: str(python).encode() in Path(f"/proc/{running.pid}/cmdline").read_bytes())
    pruned.result()
    with running:
        running.kill()

    assert "venv-other" in names(cache)


def test_a_removal_that_was_interrupted_is_finished(cache: Path) -> None:
    (cache / "venv-older.removed").mkdir()

    prune()

    assert "venv-older.removed" not in names(cache)


def test_another_name_of_the_own_environment_is_left_alone(cache: Path) -> None:
    own = venv_dir()
    own.rename(cache / "venv-before")
    own.symlink_to("venv-before")

    prune()

    assert {"venv-before", own.name} <= names(cache)
