"""Whose colours a place has: those of one area of a photo, or those of the rest.

The ratio of two histograms of colour (Swain and Ballard, "Color Indexing", 1991, there of a thing and of the whole
picture): it knows nothing of shapes, so that it is a witness apart from the networks, which know too much of them. A
gap between arm and body has the colours of what is behind, wherever a network believes that a body is whole.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..arrays import Bools, Floats

# Of each of the three Lab channels, smoothed by a bin: 16 to 64 are alike.
BINS = 32
SMOOTHING = np.array([0.25, 0.5, 0.25], np.float32)
# Added to the share of an area that has a colour: one that neither has is as much of the one as of the other.
LEAST_SHARE = 1e-3
# From here on, a place has the first area's colours: .45 to .55 are alike.
OWN = 0.5


def own_colours(guide: Floats, area: Bools, rest: Bools) -> Floats:
    """How far each place has an area's colours rather than those of the rest.

    guide: float32 (h, w, 3), 0..1, the photo.   area, rest: bool (h, w); what is in neither is not asked.
    Returns float32 (h, w), 0..1.
    """
    lab = cv2.cvtColor((guide * 255).astype(np.uint8), cv2.COLOR_RGB2LAB).astype(np.int32) // (256 // BINS)
    colour = (lab[..., 0] * BINS + lab[..., 1]) * BINS + lab[..., 2]
    inside, outside = (_shares(colour[places]) for places in (area, rest))
    ratio: Floats = (inside / (inside + outside))[colour]
    return ratio


def _shares(colours: np.ndarray[tuple[int, ...], np.dtype[np.int32]]) -> Floats:
    """The share of each colour among some, float32 (BINS³,), > 0.   colours: int32 (n,)."""
    count = np.bincount(colours, minlength=BINS**3).astype(np.float32) / max(1, colours.size)
    cube = cv2.sepFilter2D(count.reshape(BINS, BINS, BINS), -1, SMOOTHING, SMOOTHING, borderType=cv2.BORDER_REPLICATE)
    rows = cv2.sepFilter2D(
        cube.reshape(BINS * BINS, BINS), -1, SMOOTHING, np.ones(1, np.float32), borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(rows.ravel() + np.float32(LEAST_SHARE), np.float32)
