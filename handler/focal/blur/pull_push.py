"""A colour for every cell from the cells whose colour is known (pull-push, Gortler et al. 1996)."""

import cv2
import numpy as np

from ..arrays import Floats

TINY = np.float32(1e-30)


def weighted(colour: Floats, weight: Floats) -> Floats:
    """Colours ready to be summed: weight · (R, G, B, 1).   float32 (h, w, 3), (h, w) -> (h, w, 4)"""
    return np.asarray(cv2.cvtColor(colour, cv2.COLOR_RGB2RGBA) * cv2.merge([weight] * 4), np.float32)


def mean_colour(total: Floats) -> Floats:
    """The mean that a sum of weighted colours stands for, 0 where nothing was summed.   (h, w, 4) -> (h, w, 3)"""
    weight = np.maximum(total[..., 3], TINY)
    return np.asarray(cv2.cvtColor(total, cv2.COLOR_RGBA2RGB) / cv2.merge([weight] * 3), np.float32)


def fill(colour: Floats, weight: Floats) -> Floats:
    """Extend the known colours smoothly over the unknown cells: the nearer a known cell, the more it counts.

    colour: float32 (h, w, 3), or (h, w), a single channel.
    weight: float32 (h, w), 0..1, how well a cell's colour is known.
    Returns float32, as `colour`: `colour` where weight is highest, a mean of ever wider surroundings the smaller it is.
    Only the ratios of the weights matter; where all are 0, `colour`.
    """
    height, width = weight.shape
    most = weight.max()
    if height * width == 1 or most == 0:
        return colour
    weight = weight / most
    each = _of_each_channel(weight, colour)
    known, share = (np.asarray(cv2.pyrDown(x), np.float32) for x in (colour * each, weight))
    known /= _of_each_channel(np.maximum(share, TINY), known)
    filled = fill(known, np.minimum(4 * share, np.float32(1)))
    surroundings = np.asarray(cv2.pyrUp(filled, dstsize=(width, height)), np.float32)
    each *= colour - surroundings
    return np.add(surroundings, each, out=surroundings)


def _of_each_channel(weight: Floats, colour: Floats) -> Floats:
    """A new array of the colours' shape, in which each channel has the weight, float32 (h, w)."""
    return np.asarray(cv2.merge([weight] * 3) if colour.ndim == 3 else weight.copy(), np.float32)
