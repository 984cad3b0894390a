"""The shapes into which a lens spreads a point that is out of focus."""

import cv2
import numpy as np

from ..arrays import Floats


def disc_kernel(radius_px: float) -> Floats:
    """The image of a point through a round aperture: a disc of even light, smooth at its rim.

    Returns float32 (k, k), k odd, sums to 1, with no zeros around it: OpenCV filters with up to 11 × 11 directly, with
    more by Fourier transforms, which take four times as long. A radius of 0 gives the single pixel.
    """
    reach = max(0, int(np.ceil(radius_px - 0.5)))
    x = np.arange(-reach, reach + 1)
    covered = np.clip(radius_px + 0.5 - np.hypot(x, x[:, None]), 0, 1)  # share of each pixel within the circle, nearly
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
