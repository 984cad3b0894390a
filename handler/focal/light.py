"""From code values to the light that fell on the sensor, and back: a lens blurs light, not code values.

The sRGB curve (IEC 61966-2-1) stands in for every profile's: they are all close to it, and as what is decoded is
encoded again by the same curve, a flat area keeps its value whatever the profile. Highlights are expanded: a photo
clips the lamps and glints that outshine all else, and they become bright discs because they are brighter than white.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Words = NDArray[np.uint16]

WHITE: Final = 5.0  # light of a clipped pixel, when the curve alone would say 1
HIGHLIGHTS: Final = 8  # the higher, the closer to 255 the expansion begins


def _light_of_code() -> Floats:
    code = np.arange(256) / 255
    light = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    return (light * (1 + (WHITE - 1) * light**HIGHLIGHTS)).astype(np.float32)


LIGHT: Final = _light_of_code()  # (256,), rising
# The way back is looked up by the square root of light, which spends its entries where codes lie densest.
_CODE: Final = (
    np.interp(np.linspace(0, 1, 1 << 16) ** 2 * WHITE, LIGHT.astype(np.float64), np.arange(256) * 256.0)
    .round()
    .astype(np.uint16)
)


def encode(light: Floats) -> Words:
    """The code value of light, in 256ths.

    light: float32 of any shape; below 0 counts as 0, above WHITE as WHITE.
    Returns uint16 of the same shape: 256 × code, 0..65280. encode(LIGHT[v]) is 256 · v to within 1.
    """
    index = np.sqrt(np.clip(light, 0, WHITE) * np.float32(1 / WHITE)) * np.float32(65535) + np.float32(0.5)
    return np.asarray(_CODE[index.astype(np.uint16)], np.uint16)


def _bayer(order: int) -> NDArray[np.int64]:
    """Bayer's threshold matrix (1973) of side 2^order: each of 0 .. 4^order − 1 once, neighbours far apart."""
    if order == 0:
        return np.zeros((1, 1), np.int64)
    smaller = 4 * _bayer(order - 1)
    return np.block([[smaller, smaller + 2], [smaller + 3, smaller + 1]])


@cache
def _thresholds(height: int, width: int) -> Words:
    tile = (4 * _bayer(3) + 2).astype(np.uint16)  # 2 .. 254: a whole code value, even one off by 1/256, stays itself
    return np.tile(tile, (height // 8 + 1, width // 8 + 1))[:height, :width]


def dither(code: Words) -> Bytes:
    """Round 256ths of a code value to whole ones so that the mean over 8 × 8 pixels is kept: no bands in a sky.

    code: uint16 (H, W, 3).   Returns uint8 (H, W, 3). A whole code value comes back as it is. Deterministic.
    """
    height, width, channels = code.shape
    rows = code.reshape(height, width * channels)  # 3 and 8 have no common divisor: each channel meets every threshold
    return ((rows + _thresholds(*rows.shape)) >> 8).astype(np.uint8).reshape(code.shape)
