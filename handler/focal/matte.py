"""The soft mask brought to the photo's own size along the photo's own edges, after the fast guided filter.

The guided filter (He et al. 2010) explains the mask in each window as a linear function of the photo's colour,
alpha = a · I + b. The coefficients vary slowly: they are fitted on a small copy and applied to the photo at full size
(He and Sun 2015), so that alpha follows each tuft of hair that differs from its surroundings in colour, although the
mask is too small to show it.

Unlike the plain filter, what the fit leaves unexplained on the small copy is added back: reduced again, alpha is the
mask that was given, and the photo only decides where within a cell its edge runs. Where colours say nothing, or the
mask does not change, alpha is the mask, bilinear.
"""

import itertools
import math
from typing import NamedTuple

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
TILE_SIDE_PX = 128  # small: only where the mask changes is there anything to compute
SURE = 0.05  # this near to 0 or 1 alpha becomes 0 or 1: the fit never quite ends on them


class _Span(NamedTuple):
    """A piece of the photo's side.

    cells: the mask's, under or next to the pixels.   weights: float32 (pixels, cells), bilinear.
    """

    pixels: slice
    cells: slice
    weights: Floats


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
    model = np.stack([*(a * gain), (b - SURE) * (255 * gain)])  # (4, h, w): 255 · alpha = model · (R, G, B, 1)
    lowest, highest = cv2.erode(lowest, NEIGHBOURS), cv2.dilate(highest, NEIGHBOURS)  # of all the model sees

    alpha = np.empty((height, width), np.uint8)
    rows, columns = _spans(height, h), _spans(width, w)
    for y, x in itertools.product(rows, columns):
        near = y.cells, x.cells
        if highest[near].max() <= SURE:
            alpha[y.pixels, x.pixels] = 0
        elif lowest[near].min() >= 1 - SURE:
            alpha[y.pixels, x.pixels] = 255
        else:
            large = y.weights @ model[:, *near] @ x.weights.T  # (4, tile height, tile width)
            alpha[y.pixels, x.pixels] = _apply(large, pixels[y.pixels, x.pixels])
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


def _apply(model: Floats, pixels: Bytes) -> Bytes:
    """model · (R, G, B, 1), rounded, kept within 0..255.   (4, h, w), (h, w, 3) -> uint8 (h, w)"""
    *coefficients, value = model
    for channel, coefficient in enumerate(coefficients):
        value += coefficient * pixels[..., channel]
    return np.asarray(np.rint(value.clip(0, 255)), np.uint8)


def _spans(size_px: int, cells: int) -> list[_Span]:
    """A side of the photo in pieces of TILE_SIDE_PX, and how the cells of the same side of the mask reach into each."""
    spans = []
    for first in range(0, size_px, TILE_SIDE_PX):
        end = min(first + TILE_SIDE_PX, size_px)
        place = np.clip((np.arange(first, end) + 0.5) * (cells / size_px) - 0.5, 0, cells - 1)
        near = slice(int(place[0]), int(place[-1]) + 2)
        distance = np.abs(place[:, None] - np.arange(cells)[near])
        spans.append(_Span(slice(first, end), near, np.maximum(0, 1 - distance).astype(np.float32)))
    return spans


def _shrink(pixels: Bytes, height: int, width: int) -> Floats:
    """The photo at the mask's size, float32, 0..1: first means of whole cells, which is fast."""
    y, x = pixels.shape[0] / height, pixels.shape[1] / width
    factor = max(1, math.ceil(min(y, x) / 2))
    to_small = np.array([[x / factor, 0, (x / factor - 1) / 2], [0, y / factor, (y / factor - 1) / 2]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cells = grid.reduce(pixels, factor)
    small = cv2.warpAffine(cells, to_small, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return small.astype(np.float32) / np.float32(255)
