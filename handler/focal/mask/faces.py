"""What a face says of its person: where the face itself is, and where head and torso are to be expected."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ..arrays import Bools, Floats, Pixels
from ..network.people.people import Face, People

# A face whose side is less than this share of the largest one's is a bystander's: more than twice as far away.
BYSTANDER = 0.5
# In distances from eyes to mouth: how far forehead and chin reach beyond eyes and mouth, temples and jaw beyond ears.
FOREHEAD, CHIN, TEMPLE, JAW = 0.8, 0.5, 0.4, 0.5
# OpenCV's fixed-point places: sixteenths of a pixel.
SUBPIXEL_BITS = 4
# OpenCV's lines fade at the grid's border; what is drawn a little beyond it does not.
BEYOND_PX = 2
# The six points lie on the face, their hull a little within it; within the second scale, with the jaw, lies all of it.
OUTLINE_SCALE, WIDE_SCALE = 1.08, 1.25
# Of the area's edge, smoothed by a pixel of its own: from which level on a place near a face is the face, by and by.
EDGE_SMOOTHING_PX, EDGE_FROM, EDGE_TO = 1.0, 0.4, 0.8
# Skin is opaque: within a circle around a face, by its box (1 to 1.3 are alike), alpha grows from the first level to
# whole at the second. From .57 on it is raised, so that no outline at half of it moves.
ROUND_SCALE, OPAQUE_FROM, OPAQUE_TO, ROUND_CORNERS = 1.15, 0.4, 0.7, 48
# Below, all in sides of the face's box, which reaches from the brows to the chin. A head with its hair:
HEAD_UP, HEAD_HALF_HEIGHT, HEAD_HALF_WIDTH = 0.15, 0.85, 0.65
# Its crown, forehead and hair: what is above the middle of the face, fading out over so much.
CROWN_FADING = 0.3
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


class Head(NamedTuple):
    """How much each place of a grid lies within somebody's face, head with hair, and crown.   float32 (h, w), 0..1"""

    face: Floats
    whole: Floats
    crown: Floats


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
    """The same with the corners of a broad jaw and room around it.   float32 (n, 2), x and y in fractions"""
    return _hull(face, aspect, jaw=True, scale=WIDE_SCALE)


def round_outline(face: Face, aspect: float) -> Floats:
    """A circle around a face by its box, as a polygon.   float32 (n, 2), x and y in fractions"""
    bearing = _bearing(face, aspect)
    angles = np.linspace(0, 2 * np.pi, ROUND_CORNERS, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)], 1) * (ROUND_SCALE * bearing.side / 2)
    return np.asarray((bearing.middle + circle) / [aspect, 1], np.float32)


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


def raise_faces(alpha: Pixels, faces: Sequence[Face], inside: Bools) -> Pixels:
    """Alpha raised to 255 within the outline of each face, and around it as far as the subject's area goes.

    A matte may take dark eyes before a dark wall for the wall; the area knows where the head ends, to a pixel of its
    own. What the matte then still gives the face for the most part is skin, which is opaque, and no soft rim.
    alpha: uint8 (H, W).   inside: bool (h, w), the area, over the same photo.   Returns a copy.
    """
    height, width = alpha.shape
    raised = alpha.copy()
    area = inside.astype(np.float32)
    smooth = np.asarray(cv2.GaussianBlur(area, (0, 0), EDGE_SMOOTHING_PX, borderType=cv2.BORDER_REPLICATE), np.float32)
    opaque = _by_and_by(np.arange(256, dtype=np.float32) / np.float32(255), OPAQUE_FROM, OPAQUE_TO)
    for one in faces:
        shapes = [
            shape(one, width / height) * np.array([width, height], np.float32)
            for shape in (outline, wide_outline, round_outline)
        ]
        corners = np.vstack(shapes)
        low = np.clip(np.floor(corners.min(0)), 0, [width, height]).astype(int)
        high = np.clip(np.ceil(corners.max(0)) + 1, 0, [width, height]).astype(int)
        part = raised[low[1] : high[1], low[0] : high[0]]
        if part.size:
            face_itself, near, circle = (_drawn(polygon - low, part.shape) for polygon in shapes)
            head = _enlarged(smooth, (height, width), low, part.shape)
            np.maximum(part, np.maximum(np.minimum(near, head), face_itself), out=part)
            np.maximum(part, np.minimum(circle, cv2.LUT(part, opaque)), out=part)
    return raised


