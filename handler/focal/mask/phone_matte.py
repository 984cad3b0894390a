"""A phone's own matte of people as a mask: better than any made here, as long as people are what is wanted."""

from __future__ import annotations

import numpy as np

from ..arrays import Pixels
from ..photo.client_mask import without_noise
from ..photo.preview import resized
from .point import Point

LEAST_FRACTION = 0.001  # of the photo: a matte with less shows nobody


def matte_alpha(matte: Pixels, size: tuple[int, ...], point: Point | None) -> Pixels | None:
    """The mask of that size that a matte makes, uint8; None if it shows nobody, or nobody where the point is.

    matte: uint8 (h, w), 255 person, of the photo's shape, kept by a lossy format.   size: height and width.
    point: (x, y), 0..1.
    """
    if np.count_nonzero(matte > 127) < LEAST_FRACTION * matte.size:
        return None
    if point is not None:
        h, w = matte.shape
        x, y = min(int(point[0] * w), w - 1), min(int(point[1] * h), h - 1)
        if matte[y, x] < 128:
            return None
    height, width = size
    return without_noise(resized(matte, width, height))
