"""The blurred background at the photo's own size: bilinear between its cells, and dithered.

From the centre of a cell to that of the cell below, each pixel differs from the one above it by the same step. So a
value costs one sum of 16-bit integers, whole rows at a time, where cv2.resize takes two products, a sum and two
conversions.
"""

import math
from collections.abc import Callable

import cv2
import numpy as np

from ..arrays import Pixels, Words
from .cells import pad_cells
from .linear_light import dither

BAND_PX = 1 << 19  # few calls, and words enough for them to stay in a processor's cache


Rounding = Callable[[Words, int, Pixels], None]


def dither_gaps(code: Words, _first: int, out: Pixels) -> None:
    """Round the gaps from one on, as `backdrop` wants it.   code: uint16 (n, factor, W, 3), overwritten"""
    dither(code.reshape(-1, *out.shape[2:]), out.reshape(-1, *out.shape[2:]))


def backdrop(
    cells: Words, factor: int, height: int, width: int, to_pixels: Rounding = dither_gaps, *, raised: int = 0
) -> Pixels:
    """Enlarge cells of factor × factor pixels to a picture.

    cells: uint16 (h, w, 3), in 256ths of a code value, 0..65280; they cover the picture, and may reach over its border.
    to_pixels: rounds what lies between rows of cells; gets the number of the first gap, the one before the first row.
    raised: what is added to the values that it gets, modulo 2^16.
    Returns uint8 (height, width, 3), contiguous. Steps are rounded towards 0, to 256ths, so that no value leaves the
    range of its cells; after the last step, a value is off by factor / 256 of a code value at most.
    """
    padded = pad_cells(cells)
    gaps = len(padded) - 1  # from a row of cells to the next, each `factor` pixels high
    large = np.empty((gaps, factor, width, 3), np.uint8)
    dithered_alike = 8 // math.gcd(factor, 8)  # that many gaps are a whole number of the dither's patterns
    count = dithered_alike * max(1, BAND_PX // (dithered_alike * factor * width))
    for first in range(0, gaps, count):
        near = padded[first : first + count + 1]
        wide = cv2.resize(near, None, fx=factor, fy=1, interpolation=cv2.INTER_LINEAR)[:, factor : factor + width]
        above, below = wide[:-1], wide[1:]
        step = ((below.astype(np.float32) - above) / np.float32(factor)).astype(np.int16)
        code = np.empty((len(above), factor, width, 3), np.uint16)
        # Where the factor is even, no pixel's middle is a cell's: the first is half a step away. Where it is 1, no step
        # is taken, and the largest would not fit.
        start = step // 2 if factor % 2 == 0 else np.zeros_like(step)
        # What is negative wraps around, and back.
        np.add(above, start.view(np.uint16) + np.uint16(raised), out=code[:, 0])
        for row in range(1, factor):
            np.add(code[:, row - 1], step.view(np.uint16), out=code[:, row])
        to_pixels(code, first, large[first : first + count])
    top = factor - factor // 2  # the first gap's middle is the picture's upper edge, or the last pixel before it
    return large.reshape(-1, width, 3)[top : top + height]
