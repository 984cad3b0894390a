"""Waiting for what happens elsewhere, for as long as a busy machine may need."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_S = 120.0


def wait_until(happened: Callable[[], object], timeout_s: float = PATIENCE_S) -> None:
    """Wait until `happened` gives something true; fail the test when that takes too long."""
    deadline_s = time.monotonic() + timeout_s
    while not happened():
        assert time.monotonic() < deadline_s, f"waited {timeout_s:.0f} s in vain"
        time.sleep(0.05)
