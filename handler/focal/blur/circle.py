"""How large the circle of confusion of a place is, from its depth.

A thin lens of aperture A, focused at the distance s_f, has its image at v = f · s_f / (s_f − f). It spreads a point at
the distance s into a circle of diameter A · v · |1/s − 1/s_f| (Potmesil and Chakravarty, "A lens and aperture camera
model for synthetic image generation", SIGGRAPH 1981): linear in the disparity, which is one over the distance.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from ..arrays import Bools, Floats, Pixels
from .cells import with_surroundings

EDGE = 0.1  # of all disparities within a window of 3 × 3: more is an edge between two things, not a slope
# Disparities from the one in focus by which a subject still counts as in focus, as a face does from nose to ears; from
# twice as many on it is blurred by its depth alone (a range in focus: Wadhwa et al., SIGGRAPH 2018).
SUBJECT_DEPTH = 0.1
UNSURE_FRAC = 0.01  # of the longer side: so far from the subject's edge a map of depth may be on the wrong side of it


class Circles(NamedTuple):
    """The circles of confusion of a grid's cells.

    radius: float32 (h, w), negative behind the plane in focus, positive before it.
    in_focus: float32 (h, w), 0..1, how far the subject of a cell is in focus; 1 where there is none.
    """

    radius: Floats
    in_focus: Floats


def find_circles(disparity: Floats, subject: Pixels, focus: float, most: float) -> Circles:
    """The circle of each cell: of a subject that leaves the focus its own, else that of what is not subject.

    disparity: float32 (h, w), 0..1, its edges sharp.   subject: uint8 (h, w), 255 subject.   focus, most: see
    `signed_radius`.
    """
    of_subject, of_rest = sides_of_edge(disparity, subject)
    in_focus = 2 - np.clip(np.abs(of_subject - np.float32(focus)) * np.float32(1 / SUBJECT_DEPTH), 1, 2)
    radius = signed_radius(np.where((subject >= 128) & (in_focus < 1), of_subject, of_rest), focus, most)
    return Circles(radius, np.where(with_surroundings(subject > 0) == 0, np.float32(1), in_focus))


def signed_radius(disparity: Floats, focus: float, most: float) -> Floats:
    """The radius of each place's circle of confusion, negative behind the plane in focus, positive in front of it.

    disparity: float32 (h, w), 0 (farthest) to 1 (nearest).   focus: the disparity in focus, 0..1.
    most: the radius at the end of the scale that is farther from the focus; the result has its unit.
    Returns float32 (h, w).
    """
    return np.asarray((disparity - np.float32(focus)) * np.float32(most / max(focus, 1 - focus)), np.float32)


def on_grid(disparity: Floats, side_px: int, shape: tuple[int, int], photo_shape: tuple[int, int]) -> Floats:
    """Disparity in the middle of each cell of a grid over the photo, its edges made sharp.

    disparity: float32 (h, w), of the photo's shape.   side_px: of a cell.   shape: of the grid, which may reach over
    the photo's border.   photo_shape: (H, W).
    """
    (h, w), (height, width) = disparity.shape, photo_shape
    halvings = max(0, int(np.log2(max(side_px * w / width, 1))))
    for _ in range(halvings):
        h, w = max(1, h // 2), max(1, w // 2)
        disparity = np.asarray(cv2.resize(disparity, (w, h), interpolation=cv2.INTER_AREA), np.float32)
    across, down = side_px * w / width, side_px * h / height
    to_map = np.array([[across, 0, across / 2 - 0.5], [0, down, down / 2 - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    middle = cv2.warpAffine(disparity, to_map, shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return sharpen_edges(np.asarray(middle, np.float32))


def sharpen_edges(disparity: Floats) -> Floats:
    """Between two things nothing lies halfway, as a soft edge has it: it would be in focus between near and far.

    Each place at an edge takes the nearer of its window's least and most (Kramer and Bruckner, "Iterations of a
    non-linear transformation for enhancement of digital images", 1975).   float32 (h, w) -> float32 (h, w)
    """
    window = np.ones((3, 3), np.uint8)
    for _ in range(2):
        least, most = cv2.erode(disparity, window), cv2.dilate(disparity, window)
        toggled = np.where(disparity - least < most - disparity, least, most)
        disparity = np.where(most - least > EDGE, toggled, disparity)
    return np.asarray(disparity, np.float32)


def sides_of_edge(disparity: Floats, subject: Pixels) -> tuple[Floats, Floats]:
    """The disparity of the subject and of what is not subject, each carried on to its edge from a little way off.

    The mask knows that edge better than a map of depth does, whose own lies some pixels beside it.
    disparity: float32 (h, w).   subject: uint8 (h, w), 255 subject.   Returns two float32 (h, w).
    """
    reach = max(1, round(UNSURE_FRAC * max(subject.shape)))
    x, y, width, height = cv2.boundingRect(subject)
    around = 5 * reach + 4  # whatever is farther from the subject stays as it is
    box = slice(max(y - around, 0), y + height + around), slice(max(x - around, 0), x + width + around)
    here, own = subject[box], disparity[box]
    window = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    inside, outside = cv2.erode(here, window) == 255, cv2.dilate(here, window) == 0
    kept = own[here >= 128]
    fallback = np.float32(np.median(kept)) if kept.size else np.float32(0)
    of_subject, of_rest = np.full_like(disparity, fallback), disparity.copy()
    if width:
        of_subject[box] = _carry_on(own, inside, 3 * reach, fallback)
        of_rest[box] = _carry_on(own, _continued(own, outside, reach), 3 * reach, None)
    return of_subject, of_rest


def _continued(disparity: Floats, known: Bools, unsure: int) -> Bools:
    """What is known, and what goes on where the nearest of that ends, as a steep ground before the feet does."""
    window = np.ones((2 * unsure + 3, 2 * unsure + 3), np.uint8)
    for _ in range(2):  # twice, for a soft edge of the mask reaches farther
        least = cv2.erode(np.where(known, disparity, np.float32(2)), window) - EDGE
        most = cv2.dilate(np.where(known, disparity, np.float32(-2)), window) + EDGE
        known = known | ((least < disparity) & (disparity < most))
    return known


def _carry_on(disparity: Floats, known: Bools, reach: int, fallback: np.float32 | None) -> Floats:
    """Where it is not known, and unlike what is known in reach, the mean of that; where nothing is, the fallback.

    Nearer than the fallback it stays as it is: a map does not show so what is too thin for it.
    """
    weight = known.astype(np.float32)
    size = (2 * reach + 1, 2 * reach + 1)
    total = cv2.boxFilter(disparity * weight, -1, size, borderType=cv2.BORDER_REFLECT)
    count = cv2.boxFilter(weight, -1, size, borderType=cv2.BORDER_REFLECT)
    nothing = count < 0.5 / (size[0] * size[1])
    alone = disparity if fallback is None else np.maximum(disparity, fallback)
    mean = np.where(nothing, alone, total / np.maximum(count, 1e-9))
    kept = known | (np.abs(disparity - mean) < EDGE)
    return np.asarray(np.where(kept, disparity, mean), np.float32)
