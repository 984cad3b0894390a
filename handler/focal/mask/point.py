"""The subject under a point: the part of the mask there, or what grows from there."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from ..arrays import Bools, Floats
from .evidence import Evidence, diffuse_twice
from .parts import keep_parts
from .photo_graph import PhotoGraph
from .seed import clip_brightest
from .threshold import otsu_threshold

Point = tuple[float, float]

# Of the longer side: how far from the point the seed counts for what grows from it (docs/decisions.md).
REACH_FRAC = 0.15
# Of the longer side: what is the subject whatever it shows.
CLICKED_FRAC = 0.02
# Of the score at the point: the threshold must lie below it.
LEAST_BELOW = 0.9
# Below this confidence, a part of the mask may be less than what grows from a point in it.
DOUBTFUL = 0.5


def area_at_point(
    point: Point, area: Bools, graph: PhotoGraph, evidence: Evidence, confidence: Callable[[Bools], float]
) -> Bools:
    """The subject under a point.

    Within the area that stands out by itself, it is the connected part that holds the point; where that part is
    doubtful and what grows from the point within it less so, it is this. Elsewhere it is what grows from the point,
    with all parts of the area that this overlaps: the point was then a missed piece of them.
    point: (x, y), fractions of width and height.   area: bool (h, w).   confidence: of an area, 0..1.
    Returns bool (h, w), true at the point.
    """
    y, x = pixel_of(point, area.shape)
    part = _parts(area)
    here = np.asarray((part == part[y, x]) & area)
    if area[y, x] and confidence(here) >= DOUBTFUL:
        return here
    score = score_near(point, graph, evidence)
    if area[y, x]:
        return max(here, grow(point, score, here), key=confidence)
    grown = grow(point, score, np.ones_like(area))
    overlapped = np.unique(part[grown & area])
    return keep_parts(grown | np.isin(part, overlapped), score)


def score_near(point: Point, graph: PhotoGraph, evidence: Evidence) -> Floats:
    """The score, float32 (h, w), 0..1, that the seed near the point alone makes on the same graph."""
    distance = _distance(point, evidence.seed.shape)
    near = np.exp(-(distance**2) / (2 * REACH_FRAC**2)).astype(np.float32)
    return graph.score(diffuse_twice(clip_brightest(evidence.seed * near), graph.diffuse))


def grow(point: Point, score: Floats, bounds: Bools) -> Bools:
    """The part of the score above Otsu's threshold that holds the point, within bounds, bool (h, w), without holes."""
    y, x = pixel_of(point, score.shape)
    threshold = min(otsu_threshold(score), LEAST_BELOW * float(score[y, x]))
    grown = _parts(((score > threshold) | (_distance(point, score.shape) <= CLICKED_FRAC)) & bounds)
    return keep_parts(grown == grown[y, x], score)


def sharp_at_point(point: Point, mask: Floats) -> Floats:
    """The mask, float32 (h, w), raised to 1 at the point and right around it."""
    distance = _distance(point, mask.shape)
    return np.asarray(np.maximum(mask, np.clip(2 - distance / CLICKED_FRAC, 0, 1)))


def _parts(area: Bools) -> npt.NDArray[np.int32]:
    """The number of the connected part that each place belongs to; 0 outside."""
    return np.asarray(cv2.connectedComponents(area.astype(np.uint8), connectivity=4)[1], np.int32)


def pixel_of(point: Point, size: tuple[int, ...]) -> tuple[int, int]:
    """Row and column of a point on a grid (h, w)."""
    x, y = point
    return min(size[0] - 1, int(y * size[0])), min(size[1] - 1, int(x * size[1]))


def _distance(point: Point, size: tuple[int, ...]) -> Floats:
    """From the point to the middle of each place of a grid (h, w), of its longer side."""
    height, width = size
    y, x = np.mgrid[:height, :width].astype(np.float32) + np.float32(0.5)
    return np.asarray(np.hypot(y - point[1] * height, x - point[0] * width) / max(size), np.float32)
