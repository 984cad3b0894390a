"""The subject under a point: the part of the mask there, or what grows from there."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .cell_graph import Floats
from .subject_evidence import Evidence, diffuse_twice, score_of_cells
from .subject_parts import keep_parts, otsu_threshold
from .subject_seed import clip_brightest

Bools = npt.NDArray[np.bool_]
Point = tuple[float, float]

# Of the longer side: how far from the point the seed counts for what grows from it (docs/quality.md).
REACH_FRAC = 0.15
# Of the longer side: what is the subject whatever it shows.
CLICKED_FRAC = 0.02


def area_at_point(point: Point, area: Bools, evidence: Evidence) -> Bools:
    """The subject under a point.

    Within the area that stands out by itself, it is the connected part that holds the point. Elsewhere the seed is
    taken near the point alone, and diffused over the same graph: its part under the point, together with the parts of
    the area that this one overlaps, of which the point was then a missed piece.
    point: (x, y), fractions of width and height.   area: bool (h, w).   Returns bool (h, w), true at the point.
    """
    y, x = _pixel(point, area.shape)
    part = _parts(area)
    if area[y, x]:
        return np.equal(part, part[y, x])
    distance = _distance(point, evidence.seed.shape)
    near = np.exp(-(distance**2) / (2 * REACH_FRAC**2)).astype(np.float32)
    score = score_of_cells(diffuse_twice(clip_brightest(evidence.seed * near), evidence.diffuse), evidence.guide)
    threshold = min(otsu_threshold(score), 0.9 * float(score[y, x]))
    grown = (score > threshold) | (_distance(point, area.shape) <= CLICKED_FRAC)
    grown = np.equal(_parts(grown), _parts(grown)[y, x])
    overlapped = np.unique(part[grown & area])
    return keep_parts(grown | np.isin(part, overlapped), score)


def sharp_at_point(point: Point, mask: Floats) -> Floats:
    """The mask, float32 (h, w), raised to 1 at the point and right around it."""
    distance = _distance(point, mask.shape)
    return np.maximum(mask, np.clip(2 - distance / CLICKED_FRAC, 0, 1))


def _parts(area: Bools) -> npt.NDArray[np.int32]:
    """The number of the connected part that each place belongs to; 0 outside."""
    return np.asarray(cv2.connectedComponents(area.astype(np.uint8), connectivity=4)[1], np.int32)


def _pixel(point: Point, size: tuple[int, ...]) -> tuple[int, int]:
    """Row and column of a point."""
    x, y = point
    return min(size[0] - 1, int(y * size[0])), min(size[1] - 1, int(x * size[1]))


def _distance(point: Point, size: tuple[int, ...]) -> Floats:
    """From the point to the middle of each place of a grid (h, w), of its longer side."""
    height, width = size
    y, x = np.mgrid[:height, :width].astype(np.float32) + np.float32(0.5)
    return np.asarray(np.hypot(y - point[1] * height, x - point[0] * width) / max(size), np.float32)
