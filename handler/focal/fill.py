"""A colour for every cell from the cells whose colour is known (pull-push, Gortler et al. 1996)."""

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

TINY = np.float32(1e-30)


def fill(colour: Floats, weight: Floats) -> Floats:
    """Extend the known colours smoothly over the unknown cells: the nearer a known cell, the more it counts.

    colour: float32 (h, w, 3).   weight: float32 (h, w), 0..1, how well a cell's colour is known.
    Returns float32 (h, w, 3): `colour` where weight is 1, a mean of ever wider surroundings the smaller it is.
    Only the ratios of the weights matter; where all are 0, `colour`.
    """
    height, width = weight.shape
    most = weight.max()
    if height * width == 1 or most == 0:
        return colour
    weight = weight / most
    known = np.asarray(cv2.pyrDown(np.dstack([colour * weight[..., None], weight])), np.float32)
    share = known[..., 3]
    mean = np.asarray(known[..., :3] / np.maximum(share, TINY)[..., None], np.float32)
    coarse = fill(mean, np.minimum(4 * share, np.float32(1)))
    surroundings = np.asarray(cv2.pyrUp(coarse, dstsize=(width, height)), np.float32)
    return surroundings + weight[..., None] * (colour - surroundings)
