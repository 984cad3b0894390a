"""RGB spaces that files name by numbers instead of a profile: primaries, white point and transfer curve.

The numbers are the code points of ITU-T H.273, which HEIF and AVIF carry in `nclx` and PNG in `cICP`; `gAMA` and `cHRM`
of PNG and the Adobe RGB mark of EXIF are told in the same terms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Point = tuple[float, float]

REFERENCE_WHITE_NITS = 203.0  # of HDR pictures: ITU-R BT.2408
HDR_PEAK_NITS = 1000.0  # of an HDR picture that does not tell its own

# Of primaries: their greatest value of XYZ, and the condition of their matrix. Those in use come to 1.02 and 4.2.
MOST_XYZ, MOST_SKEW = 100.0, 1000.0

D65, D50, C, DCI = (0.3127, 0.3290), (0.3457, 0.3585), (0.310, 0.316), (0.314, 0.351)


@dataclass(frozen=True)
class Primaries:
    """Chromaticities (x, y) of the three primaries and of white."""

    red: Point
    green: Point
    blue: Point
    white: Point = D65

    def to_xyz(self) -> npt.NDArray[np.float64]:
        """The matrix (3, 3) from linear RGB to CIE XYZ, in which white has Y = 1 (SMPTE RP 177)."""
        columns = np.array([(x, y, 1 - x - y) for x, y in (self.red, self.green, self.blue)]).T
        return np.asarray(columns * np.linalg.solve(columns, _xyz(self.white)))

    @property
    def span_a_space(self) -> bool:
        """Whether colours can be told by them: the numbers in a file may be any."""
        try:
            matrix = adaptation(self.white, D50) @ self.to_xyz()
        except (ZeroDivisionError, np.linalg.LinAlgError):
            return False
        return bool(np.abs(matrix).max() < MOST_XYZ and np.linalg.cond(matrix) < MOST_SKEW)

    def to(self, other: Primaries) -> npt.NDArray[np.float64]:
        """The matrix (3, 3) from linear RGB of these primaries to that of others, white to white (Bradford)."""
        return np.asarray(
            np.linalg.solve(other.to_xyz(), adaptation(self.white, other.white) @ self.to_xyz()), np.float64
        )


@dataclass(frozen=True)
class RgbSpace:
    """An RGB space.

    transfer: a name of `TRANSFERS`, or the exponent of a power curve.
    peak_nits: of an HDR picture (transfer pq or hlg), the luminance of its brightest pixel.
    """

    primaries: Primaries
    transfer: str | float
    peak_nits: float = HDR_PEAK_NITS

    @property
    def is_hdr(self) -> bool:
        """Whether its whites are brighter than paper."""
        return self.transfer in ("pq", "hlg")

    def linear(self, encoded: Floats) -> Floats:
        """Linear values of encoded ones, float arrays of one shape, 0..1; 1 is 10000 nits for pq, the peak for hlg."""
        if isinstance(self.transfer, float):
            return np.asarray(encoded**self.transfer)
        return TRANSFERS[self.transfer](encoded)


def adaptation(white: Point, other: Point) -> npt.NDArray[np.float64]:
    """The Bradford matrix (3, 3) that takes XYZ seen under one white to XYZ seen under another (ICC.1, annex E)."""
    cone = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    ratio = (cone @ _xyz(other)) / (cone @ _xyz(white))
    return np.asarray(np.linalg.solve(cone, ratio[:, None] * cone))


def srgb_encoded(linear: Floats) -> Floats:
    """IEC 61966-2-1: encoded values of linear ones, both float arrays of any shape, 0..1."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055)


def of_code_points(primaries: int, transfer: int, transfers: Mapping[int, str | float]) -> RgbSpace | None:
    """The space of two code points of H.273; what is unspecified or unknown counts as sRGB's. None is sRGB itself."""
    space = RgbSpace(PRIMARIES.get(primaries, BT709), transfers.get(transfer, "srgb"))
    return None if space == SRGB else space


@cache
def _xyz(point: Point) -> npt.NDArray[np.float64]:
    x, y = point
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _srgb(v: Floats) -> Floats:
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def _smpte240(v: Floats) -> Floats:
    return np.where(v < 0.0913, v / 4.0, ((v + 0.1115) / 1.1115) ** (1 / 0.45))


def _smpte428(v: Floats) -> Floats:
    return np.asarray(np.minimum(v**2.6 * (52.37 / 48.0), 1.0))


def _pq(v: Floats) -> Floats:
    """SMPTE ST 2084, EOTF; 1 is 10000 nits."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    power = v ** (1 / m2)
    return np.asarray((np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1))


def _hlg(v: Floats) -> Floats:
    """ITU-R BT.2100, inverse OETF: scene light; 1 is the peak."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(v <= 0.5, v**2 / 3, (np.exp((np.maximum(v, 0.5) - c) / a) + b) / 12)


TRANSFERS: dict[str, Callable[[Floats], Floats]] = {
    "srgb": _srgb,
    "smpte240": _smpte240,
    "smpte428": _smpte428,
    "pq": _pq,
    "hlg": _hlg,
}

BT709 = Primaries((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
BT2020 = Primaries((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
P3 = Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
SMPTE_C = Primaries((0.630, 0.340), (0.310, 0.595), (0.155, 0.070))
PRIMARIES: dict[int, Primaries] = {  # H.273, table 2
    1: BT709,
    4: Primaries((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), C),
    5: Primaries((0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),
    6: SMPTE_C,
    7: SMPTE_C,
    8: Primaries((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), C),
    9: BT2020,
    10: Primaries((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), (1 / 3, 1 / 3)),
    11: Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), DCI),
    12: P3,
    22: Primaries((0.630, 0.340), (0.295, 0.605), (0.155, 0.077)),
}

SRGB = RgbSpace(BT709, "srgb")
ADOBE_RGB = RgbSpace(Primaries((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), 563 / 256)

# H.273, table 3. The curves of television cameras are undone in a PNG as a television set does it (ITU-R BT.1886), and
# taken for sRGB's in HEIF and AVIF: so does Chromium, against which the tests try it.
TELEVISION_GAMMA = 2.4
_CURVES: dict[int, str | float] = {
    4: 2.2,
    5: 2.8,
    7: "smpte240",
    8: 1.0,
    13: "srgb",
    16: "pq",
    17: "smpte428",
    18: "hlg",
}
PNG_TRANSFERS = _CURVES | dict.fromkeys((1, 6, 11, 14, 15), TELEVISION_GAMMA)
HEIF_TRANSFERS = _CURVES
