"""Which disparity is in focus."""

from __future__ import annotations

import numpy as np

from ..arrays import Floats, Pixels
from ..photo.preview import shrunk_by_halves

AROUND_POINT_FRAC = 0.02  # of the map's longer side, in each direction: a finger is no finer


def find_focus(
    disparity: Floats, alpha: Pixels | None, point: tuple[float, float] | None = None, focus: float | None = None
) -> float:
    """The disparity to focus on: the one asked for, else that of a place, else that of the subject.

    disparity: float32 (h, w), 0..1.   alpha: uint8 (H, W), 255 subject, of the same shape at any resolution, or None.
    point: [x, y], fractions of width and height.   focus: 0..1, used as it is.
    Of a place or a subject the median counts: it does not move with the few values beside an edge. A subject so small
    that no value of the map lies on it, or none at all, leaves the nearest thing: the 95th percentile.
    Returns 0..1.
    """
    if focus is not None:
        return focus
    height, width = disparity.shape
    if point is not None:
        reach = max(1, round(AROUND_POINT_FRAC * max(height, width)))
        x, y = (min(int(at * size), size - 1) for at, size in zip(point, (width, height), strict=True))
        return float(np.median(disparity[max(y - reach, 0) : y + reach + 1, max(x - reach, 0) : x + reach + 1]))
    if alpha is not None:
        subject = disparity[shrunk_by_halves(alpha, width, height) >= 128]
        if subject.size:
            return float(np.median(subject))
    return float(np.percentile(disparity, 95))
