"""The soft mask brought to the photo's own size along the photo's own edges, after the fast guided filter.

The guided filter (He et al. 2010) explains the mask in each window as a linear function of the photo's colour,
alpha = a · I + b. The coefficients vary slowly: they are fitted on a small copy and applied to the photo at full size
(He and Sun 2015), so that alpha follows each tuft of hair that differs from its surroundings in colour, although the
mask is too small to show it.

Unlike the plain filter, what the fit leaves unexplained on the small copy is added back: reduced again, alpha is the
mask that was given, and the photo only decides where within a cell its edge runs. Where colours say nothing, alpha is
the mask, bilinear.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from focal import grid
from focal.guided_filter import linear_coefficients

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

RADIUS_FRAC = 1 / 56  # half a window, of the longer side
EPS = 1e-4  # ridge, in squared units of colour (0..1)
SURE = 0.05  # this near to 0 or 1 alpha becomes 0 or 1: the fit never quite ends on them


def full_size_alpha(pixels: Bytes, mask: Floats) -> Bytes:
    """Alpha of the subject for each pixel of the photo.

    pixels: uint8 (H, W, 3), RGB.   mask: float32 (h, w), 0..1, over the whole of the same picture, of any size.
    Returns uint8 (H, W): 255 subject, 0 background. Where the mask is 0 (or 1) all over a window, so is alpha.
    """
    (height, width), (h, w) = pixels.shape[:2], mask.shape
    guide = _shrink(pixels, h, w)
    radius = max(1, round(RADIUS_FRAC * max(h, w)))
    a, _ = linear_coefficients(guide, mask, radius, EPS)
    b = mask - (a * guide).sum(-1)  # the filter's own b plus what it leaves unexplained
    gain = 1 / (1 - 2 * SURE)
    model = np.dstack([a * gain, (b - SURE) * (255 * gain)])  # (h, w, 4): 255 · alpha = model · (R, G, B, 1)

    window = np.ones((4 * radius + 1, 4 * radius + 1), np.uint8)  # what a coefficient depends on: a window of windows
    lowest, highest = cv2.erode(mask, window), cv2.dilate(mask, window)
    alpha = np.empty((height, width), np.uint8)
    for tile in grid.tiles(height, width):
        near = _near(tile.top, tile.bottom, h / height), _near(tile.left, tile.right, w / width)
        if highest[near].max() <= SURE:
            alpha[tile.pixels] = 0
        elif lowest[near].min() >= 1 - SURE:
            alpha[tile.pixels] = 255
        else:
            alpha[tile.pixels] = _apply(model, pixels, tile)
    return alpha


def _apply(model: Floats, pixels: Bytes, tile: grid.Tile) -> Bytes:
    """model · (R, G, B, 1) at the tile's pixels, rounded, kept within 0..255.   (h, w, 4), (H, W, 3) -> uint8 (tile)"""
    y, x = model.shape[0] / pixels.shape[0], model.shape[1] / pixels.shape[1]
    to_model = np.array([[x, 0, (tile.left + 0.5) * x - 0.5], [0, y, (tile.top + 0.5) * y - 0.5]])
    size = (tile.right - tile.left, tile.bottom - tile.top)
    large = cv2.warpAffine(
        model, to_model, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    *coefficients, offset = cv2.split(large)
    for coefficient, channel in zip(coefficients, cv2.split(pixels[tile.pixels]), strict=True):
        offset += coefficient * channel
    return np.asarray(np.rint(offset.clip(0, 255)), np.uint8)


def _near(first_px: int, end_px: int, scale: float) -> slice:
    """The rows or columns of the mask that lie under, or next to, the photo's pixels first_px .. end_px."""
    return slice(max(0, math.floor(first_px * scale) - 1), math.ceil(end_px * scale) + 1)


def _shrink(pixels: Bytes, height: int, width: int) -> Floats:
    """The photo at the mask's size, float32, 0..1; most of the way by a whole factor, which is fast."""
    factor = max(1, min(pixels.shape[0] // height, pixels.shape[1] // width) // 2)
    small = cv2.resize(grid.reduce(pixels, factor), (width, height), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / np.float32(255)
