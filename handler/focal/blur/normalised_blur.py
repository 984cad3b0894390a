"""The blur without a halo: only what is background is spread, so that the subject's colour does not bleed over it."""

import cv2
import numpy as np

from ..arrays import Floats
from .bokeh import spread
from .pull_push import mean_colour, weighted

FALLBACK_WEIGHT = np.float32(1e-6)
# Of the full radius: what touches the subject is nearly in focus, so that it keeps its contact shadow.
NEAR_SUBJECT = 0.5


def normalised_blur(
    light: Floats, weight: Floats, fallback: Floats, radius_px: float, bokeh: str
) -> tuple[Floats, Floats]:
    """Blur using only the pixels that `weight` admits (normalised convolution, Knutsson and Westin 1993).

    light: float32 (h, w, 3).   weight: float32 (h, w), 0..1; 0 excludes a pixel.
    fallback: float32 (h, w, 3), the colour where nothing admitted is in reach.
    Returns the blurred light, float32 (h, w, 3), and the admitted share of what was in reach, float32 (h, w).
    """
    reached = spread(weighted(light, weight), radius_px, bokeh)
    return mean_colour(reached + weighted(fallback, np.full_like(weight, FALLBACK_WEIGHT))), reached[..., 3]


def defocus(light: Floats, weight: Floats, fallback: Floats, radius_px: float, bokeh: str) -> Floats:
    """Normalised blur whose radius grows from NEAR_SUBJECT, at the edge of what is admitted, to 1, one radius away.

    Parameters as for normalised_blur.   Returns float32 (h, w, 3).
    """
    far, share = normalised_blur(light, weight, fallback, radius_px, bokeh)
    if share.min() > 1 - FALLBACK_WEIGHT:
        return far
    near, _ = normalised_blur(light, weight, fallback, NEAR_SUBJECT * radius_px, bokeh)
    distance = np.clip(2 * share - 1, 0, 1)  # half of a disc is cut off on a straight edge
    growth = distance * distance * (3 - 2 * distance)
    return near + cv2.merge([growth] * 3) * (far - near)
