"""Where to cut the score: Otsu's criterion, with what is known of subjects before it is looked at.

Otsu's threshold parts the levels best; it does not know that a subject seldom takes the picture's left and right
border, nor that losing part of one is worse than keeping background. Each level of each score offered is judged by all
of that, and the best one is the cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..arrays import Floats, Pixels

# What counts beside the share of the score's variance that a cut explains (0..1), for each unit of: the share of the
# left and right border inside, the share of the picture inside, and the level itself. docs/mask.md has the plateau.
SIDES, AREA, LEVEL = -0.4, 0.6, -0.1
LEVELS = 256
# By how much another cut must be the better one to take a cut's place, and how much of both areas they must share, or
# it is of another thing.
MARGIN, LEAST_SHARED = 0.12, 0.2


@dataclass(frozen=True)
class Cut:
    """A score, float32 (h, w), 0..1, the threshold to cut it at, and how good that cut is.

    quality: about 0 to 1.3; 0 of a constant score, above whose threshold there is nothing.
    """

    score: Floats
    threshold: float
    quality: float


def best_cut(scores: Sequence[Floats]) -> Cut:
    """The best cut of any of the scores, each float32 (h, w), 0..1."""
    return max((_cut(score) for score in scores), key=lambda cut: cut.quality)


def overrules(other: Cut, cut: Cut) -> bool:
    """Whether another cut of the same thing is so much better that it takes a cut's place."""
    if other.quality <= cut.quality + MARGIN:
        return False
    one, two = (c.score > c.threshold for c in (other, cut))
    return bool((one & two).sum() > LEAST_SHARED * (one | two).sum())


def otsu_threshold(score: Floats) -> float:
    """Otsu's threshold (1979) of a map in 0..1, to 1/255."""
    levels = (score * 255).astype(np.uint8)
    return float(cv2.threshold(levels, 0, 255, cv2.THRESH_OTSU)[0]) / 255


def _cut(score: Floats) -> Cut:
    levels = np.ceil(score * (LEVELS - 1)).astype(np.uint8)  # above t exactly where the score is above t / 255
    count = np.bincount(levels.ravel(), minlength=LEVELS)
    value = np.arange(LEVELS) / (LEVELS - 1)
    inside = 1 - count.cumsum() / count.sum()  # the share of the picture above each level
    weight = count * value / count.sum()
    mean, above = weight.sum(), weight.sum() - weight.cumsum()
    variance = float((count * (value - mean) ** 2).sum() / count.sum())
    splits = (inside > 0) & (inside < 1)
    if not splits.any() or variance < 1 / LEVELS**2:  # all of one level, or nearly: nothing stands out
        return Cut(score, float(score.max()), 0.0)
    between = (above - inside * mean)[splits] ** 2 / (inside * (1 - inside))[splits]
    quality = np.full(LEVELS, -np.inf)
    quality[splits] = between / variance + (SIDES * _sides(levels) + AREA * inside + LEVEL * value)[splits]
    best = int(quality.argmax())
    return Cut(score, best / (LEVELS - 1), float(quality[best]))


def _sides(levels: Pixels) -> npt.NDArray[np.float64]:
    """The share of the left and right border above each level."""
    count = np.bincount(levels[:, [0, -1]].ravel(), minlength=LEVELS)
    return np.asarray(1 - count.cumsum() / count.sum())
