"""The soft mask brought to the photo's own size along the photo's own edges, after the fast guided filter.

The guided filter (He et al. 2010) explains the mask in each window as a linear function of the photo's colour,
alpha = a · I + b. The coefficients vary slowly: they are fitted on a small copy and applied to the photo at full size
(He and Sun 2015), so that alpha follows each tuft of hair that differs from its surroundings in colour, although the
mask is too small to show it.

Unlike the plain filter, what the fit leaves unexplained on the small copy is added back: reduced again, alpha is the
mask that was given, and the photo only decides where within a cell its edge runs. Where colours say nothing, or the
mask does not change, alpha is the mask, bilinear.
"""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats, Pixels
from .guided_filter import GuidedFilter

UNSURE_FRAC = 1 / 10  # of the longer side: wider than soft hair in a portrait
UNSURE = 0.5  # mean of 4 · mask · (1 − mask) over a window, from which doubt begins
LIFT = 6  # exponent where nothing is sure: half becomes 0.99
NEIGHBOURS = np.ones((3, 3), np.uint8)
BAND_HEIGHT_PX = 64  # small: only where the mask changes is there anything to compute
SUM = np.ones((1, 3), np.float32)
SURE = 0.05  # this near to 0 or 1 alpha becomes 0 or 1: the fit never quite ends on them


class _Band(NamedTuple):
    """Rows of the photo.

    pixels: the photo's rows.   cells: the mask's, under or next to them.   weights: float32 (pixels, cells), bilinear.
    """

    pixels: slice
    cells: slice
    weights: Floats


def full_size_alpha(pixels: Pixels, mask: Floats, fine: GuidedFilter) -> Pixels:
    """Alpha of the subject for each pixel of the photo.

    pixels: uint8 (H, W, 3), RGB.   mask: float32 (h, w), 0..1, over the whole of the same picture, of any size.
    fine: a filter with narrow windows, whose guide is the picture at the mask's size, to fit the mask on.
    Returns uint8 (H, W): 255 subject, 0 background. Where the mask is 0 (or 1) two of its pixels around, so is alpha.
    """
    height, width = pixels.shape[:2]
    mask = lift_unsure(mask)
    a, b = (_widened(x, width) for x in _model(mask, fine))
    # Of all that the model sees.
    lowest, highest = cv2.erode(mask, NEIGHBOURS, iterations=2), cv2.dilate(mask, NEIGHBOURS, iterations=2)

    alpha = np.zeros((height, width), np.uint8)
    places = _places(width, mask.shape[1])
    for rows in _bands(height, mask.shape[0]):
        inside = lowest[rows.cells].min(0) >= 1 - SURE
        edge = (highest[rows.cells].max(0) > SURE) & ~inside
        for columns in _runs(inside, places):
            alpha[rows.pixels, columns] = 255
        for columns in _runs(edge, places):
            here = rows.pixels, columns
            a_here, b_here = (_tall(x[rows.cells, columns], rows.weights) for x in (a, b))
            alpha[here] = _apply(a_here, b_here, pixels[here])
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


def _model(mask: Floats, fine: GuidedFilter) -> tuple[Floats, Floats]:
    """The linear model of each cell, a (h, w, 3) and b (h, w): 255 · alpha = a · (R, G, B) + b."""
    a, _ = fine.coefficients(mask)
    change = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, NEIGHBOURS)
    a *= cv2.blur(np.minimum(2 * change, 1), (3, 3))  # the photo speaks only where the mask changes
    b = mask - (a * fine.I_c).sum(0)  # the filter's own b plus what it leaves unexplained
    gain = 1 / (1 - 2 * SURE)
    return np.dstack(tuple(a * gain)), (b - SURE) * (255 * gain)


def _apply(a: Floats, b: Floats, pixels: Pixels) -> Pixels:
    """a · (R, G, B) + b, rounded, kept within 0..255.   (h, w, 3), (h, w), (h, w, 3) -> uint8 (h, w)"""
    a *= pixels
    return np.asarray(cv2.add(cv2.transform(a, SUM), b, dtype=cv2.CV_8U), np.uint8)


def _widened(x: Floats, width: int) -> Floats:
    """Bilinear along the rows.   (h, w, …) -> (h, width, …)"""
    return np.asarray(cv2.resize(x, (width, len(x)), interpolation=cv2.INTER_LINEAR), np.float32)


def _tall(x: Floats, weights: Floats) -> Floats:
    """Bilinear along the columns.   (cells, w, …), (pixels, cells) -> (pixels, w, …)"""
    return (weights @ x.reshape(len(x), -1)).reshape(len(weights), *x.shape[1:])


def _places(size_px: int, cells: int) -> NDArray[np.float64]:
    """Where the middles of a side's pixels lie among the middles of its cells, 0..cells - 1."""
    return np.clip((np.arange(size_px) + 0.5) * (cells / size_px) - 0.5, 0, cells - 1)


def _bands(height: int, cells: int) -> Iterator[_Band]:
    """The photo's rows, BAND_HEIGHT_PX at a time, and how the mask's reach into them."""
    places = _places(height, cells)
    for first in range(0, height, BAND_HEIGHT_PX):
        place = places[first : first + BAND_HEIGHT_PX]
        near = slice(int(place[0]), int(place[-1]) + 2)
        distance = np.abs(place[:, None] - np.arange(cells)[near])
        yield _Band(slice(first, first + len(place)), near, np.maximum(0, 1 - distance).astype(np.float32))


def _runs(cells: NDArray[np.bool_], places: NDArray[np.float64]) -> Iterator[slice]:
    """For each stretch of true cells, bool (w,), the pixels that see one of them, by their places, (W,)."""
    padded = np.concatenate(([False], cells, [False]))
    turns = np.flatnonzero(padded[1:] != padded[:-1]).reshape(-1, 2)
    pixels = np.searchsorted(places, turns - [1, 0])  # from right of the cell before it to the cell behind it
    return (slice(first, end) for first, end in pixels if first < end)
