"""What a test does where a program that it needs is not installed."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def skip_or_fail(reason: str) -> NoReturn:
    """Skip here, but not in CI, where nothing may be missing."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
