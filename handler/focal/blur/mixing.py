"""Pictures of bytes added up and mixed in 16-bit integers, which take half the time of floats."""

from __future__ import annotations

import cv2
import numpy as np

from ..arrays import Floats, Pixels, Shorts

PARTS = 64  # of a code value, in an int16


def in_parts(more: Floats) -> Shorts:
    """Code values to add, float32 (h, w, 3), as `with_parts` wants them once they are enlarged: int16, in PARTS.

    Half a code value is added, for `with_parts` rounds down.
    """
    return np.asarray(np.rint(more * np.float32(PARTS) + np.float32(PARTS / 2)), np.int16)


def with_parts(picture: Pixels, parts: Shorts) -> Pixels:
    """A picture, uint8 (h, w, 3), and what is to be added to it: int16, of the same shape or larger, see `in_parts`."""
    # One type at a time: numpy takes twice as long for a sum of two.
    total = parts[: picture.shape[0], : picture.shape[1]] >> (PARTS.bit_length() - 1)
    total += picture.astype(np.int16)
    return np.clip(total, 0, 255, out=total).astype(np.uint8)


def mixing_weight(share: Floats) -> Pixels:
    """A share, float32 (h, w), 0..1, as `mixed` wants it: uint8, in steps of 1/128."""
    return np.rint(128 * share).astype(np.uint8)


def mixed(one: Pixels, other: Pixels, weight: Pixels) -> Pixels:
    """A mixture of two pictures, uint8 (h, w, 3).   weight: uint8 (h, w), of the other, see `mixing_weight`."""
    mixture, own = other.astype(np.int16), one.astype(np.int16)
    mixture -= own
    mixture *= np.asarray(cv2.merge([weight] * 3), np.uint8).astype(np.int16)  # 128 · 255 is an int16, too
    mixture += 64
    mixture >>= 7
    mixture += own
    return mixture.astype(np.uint8)
