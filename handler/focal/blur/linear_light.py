"""From code values to the light that fell on the sensor, and back: a lens blurs light, not code values.

The sRGB curve (IEC 61966-2-1) stands in for every profile's: they are all close to it, and as what is decoded is
encoded again by the same curve, a flat area keeps its value whatever the profile.

Highlights are expanded: a photo clips the lamps and glints that outshine all else, and they become bright discs because
they are brighter than white. All channels of a pixel by the same factor, so that no white fringe takes on a colour.
"""

from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Bools, Floats, Pixels, Words
from .cells import cell_means

WHITE: Final = 3.0  # light of a clipped pixel, when the curve alone would say 1: more makes discs of sunlit clouds
KNEE: Final = 230  # code value of a pixel's brightest channel above which light is expanded
HALVED_CELL_PX: Final = 6  # side of a cell from which on the mean of 2 × 2 pixels is as good as each of them

_CODES: Final = np.arange(256) / 255
_CURVE: Final = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4)
_GAIN: Final = 1 + (WHITE - 1) * np.clip((np.arange(256) - KNEE) / (255 - KNEE), 0, 1) ** 4
_CURVE_TABLE: Final = _CURVE.astype(np.float32)
_GAIN_TABLE: Final = _GAIN.astype(np.float32)
_EXPANDED_TABLE: Final = (_CURVE * _GAIN).astype(np.float32)
_CURVE_OF_SQUARE: Final = np.interp(np.sqrt(np.arange(1 << 16)), np.arange(256), _CURVE).astype(np.float32)

# From light to code the table is read by the square root of light: its entries then lie densest where the codes do.
_ENTRIES: Final = np.linspace(0, 1, 1 << 16) ** 2
_UNGAIN: Final = (1 / np.interp(_ENTRIES * WHITE, _CURVE * _GAIN, _GAIN)).astype(np.float32)
_CODE: Final = np.interp(_ENTRIES, _CURVE, np.arange(256) * 256.0).round().astype(np.uint16)


def decode(pixels: Pixels) -> Floats:
    """The light of each pixel.   uint8 (h, w, 3) -> float32 (h, w, 3), 0..WHITE, linear below the highlights"""
    light = np.asarray(cv2.LUT(pixels, _CURVE_TABLE), np.float32)
    if pixels.max() > KNEE:
        light *= cv2.merge([cv2.LUT(_brightest_code(pixels), _GAIN_TABLE)] * 3)
    return light


def mean_light(pixels: Pixels, factor: int) -> Floats:
    """The mean light of each cell of factor × factor pixels.   uint8 (h · factor, w · factor, 3) -> float32 (h, w, 3)

    In large cells, 2 × 2 pixels are halved to one, or 4 × 4, which spares most of the looking up: as squares of code
    values, since light is nearly that, so that the mean of black and white comes out right. Cells with highlights, in
    which a lamp of one pixel may be most of the light, are looked up pixel by pixel.
    """
    if factor < HALVED_CELL_PX:
        return cell_means(decode(pixels), factor)
    light, lit = _mean_of_squares(pixels, factor), _lit(pixels, factor)
    if lit.any():
        light[lit] = cell_means(decode(_blocks(pixels, factor)[lit].reshape(-1, factor, 3)), factor)[:, 0]
    return light


