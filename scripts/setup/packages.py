"""Installed packages, which are not imported."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from .console import CommandError


def package_folder(name: str) -> Path:
    """The folder of an installed package. Raises CommandError if there is none."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise CommandError(f"The package {name} is not installed in {sys.prefix}.")
    return Path(spec.origin).parent
