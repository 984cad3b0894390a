"""What a mask and a map of depth have to say of each other."""

from __future__ import annotations

import cv2
import numpy as np

from ..arrays import Floats, Pixels
from ..photo.preview import shrunk_by_halves

# Disparities from the one in focus that count as in focus, as a face does from nose to ears; from twice as many on
# nothing does.
DEPTH_IN_FOCUS = 0.1
LEAST_PIXELS = 20  # of a map, on either side: fewer tell nothing


def is_near(disparity: Floats, alpha: Pixels) -> bool:
    """Whether the subject of a mask is nearer than most of the rest, as it should be.

    A map whose sign or meaning is misread has it the other way round.
    disparity: float32 (h, w).   alpha: uint8 (H, W), of the same shape at any resolution, 255 subject.
    """
    h, w = disparity.shape
    subject = shrunk_by_halves(alpha, w, h)
    inside, outside = disparity[subject >= 192], disparity[subject < 64]
    if min(inside.size, outside.size) < LEAST_PIXELS:
        return False
    return bool(np.median(inside) > np.median(outside))


def in_focus_alpha(disparity: Floats, focus: float, height: int, width: int) -> Pixels:
    """A mask of what depth has in focus, uint8 (height, width).   disparity: float32 (h, w).   focus: 0..1."""
    share = np.clip(2 - np.abs(disparity - np.float32(focus)) * np.float32(1 / DEPTH_IN_FOCUS), 0, 1)
    grey = np.rint(255 * share).astype(np.uint8)
    return np.asarray(cv2.resize(grey, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
