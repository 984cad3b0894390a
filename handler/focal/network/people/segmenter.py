"""Where people are: MediaPipe's selfie segmenter, a MobileNetV3 that marks each place of a photo."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from ...arrays import Floats, Pixels
from .people import People

if TYPE_CHECKING:
    from .tflite import TfliteNetwork

LIKELY = 0.5
# Around the people's box, of its longer side: the network was trained on people with room around them.
MARGIN = 0.15
# A box that takes more of the view, with its margin, would show little more.
LARGEST_BOX = 0.8
# A body whose legs are seen is as many sides of its face's box high (7.5 to 8.4 are alike), and one that is upright as
# many times as high as wide.
WHOLE_BODY, UPRIGHT = 8.0, 1.3
# Of the box's height, so that the halves overlap.
HALF = 0.6


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
    extent = _extent(people, view.shape[:2])
    box = extent and _with_margin(extent, view.shape[:2])
    if box is None or box.area > LARGEST_BOX * view.shape[0] * view.shape[1]:
        return people.person
    large = cv2.resize(people.person, view.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    large[box.slices] = _look_at(network, view, box)
    return np.asarray(cv2.resize(large, people.person.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def halves_map(network: TfliteNetwork, view: Pixels, people: People) -> Floats | None:
    """What the network sees in the upper and in the lower half of a whole body: limbs that it misses in the whole.

    It also takes ground for legs where it sees little else, so that more must speak for a limb. Parameters as for
    closer_map.   Returns float32 (256, 256), 0 elsewhere; None where no body is seen whole and upright.
    """
    extent = _extent(people, view.shape[:2])
    box = extent and _with_margin(extent, view.shape[:2])
    if extent is None or box is None or not _is_whole_body(extent, people, view.shape[:2]):
        return None
    height_px = int(HALF * (box.bottom - box.top))
    large: Floats = np.zeros(view.shape[:2], np.float32)
    for half in (box._replace(bottom=box.top + height_px), box._replace(top=box.bottom - height_px)):
        large[half.slices] = np.maximum(large[half.slices], _look_at(network, view, half))
    return np.asarray(cv2.resize(large, people.person.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


class _Box(NamedTuple):
    """A part of a view: first row and column, and those after the last."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def area(self) -> int:
        return (self.bottom - self.top) * (self.right - self.left)


Extent = tuple[tuple[float, float], tuple[float, float]]


def _look_at(network: TfliteNetwork, view: Pixels, box: _Box) -> Floats:
    """The map of a part of a view, float32, of the part's size."""
    closer = person_map(network, np.ascontiguousarray(view[box.slices]))
    size = box.right - box.left, box.bottom - box.top
    return np.asarray(cv2.resize(closer, size, interpolation=cv2.INTER_AREA), np.float32)


def _extent(people: People, size: tuple[int, ...]) -> Extent | None:
    """From where to where all people reach, in pixels of a view of a size (h, w): rows, columns. None without any."""
    likely = people.person > LIKELY
    corners = np.reshape([face.box for face in people.faces], (-1, 2, 2))  # of faces: (left, top), (right, bottom)
    sides = []
    for axis, length in enumerate(size):
        cells = likely.shape[axis]
        here = np.flatnonzero(likely.any(1 - axis))
        ends = np.concatenate([here / cells, (here + 1) / cells, corners[:, :, 1 - axis].ravel()]) * length
        if not ends.size:
            return None
        sides.append((float(ends.min()), float(ends.max())))
    return sides[0], sides[1]


def _with_margin(extent: Extent, size: tuple[int, ...]) -> _Box | None:
    """The part of a view of a size (h, w) that shows it all, with room around it. None if nothing of it is in view."""
    margin = MARGIN * max(high - low for low, high in extent)
    (top, bottom), (left, right) = (
        (max(0, round(low - margin)), min(length, round(high + margin)))
        for (low, high), length in zip(extent, size, strict=True)
    )
    return _Box(top, bottom, left, right) if min(bottom - top, right - left) >= 1 else None


def _is_whole_body(extent: Extent, people: People, size: tuple[int, ...]) -> bool:
    """Whether what reaches so far is somebody from head to foot, or to the knees."""
    height, width = (high - low for low, high in extent)
    boxes = np.reshape([face.box for face in people.faces], (-1, 4))
    faces_px = np.abs(boxes[:, 2] - boxes[:, 0]) * size[1] * np.abs(boxes[:, 3] - boxes[:, 1]) * size[0]
    return bool(faces_px.size) and height >= max(UPRIGHT * width, WHOLE_BODY * float(np.sqrt(faces_px.max())))
