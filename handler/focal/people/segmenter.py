"""Where people are: MediaPipe's selfie segmenter, a MobileNetV3 that marks each place of a photo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..arrays import Floats, Pixels
from .people import People

if TYPE_CHECKING:
    from .tflite import TfliteNetwork

LIKELY = 0.5
# Around the people's box, of its longer side: the network was trained on people with room around them.
MARGIN = 0.15
# A box that takes more of the view, with its margin, would show little more.
LARGEST_BOX = 0.8


def person_map(network: TfliteNetwork, view: Pixels) -> Floats:
    """How likely each place belongs to a person, float32 (256, 256), 0..1, over the whole view stretched to a square.

    view: uint8 (h, w, 3), RGB, a copy of the whole photo. The network was trained on stretched pictures: one that keeps
    its proportions between black bars gives worse maps.
    """
    height, width = network.input_px
    square = cv2.resize(view, (width, height), interpolation=cv2.INTER_AREA)
    (output,) = network(square * np.float32(1 / 255))
    result: Floats = output[0, ..., 0]
    return result


def closer_map(network: TfliteNetwork, view: Pixels, people: People) -> Floats:
    """The map of people who take only a part of a photo, made anew of that part, where they are larger.

    view: as for person_map.   people: what was found in it.   Returns float32 (256, 256), as person_map; where people
    fill the photo, the map as it was.
    """
    box = _box(people, view.shape[0], view.shape[1])
    if box is None:
        return people.person
    rows, columns = (slice(low, high) for low, high in box)
    closer = person_map(network, np.ascontiguousarray(view[rows, columns]))
    large = cv2.resize(people.person, view.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    large[rows, columns] = cv2.resize(closer, large[rows, columns].shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(large, people.person.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _box(people: People, height: int, width: int) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """First and last row and column of the part of a view that holds all people.

    None if there are none, or if they take most of the view.
    """
    likely = people.person > LIKELY
    corners = np.reshape([face.box for face in people.faces], (-1, 2, 2))  # of faces: (left, top), (right, bottom)
    sides = []
    for axis, length in ((0, height), (1, width)):
        cells = likely.shape[axis]
        here = np.flatnonzero(likely.any(1 - axis))
        ends = np.concatenate([here / cells, (here + 1) / cells, corners[:, :, 1 - axis].ravel()]) * length
        if not ends.size:
            return None
        sides.append((float(ends.min()), float(ends.max())))
    margin = MARGIN * max(high - low for low, high in sides)
    (top, bottom), (left, right) = (
        (max(0, round(low - margin)), min(length, round(high + margin)))
        for (low, high), length in zip(sides, (height, width), strict=True)
    )
    if min(bottom - top, right - left) < 1 or (bottom - top) * (right - left) > LARGEST_BOX * height * width:
        return None
    return (top, bottom), (left, right)
