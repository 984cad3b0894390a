"""Whose colours a place has: those of one area of a photo, or those of the rest; anywhere in the photo, or nearby.

Anywhere, it is the ratio of two histograms of colour (Swain and Ballard, "Color Indexing", 1991, there of a thing and
of the whole picture): it knows nothing of shapes, so that it is a witness apart from the networks, which know too much
of them. A gap between arm and body has the colours of what is behind, wherever a network believes that a body is whole.
Nearby, a normal distribution is enough for each of the two: a dark window beside fair hair is the background's,
although the trousers are dark, too.
"""

from __future__ import annotations

from itertools import combinations_with_replacement

import cv2
import numpy as np
import numpy.typing as npt

from ..arrays import Bools, Floats

ColourBins = npt.NDArray[np.int32]

# Of each of the three Lab channels, smoothed by a bin: 16 to 64 are alike.
BINS = 32
SMOOTHING = np.array([0.25, 0.5, 0.25], np.float32)
# Added to the share of an area that has a colour: one that neither has is as much of the one as of the other.
LEAST_SHARE = 1e-3
# The windows of what is nearby, in pixels of the guide halved: 5 to 12 are alike. Its steps would hardly show at full
# size, for four times the time.
NEARBY_PX, HALF = 10, 2
# Added to the variance of each channel, of Lab from 0 to 1: .001 to .01 are alike.
LEAST_VARIANCE = 2e-3
# Of a window: with less of an area in it, nothing is known of the area's colours there. .005 to .1 are alike.
LEAST_IN_WINDOW = 0.02
# More are as good as certain.
LARGEST_ODDS = 20
# From here on, a place has the first area's colours: .45 to .55 are alike.
OWN = 0.5


def colour_bins(guide: Floats) -> ColourBins:
    """Which of the BINS³ colours each place has: int32 (h, w).   guide: float32 (h, w, 3), 0..1, the photo."""
    lab = cv2.cvtColor((guide * 255).astype(np.uint8), cv2.COLOR_RGB2LAB) // (256 // BINS)
    lightness, a, b = cv2.split(lab)
    bins: ColourBins = (lightness.astype(np.int32) * BINS + a) * BINS + b
    return bins


def own_colours(colours: ColourBins, area: Bools, rest: Bools) -> Floats:
    """How far each place has an area's colours rather than those of the rest.

    colours: int32 (h, w), by colour_bins.   area, rest: bool (h, w); what is in neither is not asked.
    Returns float32 (h, w), 0..1.
    """
    inside, outside = (_shares(colours[places]) for places in (area, rest))
    return (inside / (inside + outside)).take(colours)


def nearby_own_colours(guide: Floats, area: Bools, rest: Bools) -> Floats:
    """The same by the colours nearby, .5 where one of the two is not near.

    guide: float32 (h, w, 3), 0..1, the photo.   area, rest, and what is returned: as for own_colours.
    """
    height, width = guide.shape[:2]
    size = max(1, width // HALF), max(1, height // HALF)
    halved, *weights = (
        np.asarray(cv2.resize(x, size, interpolation=cv2.INTER_AREA), np.float32)
        for x in (guide, *(places.astype(np.float32) for places in (area, rest)))
    )
    lab = np.asarray(cv2.cvtColor(halved, cv2.COLOR_RGB2LAB), np.float32)
    planes = np.ascontiguousarray((lab / np.float32(100)).transpose(2, 0, 1))
    (inside, inside_near), (outside, outside_near) = (_log_density(planes, weight) for weight in weights)
    odds = np.where(np.minimum(inside_near, outside_near) >= LEAST_IN_WINDOW, outside - inside, 0)
    own = 1 / (1 + np.exp(np.clip(odds, -LARGEST_ODDS, LARGEST_ODDS)))
    return np.asarray(cv2.resize(own.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _log_density(planes: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """How dense each place's colour is in the normal distribution of the colours of an area around it, and its share.

    planes: float32 (3, h, w).   weight: float32 (h, w), 0..1, the area.
    Returns float32 (h, w) twice: the logarithm of the density but for a constant; the share of the window, 0..1.
    """
    share = _window_mean(weight)
    some = np.maximum(share, np.float32(LEAST_IN_WINDOW))  # where there is less, it is not asked
    weighted = weight * planes
    mean = np.stack([_window_mean(plane) / some for plane in weighted])
    ll, la, lb, aa, ab, bb = (
        _window_mean(weighted[i] * planes[j]) / some - mean[i] * mean[j] + np.float32(LEAST_VARIANCE if i == j else 0)
        for i, j in combinations_with_replacement(range(3), 2)
    )
    lightness, a, b = planes - mean
    # LDLᵀ of the covariance, as in the guided filter: its pivots have the determinant.
    a_of_l, b_of_l = la / ll, lb / ll
    aa, ab, bb = aa - a_of_l * la, ab - a_of_l * lb, bb - b_of_l * lb
    b_of_a = ab / aa
    bb = bb - b_of_a * ab
    a = a - a_of_l * lightness
    b = b - b_of_l * lightness - b_of_a * a
    return -(lightness * lightness / ll + a * a / aa + b * b / bb + np.log(ll * aa * bb)) / 2, share


def _window_mean(plane: Floats) -> Floats:
    """The mean of the window around each place of float32 (h, w), where nothing lies beyond the border."""
    side = 2 * NEARBY_PX + 1
    return np.asarray(cv2.boxFilter(plane, -1, (side, side), borderType=cv2.BORDER_CONSTANT), np.float32)


def _shares(colours: ColourBins) -> Floats:
    """The share of each colour among some, float32 (BINS³,), > 0.   colours: int32 (n,)."""
    count = np.bincount(colours, minlength=BINS**3).astype(np.float32) / max(1, colours.size)
    cube = cv2.sepFilter2D(count.reshape(BINS, BINS, BINS), -1, SMOOTHING, SMOOTHING, borderType=cv2.BORDER_REPLICATE)
    rows = cv2.sepFilter2D(
        cube.reshape(BINS * BINS, BINS), -1, SMOOTHING, np.ones(1, np.float32), borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(rows.ravel() + np.float32(LEAST_SHARE), np.float32)
