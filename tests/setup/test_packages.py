"""Where installed packages are."""

from __future__ import annotations

import pytest
from setup.console import CommandError
from setup.packages import package_folder


def test_a_package_that_is_missing_is_named() -> None:
    with pytest.raises(CommandError, match=r"^The package no_such_package is not installed in "):
        package_folder("no_such_package")
