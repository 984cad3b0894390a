"""Depth without a map: where the subject stands on visible ground, disparity falls with the height above its feet.

On a plane seen in perspective, disparity is linear in the row of the picture: that of the subject at its feet, more
before it, and less behind it, up to where the ground ends. Of what is above that edge it is only assumed to be far.

The estimate is modest, as it has no more to go by than the mask and the colours. It asks for feet with ground before
them, and for an edge across the picture above which everything is of another colour or texture, on both sides of the
subject alike. A subject that leaves the picture at the bottom stands on nothing that is seen.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from ..arrays import Bools, Floats, Pixels
from ..photo.depth import DepthMap
from ..photo.preview import shrunk_by_halves

LONGER_PX = 160  # of the copy on which the ground is sought
LEAST_PART = 0.1  # of the subject's largest part: a smaller one is no foot
MOST_FEET = 0.98  # of the height: feet below it leave no ground before them
EDGE_ABOVE_FEET = 0.04  # of the height, at least
LEAST_EITHER = 0.03  # of the picture must lie above the edge, and below it, to be compared
# How far apart what is above and below must be, in standard deviations of either; how much of that difference lies
# right at the edge (a sky that only fades has none), and on that side of the subject where there is less of it.
LEAST_APART, LEAST_STEP, LEAST_SIDE = 1.2, 0.22, 0.5
NOISE = 4.0  # variance of a feature that says nothing, so that a smooth picture does not seem to fall into two
SUBJECT_DISPARITY = 0.5  # at least: then the farthest background has the whole blur


class Edge(NamedTuple):
    """A row that parts a picture in two, and the difference between both: of the features, and in deviations."""

    row: int
    difference: Floats
    apart: float


def estimate_ground(alpha: Pixels, pixels: Pixels) -> DepthMap | None:
    """The disparity of the ground on which the subject stands; None where the evidence is weak.

    alpha: uint8 (H, W), 255 subject.   pixels: uint8 (h, w, 3), RGB, the photo at any size.
    """
    scale = LONGER_PX / max(pixels.shape[:2])
    height, width = (max(8, round(side * scale)) for side in pixels.shape[:2])
    share = shrunk_by_halves(alpha, width, height)
    subject = _large_parts(share >= 128)
    if not subject.any():
        return None
    feet = int(np.flatnonzero(subject.any(1))[-1]) + 1
    if feet > MOST_FEET * height:
        return None
    free = cv2.dilate(share, np.ones((5, 5), np.uint8)) <= 12
    features = _features(shrunk_by_halves(pixels, width, height))
    edge = _edge_above(feet, features, free)
    if edge is None or edge.apart < LEAST_APART:
        return None
    along: Floats = np.tensordot(edge.difference, features, 1)  # 1 between the means of both parts
    if step_at(edge.row, along, free) < LEAST_STEP or less_of_both_sides(edge.row, along, free) < LEAST_SIDE:
        return None
    return DepthMap(_plane(edge.row / height, feet / height, subject), "ground")


def _large_parts(subject: Bools) -> Bools:
    _, part, stats, _ = cv2.connectedComponentsWithStats(subject.astype(np.uint8))
    areas = stats[:, cv2.CC_STAT_AREA]
    large = areas >= LEAST_PART * areas[1:].max(initial=0)
    large[0] = False  # the outside
    return np.asarray(large[part], bool)


def _features(pixels: Pixels) -> Floats:
    """Colour (CIE L*a*b*) and the strength of texture.   uint8 (h, w, 3) -> float32 (4, h, w)"""
    lab = cv2.cvtColor(pixels.astype(np.float32) * np.float32(1 / 255), cv2.COLOR_RGB2LAB)
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = cv2.GaussianBlur(np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 1.5)), (0, 0), 2)
    return np.stack([*cv2.split(lab), 10 * np.log1p(detail)])


def _edge_above(feet: int, features: Floats, free: Bools) -> Edge | None:
    """The row above the feet that best parts what is free of the subject in two (Otsu's criterion, over all features).

    features: float32 (n, h, w).   free: bool (h, w).
    """
    height, counted = len(free), np.where(free, features, np.float64(0))
    of_rows = (free.sum(1, dtype=np.float64)[:, None], counted.sum(2).T, np.square(counted).sum(2).T)
    count, total, squares = (np.cumsum(x, axis=0) for x in of_rows)
    rows = np.arange(round(0.08 * height), feet - max(2, round(EDGE_ABOVE_FEET * height)))
    rows = rows[np.minimum(count[rows - 1, 0], count[-1, 0] - count[rows - 1, 0]) >= LEAST_EITHER * free.size]
    if not rows.size:
        return None
    above = count[rows - 1]
    below = count[-1] - above
    mean_above, mean_below = total[rows - 1] / above, (total[-1] - total[rows - 1]) / below
    spread = squares[-1] - above * mean_above**2 - below * mean_below**2
    difference = (mean_below - mean_above) / (spread / (above + below) + NOISE)
    apart = np.sqrt(((mean_below - mean_above) * difference).sum(1))
    best = np.argmax(apart * np.sqrt(above * below)[:, 0] / (above + below)[:, 0])
    if not apart[best] > 0:
        return None
    return Edge(int(rows[best]), (difference[best] / apart[best] ** 2).astype(np.float32), float(apart[best]))


def step_at(edge: int, along: Floats, free: Bools) -> float:
    """How much of the whole difference lies between neighbouring rows, at the steepest place near the edge.

    edge: its row.   along: float32 (h, w), the features along the difference.   free: bool (h, w).
    """
    height, near = len(free), max(2, len(free) // 24)
    count, total = (np.cumsum([0, *x.sum(1, dtype=np.float64)]) for x in (free, along * free))  # of the rows above each
    rows = np.arange(max(near, edge - near), min(height - near, edge + near) + 1)
    above, below = count[rows] - count[rows - near], count[rows + near] - count[rows]
    seen = (above > 0) & (below > 0)
    rows, above, below = rows[seen], above[seen], below[seen]
    steps = (total[rows + near] - total[rows]) / below - (total[rows] - total[rows - near]) / above
    return float(steps.max(initial=0))


def less_of_both_sides(edge: int, along: Floats, free: Bools) -> float:
    """How much of the difference there is in the left and in the right third of the picture, the smaller of both.

    Parameters as for `step_at`.
    """
    third, found = free.shape[1] // 3, []
    for side in (slice(0, third), slice(-third, None)):
        above, below = (along[part, side][free[part, side]] for part in (slice(0, edge), slice(edge, None)))
        if min(above.size, below.size) > 0.005 * free.size:
            found.append(float(below.mean() - above.mean()))
    return min(found, default=0.0)


def _plane(edge: float, feet: float, subject: Bools) -> Floats:
    """Disparity of a plane that ends at the row `edge` and carries the subject at the row `feet`, both of the height.

    Nothing above the edge; the subject is as near as its feet. Where the edge is so close above the feet that the plane
    would fall within a few rows, the ground has an end there, not its horizon: before the feet it rises more slowly, up
    to 1 at the lower border, or else all that is right before the feet would be lost.
    """
    at_feet = max(SUBJECT_DISPARITY, (feet - edge) / (1 - edge))
    rows = (np.arange(len(subject), dtype=np.float32) + 0.5) / len(subject)
    disparity = np.clip(at_feet * (rows - edge) / (feet - edge), 0, 1)
    before = at_feet + (1 - at_feet) * (rows - feet) / (1 - feet)
    disparity = np.where(rows > feet, np.minimum(disparity, before), disparity)
    return np.where(subject, np.float32(at_feet), disparity[:, None]).astype(np.float32)
