"""The shapes into which a lens spreads a point that is out of focus, and the blur made of them."""

import cv2
import numpy as np

from ..arrays import Floats
from .pull_push import mean_colour, weighted

FALLBACK_WEIGHT = np.float32(1e-6)
NEAR_SUBJECT = (
    0.5  # of the full radius: what touches the subject is nearly in focus, so that it keeps its contact shadow
)


def disc_kernel(radius_px: float) -> Floats:
    """The image of a point through a round aperture: a disc of even light, smooth at its rim.

    Returns float32 (k, k), k odd, sums to 1, with no zeros around it: OpenCV filters with up to 11 × 11 directly, with
    more by Fourier transforms, which take four times as long. A radius of 0 gives the single pixel.
    """
    reach = max(0, int(np.ceil(radius_px - 0.5)))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    covered = np.clip(radius_px + 0.5 - np.hypot(x, y), 0, 1)  # share of each pixel within the circle, nearly
    return np.asarray(covered / covered.sum(), np.float32)


def spread(image: Floats, radius_px: float, bokeh: str) -> Floats:
    """Spread each pixel into a disc ("lens") or into a Gaussian of the disc's own variance ("gaussian").

    image: float32 (h, w, 4), mirrored at its border.   radius_px: of the disc.   Returns float32 (h, w, 4).
    """
    if bokeh == "gaussian":
        blurred = cv2.GaussianBlur(image, (0, 0), max(radius_px, 1e-3) / 2, borderType=cv2.BORDER_REFLECT)
    else:
        blurred = cv2.filter2D(image, -1, disc_kernel(radius_px), borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, np.float32)


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
