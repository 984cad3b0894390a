"""The sensor's grain, which a lens does not take away: measured where the photo is even, laid over what was blurred.

Grain is told from texture by its reach: in an even place the residue of a plane is grain if it is all but uncorrelated
a few pixels on. Its level is taken by brightness (a sensor's grain is not the same in light and shadow), its size from
the correlation of neighbouring pixels, its colour from that of the channels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np

from ..arrays import Floats, Pixels, Shorts, Words

PATCH_PX = 24
PATCHES = 12  # along each side of the photo, at most
FAR_PX, FAR_CORRELATION = 5, 0.2  # grain reaches less far: what is more alike so far apart is texture
LEAST_SHARE, LEAST_COUNT = 0.04, 6  # of all patches must be even, so as not to take a texture for grain
LEAST_LEVEL, MOST_LEVEL = 0.5, 5.0  # code values: less is hidden by rounding, more is hardly grain
# Grain is the same everywhere, texture is not: so many of the even places have that level, to within a quarter.
ALIKE, LEAST_ALIKE = 0.25, 0.2
FLOOR = 5  # percentile: what texture is left in an even place only adds to its grain
BANDS = (0, 85, 170, 256)  # of brightness
ROUNDING = 1 / 12  # variance: of grain that is rounded to whole code values
PIXEL_VARIANCE = 0.12  # px²: of the Gaussian that a pixel stands for; 1 / 4π where it is much smaller than a disc
FIELD_PX = 256  # side of the noise that is repeated; a tile is no larger
FIELDS = 4  # side by side: longer rows take fewer steps, and all still fit a core's cache
# Noise and its level are whole numbers whose product is an int16, in 256ths of a code value: a sum of these takes half
# as long as one of floats.
FIELD_UNIT, MOST_DEVIATIONS = 1 / 8, 4.5
LEVEL_UNIT, MOST_LAID = 1 / 32, 14.0  # code values
MIDDLE, HALF_FROM_MIDDLE = np.uint8(1 << 7), (1 << 15) + (1 << 7)


@dataclass(frozen=True)
class Grain:
    """A photo's grain.

    level: float32 (256,), its standard deviation in code values, by the brightness under it.
    size_px: standard deviation of the Gaussian that makes white noise as coarse as it; 0 for white noise.
    common: how much of its variance all channels have in common, 0..1.
    """

    level: Floats
    size_px: float
    common: float

    @property
    def to_add(self) -> Floats:
        """The level that makes up the whole one together with what dither and rounding add, in LEVEL_UNITs.

        float32 (256,)
        """
        level = np.sqrt(np.maximum(np.square(self.level) - ROUNDING, 0))
        return np.asarray(np.minimum(level, MOST_LAID) / LEVEL_UNIT, np.float32)

    def left_by(self, radius_px: Floats) -> Floats:
        """How much of its variance a disc of this radius leaves.   float32 (h, w) -> float32 (h, w), 0..1

        Noise spread by a Gaussian, as a pixel is by itself and grain by its size, has a variance of one over the
        Gaussian's; that of a disc is radius² / 4 along each axis, and variances of what spreads add.
        """
        spread = np.float32(PIXEL_VARIANCE + self.size_px**2)
        return np.asarray(spread / (spread + np.square(radius_px) / 4), np.float32)


def measure_grain(pixels: Pixels) -> Grain | None:
    """The grain of a photo, uint8 (H, W, 3); None if it has none, or no place is even enough to tell."""
    patches = _patches(pixels)
    if patches is None:
        return None
    means, residues = _residues(patches)
    variance = np.square(residues).mean((1, 2, 3))
    plausible = (means > 5) & (means < 250) & (variance < MOST_LEVEL**2)  # few are, in most photos
    means, residues, variance = means[plausible], residues[plausible], variance[plausible]
    even = _correlation(residues, FAR_PX) < FAR_CORRELATION * variance
    if even.sum() < max(LEAST_COUNT, LEAST_SHARE * len(patches)):
        return None
    levels = np.sqrt(variance[even])
    typical = float(np.percentile(levels, FLOOR))
    alike = np.flatnonzero(even)[np.abs(levels - typical) < ALIKE * typical]
    if not LEAST_LEVEL <= typical <= MOST_LEVEL or len(alike) < LEAST_ALIKE * even.sum():
        return None
    kept = residues[alike]
    near = float((_correlation(kept, 1) / variance[alike]).mean())
    together = kept.mean(1)
    common = (3 * float(np.square(together).mean() / np.square(kept).mean()) - 1) / 2
    size_px = 0.5 / math.sqrt(-math.log(min(near, 0.9))) if near > 0.02 else 0.0
    # The few lowest lie below the level by chance, the more so the coarser the grain; the middle of the like does not.
    level = _level_by_brightness(means[even], levels, typical) * (np.sqrt(np.median(variance[alike])) / typical)
    return Grain(level.astype(np.float32), size_px, min(max(common, 0.0), 1.0))


def grain_field(grain: Grain) -> Shorts:
    """Grain of level 1, in FIELD_UNITs, which goes on from each border of FIELD_PX × FIELD_PX at the opposite one.

    Returns int16 (FIELD_PX, FIELDS * FIELD_PX, 3).
    """
    own, of_all = _white_noise()
    mixed = cv2.addWeighted(own, math.sqrt(1 - grain.common), cv2.merge([of_all] * 3), math.sqrt(grain.common), 0)
    around = math.ceil(4 * grain.size_px) + 1
    wrapped = cv2.copyMakeBorder(mixed, around, around, around, around, cv2.BORDER_WRAP)
    if grain.size_px:
        wrapped = cv2.GaussianBlur(wrapped, (0, 0), grain.size_px)
    field = np.asarray(wrapped[around:-around, around:-around], np.float32)
    field = field / (field.std() * np.float32(FIELD_UNIT))
    np.clip(field, -MOST_DEVIATIONS / FIELD_UNIT, MOST_DEVIATIONS / FIELD_UNIT, out=field)
    return np.tile(np.rint(field).astype(np.int16), (1, FIELDS, 1))


def with_grain(pixels: Pixels, field: Shorts, level: Shorts, top: int, left: int) -> Pixels:
    """A part of a picture, uint8 (h, w, 3), and grain.

    field: see grain_field.   level: int16 (h, w), in LEVEL_UNITs; where it is 0, the picture stays as it is.
    top, left: of the part in the picture; no multiple of FIELD_PX lies within top .. top + h.
    """
    y, x = top % FIELD_PX, left % FIELD_PX
    here = field[y : y + len(pixels), x : x + pixels.shape[1]]
    grain = np.multiply(here, np.asarray(cv2.merge([level] * 3), np.int16), dtype=np.int16)
    grain += 128
    grain >>= 8
    near_0 = cv2.add((pixels ^ MIDDLE).view(np.int8), grain.astype(np.int8))  # which stops at the ends of what it holds
    return np.asarray(near_0.view(np.uint8) ^ MIDDLE, np.uint8)


def round_with_grain(code: Words, out: Pixels, level: Shorts, field: Shorts, top: int) -> None:
    """Add grain to bands of whole rows of a picture, and round them: grain is as good as dither.

    code: uint16 (n, f, W, 3), in 256ths of a code value, overwritten; f divides FIELD_PX.   out: uint8 of that shape,
    the result.   level: int16 (n, W, 3), of each band, in LEVEL_UNITs.   field: see grain_field.   top: of the first
    band, in bands.
    """
    count, height, width, _ = code.shape
    grain = np.empty(code.shape, np.int16)
    fields = field.reshape(-1, height, *field.shape[1:])
    for start in range(-(top % len(fields)), count, len(fields)):  # where the noise begins again
        bands = slice(max(start, 0), min(start + len(fields), count))
        noise = fields[bands.start - start : bands.stop - start]
        for left in range(0, width, field.shape[1]):
            across = slice(left, left + field.shape[1])
            np.multiply(noise[:, :, : width - left], level[bands, None, across], out=grain[bands, :, across])
    signed = code.view(np.int16).reshape(-1, width, 3)
    cv2.add(signed, grain.reshape(signed.shape), signed)  # stops at the ends of an int16
    code >>= 8
    out[:] = code
    out ^= MIDDLE


@lru_cache(maxsize=1)
def _white_noise() -> tuple[Floats, Floats]:
    """Of each channel, float32 (FIELD_PX, FIELD_PX, 3), and of all alike, float32 (FIELD_PX, FIELD_PX)."""
    noise = np.random.default_rng(0).standard_normal((FIELD_PX, FIELD_PX, 4), np.float32)
    return np.ascontiguousarray(noise[..., :3]), np.ascontiguousarray(noise[..., 3])


def _patches(pixels: Pixels) -> Floats | None:
    """Patches spread evenly over a photo, float32 (n, 3, PATCH_PX, PATCH_PX); None if it is too small."""
    height, width = pixels.shape[:2]
    if min(height, width) < 2 * PATCH_PX:
        return None
    down, across = (
        np.linspace(0, size - PATCH_PX, min(PATCHES, size // PATCH_PX)).astype(int) for size in (height, width)
    )
    found = np.stack([pixels[y : y + PATCH_PX, x : x + PATCH_PX] for y in down for x in across])
    return np.ascontiguousarray(found.transpose(0, 3, 1, 2), np.float32)


def _residues(patches: Floats) -> tuple[Floats, Floats]:
    """Each patch's mean, (n,), and what a plane fitted to it leaves, (n, 3, PATCH_PX, PATCH_PX)."""
    slope = np.linspace(-1, 1, PATCH_PX, dtype=np.float32)
    flat, down, across = np.ones(PATCH_PX**2, np.float32), np.repeat(slope, PATCH_PX), np.tile(slope, PATCH_PX)
    plane = np.stack([part / np.linalg.norm(part) for part in (flat, down, across)])  # at right angles to each other
    each = patches.reshape(-1, PATCH_PX**2)
    found = each @ plane.T
    residues = np.asarray(each - found @ plane, np.float32).reshape(patches.shape)
    return found[:, 0].reshape(-1, 3).mean(1) / np.float32(PATCH_PX), residues


def _correlation(residues: Floats, lag: int) -> Floats:
    """The mean product of each patch's pixels `lag` apart, along both axes.   -> (n,)"""
    down = (residues[:, :, lag:] * residues[:, :, :-lag]).mean((1, 2, 3))
    across = (residues[..., lag:] * residues[..., :-lag]).mean((1, 2, 3))
    return np.asarray((down + across) / 2, np.float32)


def _level_by_brightness(means: Floats, levels: Floats, typical: float) -> Floats:
    """The level at each brightness, 0..255, from that of even patches; 0 where a photo is clipped, and has none."""
    middles, found = [], []
    for low, high in pairwise(BANDS):
        here = levels[(means >= low) & (means < high)]
        if len(here) >= LEAST_COUNT:
            middles.append((low + high) / 2)
            found.append(min(float(np.percentile(here, FLOOR)), 2 * typical))
    codes = np.arange(256)
    level = np.interp(codes, middles, found) if found else np.full(256, typical)
    unclipped = np.clip(np.minimum(codes, 255 - codes) / 8, 0, 1)
    return np.asarray(level * unclipped, np.float32)
