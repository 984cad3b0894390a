"""What a test does where a program that it needs is not installed."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def skip_or_fail(reason: str) -> NoReturn:
    """Skip here, but not in CI, where nothing may be missing."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


def installed(program: str, package: str) -> str:
    """The path of a program; without it the test ends as by `skip_or_fail`.   package: the Debian package with it."""
    found = shutil.which(program)
    if not found:
        skip_or_fail(f"needs {program} (apt-get install {package})")
    return found
