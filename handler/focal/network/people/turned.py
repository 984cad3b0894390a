"""People turned on their side or their head: the photo is turned until their faces are upright.

The face detector was trained on faces that are about upright, and the person network on people who are. So somebody
who lies, or a photo taken sideways whose file does not say so, is looked at in a turned copy, and what is found there
is turned back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from ...arrays import Floats, Pixels
from .people import Face, People

# In quarters of a turn, counter-clockwise: on either side, and on the head.
ON_SIDE, ON_HEAD = (1, 3), 2
LIKELY = 0.5
# The score of a face in a turned copy that may be somebody's, and by how much it exceeds those seen upright: a face
# that is upright is seen in turned copies, too, and less surely.
LEAST_SCORE, LEAST_ADVANTAGE = 0.7, 0.1

PictureOrMap = TypeVar("PictureOrMap", Pixels, Floats)


def find_turned(
    find: Callable[[Pixels, tuple[int, int]], tuple[Face, ...]],
    faces: tuple[Face, ...],
    view: Pixels,
    photo_px: tuple[int, int],
    person: Floats,
) -> tuple[int, tuple[Face, ...]]:
    """By how many quarters a photo is to be turned for its people to be upright, and their faces in that copy.

    find: the faces in a view of a photo of a height and width, the most certain first.   faces: those seen upright.
    view: uint8 (h, w, 3), a copy of the whole photo.   photo_px: the photo's height and width.
    person: float32 (h', w'), 0..1, the person network's map of it as it is.
    Returns 0 and the same faces where no turned copy shows a face that is surer.
    """
    turns = (ON_HEAD,) if leaves_downwards(person, photo_px) else (*ON_SIDE, ON_HEAD)
    found = [
        (quarters, find(turned(view, quarters), photo_px if quarters == ON_HEAD else photo_px[::-1]))
        for quarters in turns
    ]
    quarters, surest = max(found, key=lambda each: _best(each[1]))
    is_surer = _best(surest) >= max(LEAST_SCORE, _best(faces) + LEAST_ADVANTAGE)
    return (quarters, surest) if is_surer else (0, faces)


def leaves_downwards(person: Floats, photo_px: tuple[int, int]) -> bool:
    """Whether somebody leaves the photo at the bottom and nowhere else, and is higher than wide: who lies does not.

    Parameters as for find_turned.
    """
    likely = person > LIKELY
    rows, columns = (np.asarray(likely.any(axis), bool) for axis in (1, 0))
    if not rows[-1] or rows[0] or columns[0] or columns[-1]:
        return False
    height, width = (
        float(np.ptp(np.flatnonzero(side))) / len(side) * px for side, px in zip((rows, columns), photo_px, strict=True)
    )
    return bool(height > width)


def turned(picture: PictureOrMap, quarters: int) -> PictureOrMap:
    """A picture, or a map over it, turned counter-clockwise by quarters."""
    return np.ascontiguousarray(np.rot90(picture, quarters))


def turned_back(people: People, quarters: int) -> People:
    """What was found in a copy that was turned counter-clockwise by quarters, on the photo as it is."""
    halves = None if people.halves is None else turned(people.halves, -quarters)
    faces = tuple(_face_back(face, quarters) for face in people.faces)
    return People(faces, turned(people.person, -quarters), halves)


def _best(faces: tuple[Face, ...]) -> float:
    return max((face.score for face in faces), default=0.0)


def _face_back(face: Face, quarters: int) -> Face:
    corners = _points_back(np.reshape(np.array(face.box, np.float32), (2, 2)), quarters)
    (left, top), (right, bottom) = corners.min(0).tolist(), corners.max(0).tolist()
    return Face((left, top, right, bottom), _points_back(face.points, quarters), face.score)


def _points_back(points: Floats, quarters: int) -> Floats:
    """Places in a turned copy, float32 (n, 2), x and y in fractions of it, as places in the photo."""
    for _ in range(quarters):
        points = np.stack([1 - points[:, 1], points[:, 0]], -1)
    return points
