"""What a face says of its person: where the face itself is, and where head and torso are to be expected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from ..arrays import Bools, Floats, Pixels
from ..people.people import Face, People

# A face whose side is less than this share of the largest one's is a bystander's: more than twice as far away.
BYSTANDER = 0.5
# In distances from eyes to mouth: how far forehead and chin reach beyond eyes and mouth, temples and jaw beyond ears.
FOREHEAD, CHIN, TEMPLE, JAW = 0.8, 0.5, 0.4, 0.5
# OpenCV's fixed-point places: sixteenths of a pixel.
SUBPIXEL_BITS = 4
# The six points lie on the face, their hull a little within it; beyond the second scale the face surely has ended.
OUTLINE_SCALE, WIDE_SCALE = 1.08, 1.16
# Alpha between both outlines, where there is a cheek as often as background: a little more than half.
UNSURE = 140
# Of the height of the face: how wide the rim is in which alpha falls from it.
RIM = 0.02
# Below, all in sides of the face's box, which reaches from the brows to the chin. A head with its hair:
HEAD_UP, HEAD_HALF_HEIGHT, HEAD_HALF_WIDTH = 0.15, 0.85, 0.65
# A torso: where it begins and ends below the middle of the face, a neck, and shoulders.
TORSO_FROM, TORSO_TO, NECK_HALF_WIDTH, TORSO_HALF_WIDTH = 0.4, 3.2, 0.4, 0.9
SHOULDERS_FROM, SHOULDERS_HEIGHT = 0.6, 0.6
# A body leans less than its head.
LEANING = 0.3


class Bearing(NamedTuple):
    """A face, in heights of the photo: its middle (x, y), the side of its box, and which way its chin is."""

    middle: Floats
    side: float
    down: Floats


def subjects(faces: Sequence[Face], aspect: float) -> tuple[Face, ...]:
    """The faces without those of bystanders.   aspect: width by height of the photo."""
    sides = [_bearing(face, aspect).side for face in faces]
    return tuple(face for face, side in zip(faces, sides, strict=True) if side >= BYSTANDER * max(sides))


def count_people(people: People | None, aspect: float) -> int:
    """How many people a photo is taken to show: as many as faces that are no bystanders', at least one if anybody.

    people: None if there is nobody.   aspect: width by height of the photo.
    """
    return 0 if people is None else max(1, len(subjects(people.faces, aspect)))


def outline(face: Face, aspect: float) -> Floats:
    """The face itself, brow to chin and ear to ear, as a convex polygon: float32 (n, 2), x and y in fractions.

    It is the hull of the six points, and of forehead, chin and temples.   aspect: width by height of the photo.
    """
    return _hull(face, aspect, jaw=False, scale=OUTLINE_SCALE)


def wide_outline(face: Face, aspect: float) -> Floats:
    """The same with the corners of a broad jaw: what may still be the face.   float32 (n, 2), x and y in fractions"""
    return _hull(face, aspect, jaw=True, scale=WIDE_SCALE)


def _hull(face: Face, aspect: float, *, jaw: bool, scale: float) -> Floats:
    square = np.array([aspect, 1], np.float32)
    points = face.points * square
    eyes, mouth, ears = (points[0] + points[1]) / 2, points[3], points[4:6]
    down = mouth - eyes
    around = [eyes - FOREHEAD * down, mouth + CHIN * down, ears - TEMPLE * down, *([ears + JAW * down] if jaw else [])]
    hull = cv2.convexHull(np.vstack([points, *around]).astype(np.float32)).reshape(-1, 2)
    middle = hull.mean(0)
    return np.asarray((middle + scale * (hull - middle)) / square, np.float32)


def face_cover(faces: Sequence[Face], size: tuple[int, int], aspect: float) -> Floats:
    """How much of each place of a grid (h, w) over the photo lies within the outline of a face.   float32, 0..1"""
    cover = np.zeros(size, np.uint8)
    for face in faces:
        _draw(cover, outline(face, aspect) * np.array(size[::-1], np.float32))
    return np.asarray(cover / np.float32(255))


def faces_within(area: Bools, faces: Sequence[Face]) -> tuple[Face, ...]:
    """The faces whose outline lies for the most part within an area, bool (h, w), over the photo."""
    aspect = area.shape[1] / area.shape[0]
    covers = [(face, face_cover([face], area.shape[:2], aspect)) for face in faces]
    return tuple(face for face, cover in covers if cover[area].sum() > cover.sum() / 2)


def raise_faces(alpha: Pixels, faces: Sequence[Face]) -> Pixels:
    """Alpha, uint8 (H, W), raised to 255 within the outline of each face, and to UNSURE within the wide one.

    Both have a soft rim outside.   Returns a copy.
    """
    height, width = alpha.shape
    raised = alpha.copy()
    for face in faces:
        inner, polygon = (
            shape(face, width / height) * np.array([width, height], np.float32) for shape in (outline, wide_outline)
        )
        rim = max(1, round(RIM * float(np.ptp(polygon[:, 1]))))
        low = np.clip(polygon.min(0) - 3 * rim, 0, [width, height]).astype(int)
        high = np.clip(polygon.max(0) + 3 * rim + 1, 0, [width, height]).astype(int)
        part = raised[low[1] : high[1], low[0] : high[0]]
        if part.size:
            # A face goes on beyond the border.
            cover = np.zeros((part.shape[0] + 4 * rim, part.shape[1] + 4 * rim), np.uint8)
            _draw(cover, polygon - low + np.float32(2 * rim), UNSURE)
            _draw(cover, inner - low + np.float32(2 * rim))
            wide, narrow = (np.ones((2 * radius + 1, 2 * radius + 1), np.uint8) for radius in (rim + 1, rim))
            cover = cv2.blur(cv2.dilate(cover, wide), narrow.shape)  # so that the blur takes nothing from the face
            np.maximum(part, cover[2 * rim : -2 * rim, 2 * rim : -2 * rim], out=part)
    return raised


def _draw(cover: Pixels, polygon: Floats, value: int = 255) -> None:
    """Fill a convex polygon, float32 (n, 2), x and y in pixels from the grid's corner, with a value."""
    places = np.round((polygon - np.float32(0.5)) * (1 << SUBPIXEL_BITS)).astype(np.int32)
    cv2.fillConvexPoly(cover, places, value, cv2.LINE_AA, SUBPIXEL_BITS)


