"""One person of several: the area of people parted among those whose faces are seen."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from ..arrays import Bools, Floats
from ..network.people.people import Face
from .faces import face_cover, head_map, subjects, torso_map
from .parts import parts_of
from .watershed import watershed

# Of the maps of head and torso: where a place surely belongs to the person of a face.
CORE_HEAD, CORE_TORSO = 0.6, 0.9
# As much of a bystander's face as lies within a subject's head or torso makes it a print, or a child in the arms.
WITHIN_SUBJECT = 0.5
# Of a seed's factor for the camera's focus: a face with less is out of focus, before or behind those in focus.
LEAST_FOCUS = 0.7
# A place with less than this is out of focus, whoever is expected there.
SOFT_FOCUS = 0.625


def without_bystanders(area: Bools, faces: Sequence[Face], guide: Floats, focus: Floats) -> Bools:
    """The area of people without bystanders: those out of focus where another face is in focus, and those whose faces
    are so small that they are far behind.

    area: bool (h, w).   faces: all of them.   guide: float32 (h, w, 3), 0..1, the photo at this size.
    focus: float32 (r, c), 0..1, what remains of a seed where the camera focused elsewhere.
    """
    size, aspect = guide.shape[:2], guide.shape[1] / guide.shape[0]
    focus = np.asarray(cv2.resize(focus, size[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
    sharp = [face for face in faces if _share(focus, face, size, aspect) >= LEAST_FOCUS]
    soft = [face for face in faces if face not in sharp] if sharp else []
    near = subjects(sharp or faces, aspect)
    small = [face for face in faces if face not in near and face not in soft]
    far = [face for face in small if not _is_within(face, near, size, aspect)]
    if not soft and not far:
        return area
    everybody = [*near, *far, *soft]
    part = person_parts(area, everybody, guide, focus < SOFT_FOCUS if soft else None)
    gone = [everybody.index(face) + 1 for face in (*far, *soft)]
    if soft:
        others = len(everybody) + 1
        gone += [others, *_soft_parts(part, focus, first=others + 1)]
    return np.asarray(area & ~np.isin(part, gone), bool)


def _soft_parts(part: npt.NDArray[np.int32], focus: Floats, first: int) -> list[int]:
    """The numbers, from the first on, of the parts that are out of focus on the whole."""
    count = np.bincount(part.ravel())
    mean = np.bincount(part.ravel(), focus.ravel()) / np.maximum(count, 1)
    return [n for n in range(first, len(count)) if mean[n] < LEAST_FOCUS]


def person_at(point_px: tuple[int, int], area: Bools, faces: Sequence[Face], guide: Floats) -> Bools:
    """The person at a row and a column within the area, in all pieces: a collar may part a head from its body.

    Parameters otherwise as for person_parts.   Returns bool (h, w).
    """
    part = person_parts(area, faces, guide)
    return np.asarray(part == part[point_px], bool)


def person_parts(
    area: Bools, faces: Sequence[Face], guide: Floats, others: Bools | None = None
) -> npt.NDArray[np.int32]:
    """Whose each place of the area is: 0 outside, n for the person of the n-th face, one more for others, and still
    more for parts without a face.

    Each person grows from the head and the torso until it meets another one, first where the photo is even (Meyer's
    watershed), so that the border between two runs along edges. Larger faces are in front.
    area: bool (h, w).   guide: float32 (h, w, 3), 0..1.   others: bool (h, w), places that surely belong to no face,
    if they are known.   Returns int32 (h, w).
    """
    size, aspect = guide.shape[:2], guide.shape[1] / guide.shape[0]
    marker = np.zeros(size, np.int32)
    sides = [(face.box[2] - face.box[0]) * (face.box[3] - face.box[1]) for face in faces]
    for n in np.argsort(sides, kind="stable"):
        one = [faces[n]]
        core = (head_map(one, size, aspect) > CORE_HEAD) | (torso_map(one, size, aspect) > CORE_TORSO)
        marker[core & area] = 1 + int(n)
    part = parts_of(area)
    alone = area & ~np.isin(part, part[marker > 0])
    marker[alone] = len(faces) + 1 + part[alone]
    if others is not None:
        marker[area & others & (marker == 0)] = len(faces) + 1
    return watershed(marker, area, guide)


def _is_within(face: Face, near: Sequence[Face], size: tuple[int, int], aspect: float) -> bool:
    """Whether a face lies on the head or the torso of somebody nearer."""
    held = np.maximum(head_map(near, size, aspect), torso_map(near, size, aspect))
    return _share(held, face, size, aspect) >= WITHIN_SUBJECT


def _share(cover: Floats, face: Face, size: tuple[int, int], aspect: float) -> float:
    """The mean of a map, (h, w), over a face; 0 for one too small for the grid."""
    weight = face_cover([face], size, aspect)
    return float((cover * weight).sum() / max(float(weight.sum()), 1e-6))
