"""From the subject's score to its area: the threshold, and which parts belong."""

from __future__ import annotations

import cv2
import numpy as np

from ..arrays import Bools, Floats

# Where even the likest-border fifth of the outside is this unlike the border, as a share of the inside's mean, the
# outside is no background. .50 to .62 make no difference.
FRAME_FILLED, LIKEST_OUTSIDE_PERCENTILE = 0.56, 20
# What is left of the threshold then: losing part of the subject is worse than keeping background.
FRAME_FILLED_FACTOR = 0.25
# A part with less than this share of the largest part's score is dropped.
SMALL_PART = 0.1
# A hole smaller than this share of the picture is filled.
SMALL_HOLE = 0.02


def otsu_threshold(score: Floats) -> float:
    """Otsu's threshold (1979) of a map in 0..1, to 1/255."""
    levels = (score * 255).astype(np.uint8)
    return float(cv2.threshold(levels, 0, 255, cv2.THRESH_OTSU)[0]) / 255


def fills_frame(inside: Bools, unlike_border: Floats) -> bool:
    """Whether the subject fills the frame, or nothing is the subject, so that Otsu's threshold splits what is one.

    Otsu always finds two classes, if need be within the subject itself. There is only one when what would be cut away
    is nearly as unlike the border as what would be kept.
    inside: bool (h, w), above Otsu's threshold.   unlike_border: float32 (h, w), from border_distance.
    """
    if not inside.any() or inside.all():
        return False
    outside = np.percentile(unlike_border[~inside], LIKEST_OUTSIDE_PERCENTILE)
    return bool(outside > FRAME_FILLED * unlike_border[inside].mean())


def keep_parts(area: Bools, score: Floats) -> Bools:
    """Drop parts of little score beside the heaviest one; fill small holes.   bool (h, w) -> bool (h, w)."""
    return fill_holes(drop_light_parts(area, score))


def drop_light_parts(area: Bools, score: Floats) -> Bools:
    """The connected parts with SMALL_PART or more of the heaviest one's score.   bool (h, w) -> bool (h, w)."""
    count, part = cv2.connectedComponents(area.astype(np.uint8), connectivity=4)
    weight = np.bincount(part.ravel(), weights=score.ravel(), minlength=count)
    weight[0] = 0  # the outside
    kept: Bools = (weight >= SMALL_PART * weight.max())[part] & area
    return kept


def fill_holes(area: Bools, largest: float = SMALL_HOLE, score: Floats | None = None, least_score: float = 0) -> Bools:
    """Fill what the area encloses.   bool (h, w) -> bool (h, w).

    largest: share of the picture; as large a hole stays.   score: if given, a hole with a lower mean stays, too.
    """
    count, hole, stats, _ = cv2.connectedComponentsWithStats((~area).astype(np.uint8), connectivity=4)
    size = stats[:, cv2.CC_STAT_AREA]
    fill = size < largest * area.size
    if score is not None:
        fill &= np.bincount(hole.ravel(), weights=score.ravel(), minlength=count) >= least_score * size
    fill[np.concatenate([hole[0], hole[-1], hole[:, 0], hole[:, -1]])] = False  # open to the border
    filled: Bools = area | fill[hole]
    return filled