def head_map(faces: Sequence[Face], size: tuple[int, int], aspect: float) -> Floats:
    """How much each place of a grid (h, w) is to be expected within a head with its hair.   float32, 0..1"""
    result = np.zeros(size, np.float32)
    for face in faces:
        bearing = _bearing(face, aspect)
        down, across = _along(bearing, bearing.down, size, aspect)
        distance = np.hypot((down + HEAD_UP) / HEAD_HALF_HEIGHT, across / HEAD_HALF_WIDTH)
        result = np.maximum(result, np.clip((1.3 - distance) / 0.6, 0, 1))
    return result


def torso_map(faces: Sequence[Face], size: tuple[int, int], aspect: float) -> Floats:
    """How much each place of a grid (h, w) is to be expected within a torso.   float32, 0..1"""
    result = np.zeros(size, np.float32)
    for face in faces:
        bearing = _bearing(face, aspect)
        spine = LEANING * bearing.down + np.array([0, 1 - LEANING], np.float32)
        down, across = _along(bearing, spine / (np.linalg.norm(spine) + 1e-9), size, aspect)
        widening = np.clip((down - SHOULDERS_FROM) / SHOULDERS_HEIGHT, 0, 1)
        half_width = NECK_HALF_WIDTH + (TORSO_HALF_WIDTH - NECK_HALF_WIDTH) * widening
        within = np.clip((half_width - np.abs(across)) / 0.4 + 0.5, 0, 1)
        torso = within * np.clip((TORSO_TO - down) / 0.6 + 0.5, 0, 1) * (down > TORSO_FROM)
        result = np.maximum(result, torso.astype(np.float32))
    return result


def _bearing(face: Face, aspect: float) -> Bearing:
    left, top, right, bottom = np.array(face.box, np.float32)
    scale = np.array([aspect, 1], np.float32)
    points = face.points * scale
    down = points[3] - (points[0] + points[1]) / 2
    side = float(np.sqrt(max(0, right - left) * aspect * max(0, bottom - top)))
    middle = np.array([left + right, top + bottom], np.float32) / 2 * scale
    down = np.asarray(down / (np.linalg.norm(down) + 1e-9), np.float32)
    return Bearing(np.asarray(middle, np.float32), max(side, 1e-6), down)


def _along(bearing: Bearing, axis: Floats, size: tuple[int, int], aspect: float) -> tuple[Floats, Floats]:
    """How far each place of a grid lies from the face's middle along an axis, and across it, in sides of the face."""
    height, width = size
    y, x = np.mgrid[:height, :width].astype(np.float32) + np.float32(0.5)
    dx = (x * np.float32(aspect / width) - bearing.middle[0]) / np.float32(bearing.side)
    dy = (y / np.float32(height) - bearing.middle[1]) / np.float32(bearing.side)
    return dx * axis[0] + dy * axis[1], dy * axis[0] - dx * axis[1]
