"""Calls that are cheap to send and to answer."""

from __future__ import annotations

from lab.load.traffic import Call, encode, photo


def small_calls(count: int, seed: int = 0) -> list[Call]:
    """So many small photos, each different, as the bodies of requests."""
    return [
        Call(f"small photo, seed {each}", encode(photo(each, 160, 120), "JPEG"), "image/jpeg")
        for each in range(seed, seed + count)
    ]
