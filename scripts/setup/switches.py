"""Environment variables that switch something on, above all FOCAL_OFFLINE: whether Focal may ask a network at all."""

from __future__ import annotations

import os

from .console import CommandError


def is_on(variable: str) -> bool:
    """Whether an environment variable is 1. Not set, empty and 0 are off; raises CommandError for anything else."""
    value = os.environ.get(variable) or "0"
    if value not in ("0", "1"):
        raise CommandError(f"{variable} must be 0 or 1; it is {value!r}.")
    return value == "1"


def is_offline() -> bool:
    """Whether FOCAL_OFFLINE forbids all downloads. Raises CommandError if it is neither 0 nor 1."""
    return is_on("FOCAL_OFFLINE")
