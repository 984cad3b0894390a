"""The subject under a point: the part of the mask there, or what grows from there."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ..arrays import Bools, Floats
from .evidence import Evidence, diffuse_twice
from .parts import keep_parts, parts_of
from .photo_graph import PhotoGraph
from .seed import clip_brightest
from .threshold import otsu_threshold
from .watershed import watershed

Point = tuple[float, float]

# Of the longer side: how far from the point the seed counts for what grows from it (docs/decisions.md).
REACH_FRAC = 0.15
# Of the longer side: what is the subject whatever it shows.
CLICKED_FRAC = 0.02
# Of the score at the point: the threshold must lie below it.
LEAST_BELOW = 0.9
# Below this confidence, a part of the mask may be several things with a little between them, and is divided.
UNSURE = 0.7
# Below this one, it may be less than what grows from the point in it.
DOUBTFUL = 0.5
# Two things, where the score falls below this share of its peak in either, and either has so much of all of it. As
# much of what grows from a missed piece lies in each part that it belongs to.
VALLEY, LEAST_THING = 0.65, 0.1
# The same of people, who are of several levels each: two of them only where hardly anything stands out between.
DEEP_VALLEY = 0.15
VALLEY_LEVELS = 24
# Of the seed: a place outside the area that has so much of it is a missed piece of what stands out.
MISSED_PIECE = 0.4


def area_at_point(
    point: Point,
    area: Bools,
    graph: PhotoGraph,
    evidence: Evidence,
    confidence: Callable[[Bools], float],
    *,
    is_alone: bool,
) -> Bools:
    """The subject under a point.

    Within the area that stands out by itself, it is the connected part that holds the point; where that part is not
    sure to be one thing, the piece of it at the point, and where that is doubtful and what grows from the point within
    it less so, this. Elsewhere it is what grows from the point outside the area; but among other points to keep, where
    the seed says that the point stands out itself, it was a missed piece of the parts of the area that it overlaps,
    which come with it.
    point: (x, y), fractions of width and height.   area: bool (h, w).   confidence: of an area, 0..1.
    is_alone: whether no other point is to be kept.   Returns bool (h, w), true at the point.
    """
    y, x = pixel_of(point, area.shape)
    part = parts_of(area)
    if area[y, x]:
        here = np.asarray(part == part[y, x])
        if confidence(here) >= UNSURE:
            return here
        piece = piece_at(point, here, evidence.cut.score, graph.guide)
        if confidence(here) >= DOUBTFUL:
            return piece
        return max(piece, grow(point, score_near(point, graph, evidence.seed), piece), key=confidence)
    if is_alone or evidence.seed[pixel_of(point, graph.size)] < MISSED_PIECE:
        outside = cv2.resize((~area).astype(np.float32), graph.size[::-1], interpolation=cv2.INTER_AREA)
        nodes = np.asarray(outside, np.float32).reshape(graph.size)
        return grow(point, score_near(point, graph, evidence.seed * nodes), ~area)
    score = score_near(point, graph, evidence.seed)
    grown = grow(point, score, np.ones_like(area))
    shares = np.bincount(part[grown], minlength=int(part.max()) + 1) / grown.sum()
    shares[0] = 0  # outside the area
    return keep_parts(grown | (shares >= LEAST_THING)[part], score)


def piece_at(point: Point, part: Bools, score: Floats, guide: Floats, valley: float = VALLEY) -> Bools:
    """The thing at a point of a part that may be several: those between which the score falls into a valley.

    part: bool (h, w), connected, true at the point.   score: float32 (h, w), 0..1, that the part was cut from.
    guide: float32 (h, w, 3), 0..1, the photo at this size.   valley: how far it falls, of its peaks.
    Returns bool (h, w), the part itself if it is one thing.
    """
    total = float(score[part].sum())
    for level in np.linspace(score[part].min(), score[part].max(), VALLEY_LEVELS)[1:]:
        peaks = parts_of(part & (score > level))
        weights = np.bincount(peaks.ravel(), weights=score.ravel())
        weights[0] = 0  # what lies lower
        heavy = [int(n) for n in np.flatnonzero(weights >= LEAST_THING * total)]
        things = [n for n in heavy if level <= valley * score[peaks == n].max()]
        if len(things) > 1:
            divided = watershed(np.where(np.isin(peaks, things), peaks, 0).astype(np.int32), part, guide)
            piece = np.asarray(divided == divided[pixel_of(point, part.shape)])
            return piece_at(point, piece, score, guide, valley)
    return part


def piece_of_person(point: Point, person: Bools, score: Floats, guide: Floats) -> Bools:
    """What is at a point of an area taken for one person: all of it, or one of several things that the ground joins.

    The person network also sees somebody in the ground between a person and a thing, where hardly anything stands out.
    person: bool (h, w), true at the point, maybe in pieces.   score: float32 (h, w), 0..1, how much each place stands
    out.   guide: float32 (h, w, 3), 0..1, the photo at this size.   Returns bool (h, w).
    """
    part = parts_of(person)
    here = np.asarray(part == part[pixel_of(point, part.shape)])
    piece = piece_at(point, here, score, guide, DEEP_VALLEY)
    return person if np.array_equal(piece, here) else piece


def score_near(point: Point, graph: PhotoGraph, seed: Floats) -> Floats:
    """The score, float32 (h, w), 0..1, that the seed, (r, c), near the point alone makes on the same graph."""
    distance = distance_to(point, seed.shape)
    near = np.exp(-(distance**2) / (2 * REACH_FRAC**2)).astype(np.float32)
    return graph.score(diffuse_twice(clip_brightest(seed * near), graph.diffuse))


def grow(point: Point, score: Floats, bounds: Bools) -> Bools:
    """The part of the score above Otsu's threshold that holds the point, within bounds, bool (h, w), without holes."""
    y, x = pixel_of(point, score.shape)
    threshold = min(otsu_threshold(score), LEAST_BELOW * float(score[y, x]))
    grown = parts_of(((score > threshold) | (distance_to(point, score.shape) <= CLICKED_FRAC)) & bounds)
    return keep_parts(grown == grown[y, x], score)


def at_point(point: Point, size: tuple[int, ...]) -> Floats:
    """How much each place of a grid (h, w) is right at the point: float32, 1 there, 0 a little away."""
    return np.asarray(np.clip(2 - distance_to(point, size) / CLICKED_FRAC, 0, 1), np.float32)


def pixel_of(point: Point, size: tuple[int, ...]) -> tuple[int, int]:
    """Row and column of a point on a grid (h, w)."""
    x, y = point
    return min(size[0] - 1, int(y * size[0])), min(size[1] - 1, int(x * size[1]))


def distance_to(point: Point, size: tuple[int, ...]) -> Floats:
    """From the point to the middle of each place of a grid (h, w), of its longer side."""
    height, width = size
    y, x = np.mgrid[:height, :width].astype(np.float32) + np.float32(0.5)
    return np.asarray(np.hypot(y - point[1] * height, x - point[0] * width) / max(size), np.float32)
