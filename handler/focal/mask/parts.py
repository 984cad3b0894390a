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
    count, part = cv2.connectedComponents(area.astype(np.uint8), connectivity=4)
    weight = np.bincount(part.ravel(), weights=score.ravel(), minlength=count)
    weight[0] = 0  # the outside
    kept = (weight >= SMALL_PART * weight.max())[part] & area
    _, hole, stats, _ = cv2.connectedComponentsWithStats((~kept).astype(np.uint8), connectivity=4)
    fill = stats[:, cv2.CC_STAT_AREA] < SMALL_HOLE * area.size
    fill[np.concatenate([hole[0], hole[-1], hole[:, 0], hole[:, -1]])] = False  # open to the border
    parts: Bools = kept | fill[hole]
    return parts
