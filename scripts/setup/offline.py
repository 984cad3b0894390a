"""FOCAL_OFFLINE: whether Focal may ask for anything over the network that it does not have."""

from __future__ import annotations

import os

from .console import CommandError


def is_offline() -> bool:
    """Whether FOCAL_OFFLINE forbids all downloads. Raises CommandError if it is neither 0 nor 1."""
    value = os.environ.get("FOCAL_OFFLINE") or "0"
    if value not in ("0", "1"):
        raise CommandError(f"FOCAL_OFFLINE must be 0 or 1; it is {value!r}.")
    return value == "1"
