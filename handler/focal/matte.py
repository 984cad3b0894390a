"""The soft mask brought to the photo's own size along the photo's own edges, after the fast guided filter.

The guided filter (He et al. 2010) explains the mask in each window as a linear function of the photo's colour,
alpha = a · I + b. The coefficients vary slowly: they are fitted on a small copy and applied to the photo at full size
(He and Sun 2015), so that alpha follows each tuft of hair that differs from its surroundings in colour, although the
mask is too small to show it.

Unlike the plain filter, what the fit leaves unexplained on the small copy is added back: reduced again, alpha is the
mask that was given, and the photo only decides where within a cell its edge runs. Where colours say nothing, or the
mask does not change, alpha is the mask, bilinear.
"""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from . import grid
from .guided_filter import linear_coefficients

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

RADIUS_FRAC = 1 / 56  # half a window, of the longer side
EPS = 1e-4  # ridge, in squared units of colour (0..1)
UNSURE_FRAC = 1 / 10  # of the longer side: wider than soft hair in a portrait
UNSURE = 0.5  # mean of 4 · mask · (1 − mask) over a window, from which doubt begins
LIFT = 6  # exponent where nothing is sure: half becomes 0.99
NEIGHBOURS = np.ones((3, 3), np.uint8)
TILE_SIDE_PX = 96  # small: only where the mask changes is there anything to compute
SURE = 0.05  # this near to 0 or 1 alpha becomes 0 or 1: the fit never quite ends on them


def full_size_alpha(pixels: Bytes, mask: Floats, preview: Bytes | None = None) -> Bytes:
    """Alpha of the subject for each pixel of the photo.

    pixels: uint8 (H, W, 3), RGB.   mask: float32 (h, w), 0..1, over the whole of the same picture, of any size.
    preview: uint8, a smaller copy of the pixels to fit the mask on, if there is one.
    Returns uint8 (H, W): 255 subject, 0 background. Where the mask is 0 (or 1) two of its pixels around, so is alpha.
    """
    (height, width), (h, w) = pixels.shape[:2], mask.shape
    mask = lift_unsure(mask)
    guide = _shrink(pixels if preview is None else preview, h, w)
    radius = max(1, round(RADIUS_FRAC * max(h, w)))
    lowest, highest = cv2.erode(mask, NEIGHBOURS), cv2.dilate(mask, NEIGHBOURS)
    a, _ = linear_coefficients(guide, mask, radius, EPS)
    a *= cv2.blur(np.minimum(2 * (highest - lowest), 1), (3, 3))  # the photo speaks only where the mask changes
    b = mask - (a * guide.transpose(2, 0, 1)).sum(0)  # the filter's own b plus what it leaves unexplained
    gain = 1 / (1 - 2 * SURE)
    model = cv2.merge([*(a * gain), (b - SURE) * (255 * gain)])  # (h, w, 4): 255 · alpha = model · (R, G, B, 1)
    lowest, highest = cv2.erode(lowest, NEIGHBOURS), cv2.dilate(highest, NEIGHBOURS)  # of all the model sees

    alpha = np.empty((height, width), np.uint8)
    for tile in grid.Tile(0, 0, height, width, 1).split(TILE_SIDE_PX):
        near = _near(tile.top, tile.bottom, h / height), _near(tile.left, tile.right, w / width)
        if highest[near].max() <= SURE:
            alpha[tile.pixels] = 0
        elif lowest[near].min() >= 1 - SURE:
            alpha[tile.pixels] = 255
        else:
            alpha[tile.pixels] = _apply(model, pixels, tile)
    return alpha


def lift_unsure(mask: Floats) -> Floats:
    """Raise the mask where it is unsure over a wide area, so that the blur eases off there instead of cutting in.

    A soft edge, hair or fur, is narrow: around it the mask is mostly 0 or 1. Where it stays between them over much of a
    window of UNSURE_FRAC of the longer side, it is not a matte but a doubt, and half a subject would show through.
    mask: float32 (h, w), 0..1.   Returns float32 (h, w), 0..1, nowhere below `mask`; 0 and 1 stay.
    """
    side = max(1, round(UNSURE_FRAC * max(mask.shape)))
    doubt = np.asarray(cv2.blur(4 * mask * (1 - mask), (side, side), borderType=cv2.BORDER_REFLECT), np.float32)
    lift = np.clip((doubt - UNSURE) / (1 - UNSURE), 0, 1) * LIFT
    return np.where(lift > 0, 1 - (1 - mask) ** (1 + lift), mask).astype(np.float32)


def _apply(model: Floats, pixels: Bytes, tile: grid.Tile) -> Bytes:
    """model · (R, G, B, 1) at the tile's pixels, rounded, kept within 0..255.   (h, w, 4), (H, W, 3) -> uint8 (tile)"""
    y, x = model.shape[0] / pixels.shape[0], model.shape[1] / pixels.shape[1]
    size = (tile.right - tile.left, tile.bottom - tile.top)
    large = _sample(model, y, x, size, tile.top, tile.left)
    *coefficients, offset = cv2.split(large)
    for coefficient, channel in zip(coefficients, cv2.split(pixels[tile.pixels]), strict=True):
        offset += coefficient * channel
    return np.asarray(np.rint(offset.clip(0, 255)), np.uint8)


def _near(first_px: int, end_px: int, scale: float) -> slice:
    """The rows or columns of the mask that lie under, or next to, the photo's pixels first_px .. end_px."""
    return slice(max(0, math.floor(first_px * scale) - 1), math.ceil(end_px * scale) + 1)


def _shrink(pixels: Bytes, height: int, width: int) -> Floats:
    """The photo at the mask's size, float32, 0..1: first means of whole cells, which is fast."""
    y, x = pixels.shape[0] / height, pixels.shape[1] / width
    factor = max(1, math.ceil(min(y, x) / 2))
    small = _sample(grid.reduce(pixels, factor), y / factor, x / factor, (width, height))
    return small.astype(np.float32) / np.float32(255)


def _sample(
    image: NDArray[Any], y: float, x: float, size: tuple[int, int], top: int = 0, left: int = 0
) -> NDArray[Any]:
    """Bilinear samples of `image`, y rows and x columns apart, from the place of a picture's pixel (top, left) on.

    image: (h, w) or (h, w, n ≤ 4).   size: width and height of the result.
    """
    to_image = np.array([[x, 0, (left + 0.5) * x - 0.5], [0, y, (top + 0.5) * y - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, to_image, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
