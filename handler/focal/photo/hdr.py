"""HDR pictures (PQ and HLG, ITU-R BT.2100) -> what an ordinary screen can show of them.

The curve is the reference-white tone-mapping operator of SMPTE ST 2094-50, which Chromium applies, too. For a peak of
1000 nits or more, the reference white of 203 nits becomes half of the screen's light, and all below it in proportion;
above it a Bézier curve bends up to the peak, which becomes white. The curve is applied to the greatest of a pixel's
three channels in BT.2020, and the channels keep their proportions, so that no hue shifts.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from ..arrays import Floats, Pixels
from .picture import Samples
from .spaces import BT709, BT2020, HDR_PEAK_NITS, REFERENCE_WHITE_NITS, RgbSpace, srgb_encoded

HLG_SYSTEM_GAMMA = 1.2  # of a screen of 1000 nits (BT.2100)
PQ_PEAK_NITS = 10_000.0
KAPPA = 0.65  # where the curve's middle control point lies between knee and peak
STEPS = 65_535  # of linear light, before it is encoded in 8 bits


def tone_mapped(samples: Samples, space: RgbSpace) -> Pixels:
    """Samples (h, w, 3) of an HDR space -> uint8 (h, w, 3) of sRGB."""
    curve = space.linear(np.linspace(0, 1, 2 ** (8 * samples.itemsize))).astype(np.float32)
    light = _transformed(curve[samples], space.primaries.to(BT2020))
    luminance = BT2020.to_xyz()[1]
    if space.transfer == "hlg":  # scene light: a screen of 1000 nits shows it by its own gamma
        scene = np.maximum(_transformed(light, luminance[None]), 1e-9)
        light *= (scene ** np.float32(HLG_SYSTEM_GAMMA - 1) * (HDR_PEAK_NITS / REFERENCE_WHITE_NITS))[..., None]
    else:
        light *= PQ_PEAK_NITS / REFERENCE_WHITE_NITS
    greatest = np.maximum(light.max(axis=-1), 1e-9)
    light *= (tone_curve(greatest, space.peak_nits / REFERENCE_WHITE_NITS) / greatest)[..., None]
    shown = np.clip(_transformed(light, BT2020.to(BT709)), 0, 1)
    return np.asarray(_SRGB[(shown * STEPS + 0.5).astype(np.uint16)])


def tone_curve(light: Floats, peak: float) -> Floats:
    """The reference-white tone-mapping operator (SMPTE ST 2094-50).

    light: float32, of any shape, and its peak, in units of the reference white.   Returns float32 of that shape, 0..1.
    """
    if peak <= 1:
        return np.minimum(light, 1)
    knee = 1 - 0.5 * min(math.log2(peak) / math.log2(HDR_PEAK_NITS / REFERENCE_WHITE_NITS), 1)
    middle_x, middle_y = 1 - KAPPA + KAPPA / knee, (1 - KAPPA) * knee + KAPPA
    # The quadratic Bézier curve from (1, knee) over the middle to (peak, 1): its parameter at x, then its y.
    a, b = 1 - 2 * middle_x + peak, 2 * (middle_x - 1)
    t = (np.sqrt(b * b + 4 * a * (np.clip(light, 1, peak) - 1)) - b) / (2 * a)
    bent = knee + 2 * (middle_y - knee) * t + (knee - 2 * middle_y + 1) * t * t
    return np.where(light <= 1, light * np.float32(knee), bent.astype(np.float32))


def _transformed(light: Floats, matrix: npt.NDArray[np.float64]) -> Floats:
    return np.asarray(cv2.transform(light, matrix), np.float32)


_SRGB = np.round(255 * srgb_encoded(np.linspace(0, 1, STEPS + 1))).astype(np.uint8)
