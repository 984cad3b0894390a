"""One process at a time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from support.locks import lock

HOLD = (
    "import sys; from pathlib import Path; from support.locks import lock\nwith lock(Path(sys.argv[1])): print('mine')"
)


def test_another_process_waits_until_the_lock_is_free(tmp_path: Path) -> None:
    path = tmp_path / "some" / "lock"
    with lock(path):
        other = subprocess.Popen(
            [sys.executable, "-c", HOLD, path], cwd=Path(__file__).parents[2] / "scripts", stdout=subprocess.PIPE
        )
        assert b"waiting for another Focal command" in other.stdout.readline()

    with other:
        assert other.stdout.read() == b"mine\n"
