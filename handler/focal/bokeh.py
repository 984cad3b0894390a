"""The shapes into which a lens spreads a point that is out of focus, and the spreading itself."""

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

EPS = np.float32(1e-6)  # weight of the fallback


def disc_kernel(radius_px: float) -> Floats:
    """The image of a point through a round aperture: a disc of even light, smooth at its rim.

    Returns float32 (k, k), k odd, sums to 1. A radius of 0 gives the single pixel.
    """
    reach = int(np.ceil(radius_px))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    covered = np.clip(radius_px + 0.5 - np.hypot(x, y), 0, 1)  # share of each pixel within the circle, nearly
    return np.asarray(covered / covered.sum(), np.float32)


def spread(image: Floats, radius_px: float, bokeh: str) -> Floats:
    """Spread each pixel into a disc ("lens") or into a Gaussian of the disc's own variance ("gaussian").

    image: float32 (h, w, 4).   radius_px: of the disc.   What lies outside the image counts as 0.
    Returns float32 (h, w, 4).
    """
    if bokeh == "gaussian":
        blurred = cv2.GaussianBlur(image, (0, 0), max(radius_px, 1e-3) / 2, borderType=cv2.BORDER_CONSTANT)
    else:
        blurred = cv2.filter2D(image, -1, disc_kernel(radius_px), borderType=cv2.BORDER_CONSTANT)
    return np.asarray(blurred, np.float32)


def normalised_blur(light: Floats, weight: Floats, fallback: Floats, radius_px: float, bokeh: str) -> Floats:
    """Blur using only the pixels that `weight` admits (normalised convolution, Knutsson and Westin 1993).

    light: float32 (h, w, 3).   weight: float32 (h, w), 0..1; 0 excludes a pixel.
    fallback: float32 (h, w, 3), the colour where nothing admitted is in reach.
    Returns float32 (h, w, 3). A weighted mean: never outside the range of the admitted light and the fallback.
    """
    admitted = np.dstack([light * weight[..., None], weight])
    reached = spread(admitted, radius_px, bokeh)
    return np.asarray((reached[..., :3] + EPS * fallback) / (reached[..., 3:] + EPS), np.float32)
