"""Pictures of bytes added up and mixed in 16-bit integers, which take half the time of floats."""

from __future__ import annotations

import cv2
import numpy as np

from ..arrays import Floats, Pixels, Shorts

PARTS = 64  # of a code value, in an int16


def in_parts(more: Floats) -> Shorts:
    """Code values to add, float32 (h, w, 3), as `add_parts` wants them once they are enlarged: int16, in PARTS.

    Half a code value is added, for `add_parts` rounds down.
    """
    return np.asarray(np.rint(more * np.float32(PARTS) + np.float32(PARTS / 2)), np.int16)


def add_parts(place: Pixels, parts: Shorts) -> None:
    """Add to a picture.

    place: uint8 (h, w, 3), overwritten.   parts: int16, of the same shape or larger, see `in_parts`.
    """
    # One type at a time: numpy takes twice as long for a sum of two.
    total = parts[: place.shape[0], : place.shape[1]] >> (PARTS.bit_length() - 1)
    total += place.astype(np.int16)
    place[:] = np.clip(total, 0, 255, out=total)


def mixing_weight(share: Floats) -> Pixels:
    """A share, float32 (h, w), 0..1, as `mix_in` wants it: uint8, in steps of 1/128."""
    return np.rint(128 * share).astype(np.uint8)


def mix_in(place: Pixels, other: Pixels, weight: Pixels) -> None:
    """Mix another picture into one.

    place: uint8 (h, w, 3), overwritten.   other: uint8 (h, w, 3).   weight: uint8 (h, w), of it, see `mixing_weight`.
    """
    mixed, own = other.astype(np.int16), place.astype(np.int16)
    mixed -= own
    mixed *= np.asarray(cv2.merge([weight] * 3), np.uint8).astype(np.int16)  # 128 · 255 is an int16, too
    mixed += 64
    mixed >>= 7
    mixed += own
    place[:] = mixed
