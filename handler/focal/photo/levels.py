"""Which values are black and white where the type of the samples does not say it: wide or signed integers, floats."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]

USUAL_WHITES = (1.0, 255.0, 65_535.0)
# Of values at which white is looked for, so many a strip; and what part of them may be brighter: highlights.
PROBES_A_STRIP = 4_096
HIGHLIGHTS_PERCENT = 1.0
FULL_RANGE_BITS = 8  # wide unsigned integers whose greatest has all but so many bits are of the type's whole range


@dataclass(frozen=True)
class Levels:
    """The values of black and white."""

    black: float
    white: float

    def sixteen_bits(self, values: Values) -> npt.NDArray[np.uint16]:
        """Values -> the range of 16 bits; what is no number is black, what is brighter than white is white."""
        scale = 65_535 / ((self.white - self.black) or 1)
        return np.clip((_finite(values) - self.black) * scale, 0, 65_535).astype(np.uint16)


def levels_of(strips: Iterable[Values], bits: int) -> Levels:
    """The levels of a picture, from all of its values.

    Of floats, white is the least of 1, 255 and 65535 that all but the highlights keep within; of integers, that no
    value exceeds, or the greatest of their type. Where there is none, or where there are values below zero, the least
    value is black and the greatest white.
    """
    least, greatest, probes, is_float, is_signed = np.inf, -np.inf, [], False, False
    for strip in strips:
        is_float, is_signed = strip.dtype.kind == "f", strip.dtype.kind == "i"
        values = _finite(strip)
        least, greatest = min(least, float(values.min())), max(greatest, float(values.max()))
        probes.append(values.ravel()[:: max(1, values.size // PROBES_A_STRIP)].copy())
    if is_float:
        low, high = np.percentile(np.concatenate(probes), (HIGHLIGHTS_PERCENT, 100 - HIGHLIGHTS_PERCENT))
        whites: tuple[float, ...] = USUAL_WHITES
    else:
        low, high, most = least, greatest, 2.0 ** (bits - is_signed) - 1
        whites = (*(white for white in USUAL_WHITES if white < most), most)
        if most > USUAL_WHITES[-1] and (is_signed or greatest < most / 2**FULL_RANGE_BITS):
            whites = USUAL_WHITES
    fitting = [white for white in whites if high <= white]
    return Levels(0.0, fitting[0]) if low >= 0 and fitting else Levels(least, greatest)


def _finite(values: Values) -> npt.NDArray[np.float64]:
    return np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