def mean_light_roughly(pixels: Pixels, factor: int) -> Floats:
    """As mean_light, to within a code value in photos: 2 × 2 pixels are halved wherever no small highlight is."""
    if factor % 2 or (factor < HALVED_CELL_PX and pixels.max() > KNEE):
        return mean_light(pixels, factor)
    if factor < HALVED_CELL_PX:
        return cell_means(np.asarray(cv2.LUT(_halved(pixels), _CURVE_OF_SQUARE), np.float32), factor // 2)
    light, lit = _mean_of_squares(pixels, factor), _lit(pixels, factor)
    if lit.any():
        halved = _halved_light(_blocks(pixels, factor)[lit].reshape(-1, factor, 3))
        light[lit] = cell_means(halved, factor // 2)[:, 0]
    return light


def halved_squares(pixels: Pixels, most: int) -> dict[int, Words]:
    """The mean square of the code values in cells of 2, 4, ... pixels a side, below `most`: squares stand for light.

    pixels: uint8 (H, W, 3), whose sides are multiples of `most`, a power of two.   -> uint16 (h, w, 3) by side
    """
    found = {2: _halved(pixels)}
    while (side := 2 * max(found)) < most:
        found[side] = np.asarray(cell_means(found[side // 2], 2), np.uint16)
    return found


def _mean_of_squares(pixels: Pixels, factor: int) -> Floats:
    """The mean light of large cells, none of which holds a highlight; parameters as for mean_light."""
    squares, left = np.square(pixels, dtype=np.uint16), factor
    while left >= HALVED_CELL_PX and left % 2 == 0:
        squares, left = cell_means(squares, 2), left // 2
    return np.asarray(cell_means(np.asarray(cv2.LUT(squares, _CURVE_OF_SQUARE), np.float32), left), np.float32)


def _halved(pixels: Pixels) -> Words:
    """The mean square of 2 × 2 pixels.   uint8 (2 h, 2 w, 3) -> uint16 (h, w, 3)"""
    return np.asarray(cell_means(np.square(pixels, dtype=np.uint16), 2), np.uint16)


def _halved_light(pixels: Pixels) -> Floats:
    """The mean light of 2 × 2 pixels, highlights included.   uint8 (2 h, 2 w, 3) -> float32 (h, w, 3)

    By how much it is expanded is known of each pixel's brightest channel, and taken for the others' mean as well.
    """
    light, brightest = np.asarray(cv2.LUT(_halved(pixels), _CURVE_OF_SQUARE), np.float32), _brightest_code(pixels)
    expanded = cell_means(np.asarray(cv2.LUT(brightest, _EXPANDED_TABLE), np.float32), 2)
    plain = cv2.LUT(_halved(brightest), _CURVE_OF_SQUARE)
    light *= cv2.merge([expanded / np.maximum(plain, _CURVE_TABLE[1])] * 3)
    return light


def _lit(pixels: Pixels, side: int) -> Bools:
    """Which blocks of side × side pixels hold a highlight.   uint8 (h · side, w · side, 3) -> bool (h, w)"""
    brightest = pixels.reshape(len(pixels) // side, side, -1).max(1)  # of each column of each row of blocks
    if brightest.max() <= KNEE:
        return np.zeros((len(brightest), pixels.shape[1] // side), bool)
    return np.asarray(brightest.reshape(len(brightest), -1, 3 * side).max(2) > KNEE)


def _blocks(image: NDArray[Any], side: int) -> NDArray[Any]:
    """A view of an image by blocks.   (h · side, w · side, 3) -> (h, w, side, side, 3)"""
    return image.reshape(len(image) // side, side, -1, side, 3).swapaxes(1, 2)


def encode(light: Floats) -> Words:
    """The code values of light, in 256ths.

    light: float32 (h, w, 3); below 0 counts as 0, above WHITE as WHITE.
    Returns uint16 (h, w, 3): 256 × code, 0..65280. encode(decode(v)) is 256 · v to within 1.
    """
    if light.max() > _CURVE[KNEE]:
        ungain = cv2.LUT(_entry(_brightest(light) * np.float32(1 / WHITE)), _UNGAIN)
        light = light * cv2.merge([ungain] * 3)
    return np.asarray(cv2.LUT(_entry(light), _CODE), np.uint16)


def _brightest(light: Floats) -> Floats:
    """The largest channel of each place.   float32 (h, w, 3) -> float32 (h, w)"""
    return np.asarray(np.maximum(np.maximum(light[..., 0], light[..., 1]), light[..., 2]), np.float32)


def _brightest_code(pixels: Pixels) -> Pixels:
    """The same of bytes, which are faster parted into channels first."""
    red, green, blue = cv2.split(pixels)
    return np.asarray(np.maximum(np.maximum(red, green), blue), np.uint8)


def _entry(light: Floats) -> Words:
    """The index of this light, clipped to 0..1, in the tables from light to code."""
    return np.asarray(np.sqrt(np.clip(light, 0, 1)) * np.float32(len(_ENTRIES) - 1) + np.float32(0.5), np.uint16)


def _bayer(order: int) -> NDArray[np.int64]:
    """Bayer's threshold matrix (1973) of side 2^order: each of 0 .. 4^order − 1 once, neighbours far apart."""
    if order == 0:
        return np.zeros((1, 1), np.int64)
    smaller = 4 * _bayer(order - 1)
    return np.block([[smaller, smaller + 2], [smaller + 3, smaller + 1]])


@lru_cache(maxsize=32)  # photos come in few widths
def _thresholds(width: int) -> Words:
    """uint16 (8, width, 3), the thresholds of eight rows; those below repeat them."""
    tile = (4 * _bayer(3) + 2).astype(np.uint16)  # 2 .. 254: a whole code value, even one off by 1/256, stays itself
    rows = np.tile(tile, (1, 3 * width // 8 + 1))[:, : 3 * width]
    return rows.reshape(8, width, 3)  # 3 and 8 have no common divisor: each channel meets every threshold


def dither(code: Words, out: Pixels) -> None:
    """Round 256ths of a code value to whole ones so that the mean over 8 × 8 pixels is kept: no bands in a sky.

    code: uint16 (H, W, 3), overwritten.   out: uint8 (H, W, 3), the result. A whole code value comes back as it is.
    """
    thresholds, whole = _thresholds(code.shape[1]), len(code) // 8 * 8
    code[:whole].reshape(-1, *thresholds.shape)[:] += thresholds
    code[whole:] += thresholds[: len(code) - whole]
    code >>= 8
    out[:] = code
