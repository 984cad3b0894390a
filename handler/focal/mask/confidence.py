"""How far a mask can be trusted, told from the mask and the graph that it came from.

Four things set good masks apart from bad ones (docs/mask.md): the graph gives a good mask back when the mask itself is
diffused over it; a good mask leaves the left and the right border of the picture alone; the score that it was cut from
parts clearly there; and a good mask is one piece. A mask of somebody that has nothing to do with the clothes that the
classifier sees is a head without its body, or something else. Of people it counts instead how far the mask is what the
person network sees.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np

from ..arrays import Bools, Floats

# Fitted to true IoUs by logistic regression, docs/mask.md: weights of agreement (in log-odds), sides, quality and the
# logarithm of the number of parts.
AGREEMENT, SIDES, QUALITY, PARTS, BIAS = 0.7, -3.6, 3.4, -0.8, -2.85
# What a mask loses in log-odds for each unit that it is less correlated with what is worn than nearly all good ones:
# 5 to 20, and .2 to .3, are alike.
CLOTHES, LEAST_CLOTHED = 10.0, 0.25
# And for people: weights of the agreement with the person network's map (in log-odds) and of sides.
PEOPLE_AGREEMENT, PEOPLE_SIDES, PEOPLE_BIAS = 1.45, -1.45, -0.65
# What a map that is alike everywhere deviates from its mean by, at most.
ROUNDING = 1e-6
# Of the picture: a smaller part is a speck.
SPECK = 0.003
# Added to agreement and disagreement, so that the log-odds of none and of all are finite.
LEAST_ODDS = 0.02


def mask_confidence(
    area: Bools,
    quality: float,
    diffuse: Callable[[Floats], Floats],
    grid: tuple[int, ...],
    worn: Floats | None = None,
) -> float:
    """An estimate of the IoU of the subject's area with the true one, 0..1.

    area: bool (h, w).   quality: of the cut that the area comes from, see `Cut`.
    diffuse: the diffusion, float32 (r·c,) -> (r·c,), over the graph of the cells of a grid (r, c).
    worn: float32 (h', w'), 0..1, where something is worn that the area should have; None if that is not known.
    """
    odds = _log_odds(graph_agreement(area, diffuse, grid))
    parts = PARTS * math.log(part_count(area))
    unclothed = 0.0 if worn is None else max(0.0, LEAST_CLOTHED - correlation(area, worn))
    clothes = -CLOTHES * unclothed
    return _share(AGREEMENT * odds + SIDES * side_share(area) + QUALITY * quality + parts + clothes + BIAS)


def common_confidence(one: float, other: float) -> float:
    """How far a mask can be trusted that took another one's place, from both confidences: their mean, in log-odds."""
    return _share((math.log(one / (1 - one)) + math.log(other / (1 - other))) / 2)


def people_confidence(area: Bools, everybody: Bools, person: Floats) -> float:
    """The same for people.

    area: bool (h, w), those who are kept.   everybody: bool (h, w), them and bystanders.
    person: float32 (h, w), 0..1, the person network's map; bystanders are in it.
    """
    odds = _log_odds(soft_iou(np.asarray(everybody, np.float32), person))
    return _share(PEOPLE_AGREEMENT * odds + PEOPLE_SIDES * side_share(area) + PEOPLE_BIAS)


def graph_agreement(area: Bools, diffuse: Callable[[Floats], Floats], grid: tuple[int, ...]) -> float:
    """Soft IoU of the area, on the grid, with what the diffusion makes of it; 0 if it is nothing or everything.

    An area that cuts through cells much alike bleeds out over its edge and fades within.
    """
    if area.all() or not area.any():
        return 0.0
    cells = cv2.resize(area.astype(np.float32), grid[::-1], interpolation=cv2.INTER_AREA)
    cells = np.asarray(cells, np.float32).ravel()
    return soft_iou(cells, diffuse(cells))


def correlation(area: Bools, likely: Floats) -> float:
    """Pearson's, of an area, bool (h, w), and how likely each place is, float32 (h', w'); 0 if either is constant."""
    spread = cv2.resize(likely, area.shape[::-1], interpolation=cv2.INTER_LINEAR)
    share, deviation = float(area.mean()), spread - spread.mean(dtype=np.float64)
    deviations = math.sqrt(share * (1 - share)) * math.sqrt(float(np.square(deviation).mean()))
    return float(deviation[area].sum()) / area.size / deviations if deviations > ROUNDING else 0.0


def soft_iou(a: Floats, b: Floats) -> float:
    """How far two maps of one shape, 0..1, are the same: Σ min / Σ max; 1 if both are empty."""
    union = float(np.maximum(a, b).sum())
    return float(np.minimum(a, b).sum()) / union if union else 1.0


def side_share(area: Bools) -> float:
    """How much of the picture's left and right border the area takes, 0..1."""
    return float(area[:, [0, -1]].mean())


def part_count(area: Bools) -> int:
    """How many separate parts an area, bool (h, w), has, but for specks; at least 1.

    Told by the outlines, in a seventh of the time that labelling every place takes.
    """
    outlines, _ = cv2.findContours(area.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return max(1, sum(cv2.contourArea(outline) >= SPECK * area.size for outline in outlines))


def _log_odds(share: float) -> float:
    return math.log((share + LEAST_ODDS) / (1 - share + LEAST_ODDS))


def _share(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
