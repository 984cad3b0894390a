"""Where people are: MediaPipe's selfie segmenter, a MobileNetV3 that marks each place of a photo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ...arrays import Floats, Pixels
from .people import People

if TYPE_CHECKING:
    from .tflite import TfliteNetwork

LIKELY = 0.5
# Around the people's box, of its longer side: the network was trained on people with room around them.
MARGIN = 0.15
# A box that takes more of the view, with its margin, would show little more.
LARGEST_BOX = 0.8
# A look is surer of nothing: .0001 to .01, and as much below 1, are alike.
DECIDED = 0.001, 0.999
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
    return _map_of(network, cv2.resize(view, network.input_px[::-1], interpolation=cv2.INTER_AREA))


def closer_map(network: TfliteNetwork, pixels: Pixels, people: People) -> Floats:
    """The map of people, made anew of the part of a photo that they take, where they are larger; and in the mirror.

    The network is not the same for left and right: what it takes for an arm on one side only, it doubts. Both looks
    are two witnesses of one kind: their log-odds are averaged.
    pixels: uint8 (h, w, 3), RGB, the whole photo: larger than the view in which people were found, at best, so that a
    part of it has more to show.
    Returns float32 (256, 256), as person_map; without anybody, the map as it was.
    """
    extent = _extent(people)
    box = extent and _with_margin(extent, people.person.shape, pixels.shape[:2])
    if box is None:
        return people.person
    closer = people.person.copy()
    if np.prod(box.size) > LARGEST_BOX * people.person.size:
        box = _Box(0, closer.shape[0], 0, closer.shape[1])
    else:
        closer[box.slices] = _look_at(network, pixels, box, closer.shape)
    mirrored = _look_at(network, pixels, box, closer.shape, mirrored=True)
    closer[box.slices] = _mean_odds(closer[box.slices], mirrored)
    return closer


def _mean_odds(one: Floats, other: Floats) -> Floats:
    """The likelihood whose log-odds are the mean of those of two, float32, 0..1, of one shape."""
    odds = [np.log(likely / (1 - likely)) for likely in (np.clip(one, *DECIDED), np.clip(other, *DECIDED))]
    return np.asarray(1 / (1 + np.exp(-(odds[0] + odds[1]) / 2)), np.float32)


def halves_map(network: TfliteNetwork, pixels: Pixels, people: People) -> Floats | None:
    """What the network sees in the upper and in the lower half of a whole body: limbs that it misses in the whole.

    It also takes ground for legs where it sees little else, so that more must speak for a limb. Parameters as for
    closer_map.   Returns float32 (256, 256), 0 elsewhere; None where no body is seen whole and upright.
    """
    extent = _extent(people)
    box = extent and _with_margin(extent, people.person.shape, pixels.shape[:2])
    if extent is None or box is None or not _is_whole_body(extent, people, pixels.shape[:2]):
        return None
    height = int(HALF * (box.bottom - box.top))
    halves: Floats = np.zeros_like(people.person)
    for half in (box._replace(bottom=box.top + height), box._replace(top=box.bottom - height)):
        halves[half.slices] = np.maximum(halves[half.slices], _look_at(network, pixels, half, halves.shape))
    return halves


class _Box(NamedTuple):
    """A part of a map or a picture: first row and column, and those after the last."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def size(self) -> tuple[int, int]:
        return self.bottom - self.top, self.right - self.left


Extent = tuple[tuple[float, float], tuple[float, float]]


def _look_at(
    network: TfliteNetwork, pixels: Pixels, box: _Box, size: tuple[int, ...], *, mirrored: bool = False
) -> Floats:
    """The map of a part of a photo, which is a box of a map of a size (h, w) over the whole: float32, as the box.

    mirrored: whether the network sees it in the mirror; the map is as the photo.
    """
    (top, left), (bottom, right) = (
        [edge * length // cells for edge, length, cells in zip(edges, pixels.shape[:2], size, strict=True)]
        for edges in ((box.top, box.left), (box.bottom, box.right))
    )
    part = pixels[top : max(bottom, top + 1), left : max(right, left + 1)]
    # The means of areas take ten times as long, and give maps no better.
    square = cv2.resize(part, network.input_px[::-1], interpolation=cv2.INTER_LINEAR)
    # OpenCV's mirror, in which rows lie as in memory: numpy takes ten times as long on them backwards.
    closer = cv2.flip(_map_of(network, cv2.flip(square, 1)), 1) if mirrored else _map_of(network, square)
    return np.asarray(cv2.resize(closer, box.size[::-1], interpolation=cv2.INTER_AREA), np.float32)


def _map_of(network: TfliteNetwork, square: NDArray[Any]) -> Floats:
    """The map of a picture that has the network's own size, uint8 (256, 256, 3)."""
    (output,) = network(square * np.float32(1 / 255))
    result: Floats = output[0, ..., 0]
    return result


def _extent(people: People) -> Extent | None:
    """From where to where all people reach, in fractions of the photo: rows, columns. None without any."""
    likely = people.person > LIKELY
    corners = np.reshape([face.box for face in people.faces], (-1, 2, 2))  # of faces: (left, top), (right, bottom)
    sides = []
    for axis, cells in enumerate(likely.shape):
        here = np.flatnonzero(likely.any(1 - axis))
        ends = np.concatenate([here / cells, (here + 1) / cells, corners[:, :, 1 - axis].ravel()])
        if not ends.size:
            return None
        sides.append((float(ends.min()), float(ends.max())))
    return sides[0], sides[1]


def _in_pixels(extent: Extent, size_px: tuple[int, ...]) -> tuple[float, float]:
    """Height and width of an extent in a photo of a size (h, w)."""
    height, width = ((high - low) * length for (low, high), length in zip(extent, size_px, strict=True))
    return height, width


def _with_margin(extent: Extent, size: tuple[int, ...], size_px: tuple[int, ...]) -> _Box | None:
    """The part of a map of a size (h, w) that shows it all, with room around it. None if nothing of it is in view.

    size_px: the photo's, to which the map was stretched.
    """
    margin_px = MARGIN * max(_in_pixels(extent, size_px))
    (top, bottom), (left, right) = (
        (
            max(0, round((low - margin_px / length) * cells)),
            min(cells, round((high + margin_px / length) * cells)),
        )
        for (low, high), cells, length in zip(extent, size, size_px, strict=True)
    )
    return _Box(top, bottom, left, right) if min(bottom - top, right - left) >= 1 else None


def _is_whole_body(extent: Extent, people: People, size_px: tuple[int, ...]) -> bool:
    """Whether what reaches so far is somebody from head to foot, or to the knees, in a photo of a size (h, w)."""
    height, width = _in_pixels(extent, size_px)
    boxes = np.reshape([face.box for face in people.faces], (-1, 4))
    faces_px = np.abs(boxes[:, 2] - boxes[:, 0]) * size_px[1] * np.abs(boxes[:, 3] - boxes[:, 1]) * size_px[0]
    return bool(faces_px.size) and height >= max(UPRIGHT * width, WHOLE_BODY * float(np.sqrt(faces_px.max())))