def _enlarged(smooth: Floats, photo_px: tuple[int, ...], low: npt.NDArray[np.int_], size: tuple[int, ...]) -> Pixels:
    """A part of a smoothed area's edge at the photo's size: uint8 (h, w), 255 within.   low: its first x and y."""
    scale = np.array([smooth.shape[1] / photo_px[1], smooth.shape[0] / photo_px[0]])
    shift = (low + 0.5) * scale - 0.5
    placed = np.array([[scale[0], 0, shift[0]], [0, scale[1], shift[1]]])
    kernel = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    level = cv2.warpAffine(smooth, placed, size[::-1], flags=kernel, borderMode=cv2.BORDER_REPLICATE)
    return _by_and_by(np.asarray(level, np.float32), EDGE_FROM, EDGE_TO)


def _by_and_by(level: Floats, first: float, last: float) -> Pixels:
    """How far levels, float32 (h, w), lie on the way from the first to the last: uint8 (h, w), 255 from there on."""
    return np.asarray(cv2.convertScaleAbs(np.clip((level - first) / (last - first), 0, 1), alpha=255), np.uint8)


def _drawn(polygon: Floats, size: tuple[int, ...]) -> Pixels:
    """A convex polygon, float32 (n, 2), x and y in pixels from a grid's corner, as uint8 (h, w), 255 within."""
    cover = np.zeros([side + 2 * BEYOND_PX for side in size], np.uint8)
    _draw(cover, polygon + np.float32(BEYOND_PX))
    return cover[BEYOND_PX:-BEYOND_PX, BEYOND_PX:-BEYOND_PX]


def _draw(cover: Pixels, polygon: Floats) -> None:
    """Fill a convex polygon, float32 (n, 2), x and y in pixels from the grid's corner, with 255."""
    places = np.round((polygon - np.float32(0.5)) * (1 << SUBPIXEL_BITS)).astype(np.int32)
    cv2.fillConvexPoly(cover, places, 255, cv2.LINE_AA, SUBPIXEL_BITS)


def head_map(faces: Sequence[Face], size: tuple[int, int], aspect: float) -> Floats:
    """How much each place of a grid (h, w) is to be expected within a head with its hair.   float32, 0..1"""
    heads = (_head(_bearing(face, aspect), size, aspect)[0] for face in faces)
    return reduce(np.maximum, heads, np.zeros(size, np.float32))


def together(heads: Sequence[Head], size: tuple[int, int]) -> Head:
    """What lies within any of some heads, on a grid (h, w)."""
    if not heads:
        return Head(*(np.zeros(size, np.float32) for _ in Head._fields))
    return Head(*(reduce(np.maximum, maps) for maps in zip(*heads, strict=True)))


def head_of(face: Face, size: tuple[int, int], aspect: float) -> Head:
    """Where a face and its head are to be expected on a grid (h, w).   aspect: width by height of the photo."""
    whole, down = _head(_bearing(face, aspect), size, aspect)
    return Head(face_cover([face], size, aspect), whole, whole * np.clip(0.5 - down / np.float32(CROWN_FADING), 0, 1))


def _head(bearing: Bearing, size: tuple[int, int], aspect: float) -> tuple[Floats, Floats]:
    """How much each place lies within a head with its hair, and how far below the middle of its face."""
    down, across = _along(bearing, bearing.down, size, aspect)
    distance = cv2.magnitude((down + HEAD_UP) / np.float32(HEAD_HALF_HEIGHT), across / np.float32(HEAD_HALF_WIDTH))
    return np.clip((1.3 - distance) / 0.6, 0, 1), down


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
    rows, columns = ((np.arange(n, dtype=np.float32) + np.float32(0.5)) / np.float32(n) for n in size)
    dx = (columns * np.float32(aspect) - bearing.middle[0]) / np.float32(bearing.side)
    dy = ((rows - bearing.middle[1]) / np.float32(bearing.side))[:, None]
    return dx * axis[0] + dy * axis[1], dy * axis[0] - dx * axis[1]
