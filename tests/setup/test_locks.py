"""One process at a time."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest
from setup.locks import lock

HOLD = "import sys; from pathlib import Path; from setup.locks import lock\nwith lock(Path(sys.argv[1])): print('mine')"


def test_a_read_only_disk_needs_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "open", refuse)
    with lock(tmp_path / "lock"):
        held = True

    assert held


def test_another_process_waits_until_the_lock_is_free(tmp_path: Path) -> None:
    path = tmp_path / "some" / "lock"
    with lock(path):
        other = subprocess.Popen(
            [sys.executable, "-c", HOLD, path], cwd=Path(__file__).parents[2] / "scripts", stdout=subprocess.PIPE
        )
        assert b"waiting for another Focal command" in other.stdout.readline()

    with other:
        assert other.stdout.read() == b"mine\n"
