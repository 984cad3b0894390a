"""A map in an image file, such as depth: its greys are numbers, to which no profile and no curve applies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import cv2
import numpy as np

from ..arrays import Words
from . import tiff
from .file_kinds import format_of
from .limits import CheckSize
from .picture import Picture, Samples
from .readers import READERS
from .upright import UPRIGHT

# Maps are smooth, and what blurs by them works on a smaller copy of the photo still.
MAX_SIDE_PX = 2048
STRIP_ROWS = 64
# Of a map that was saved in colours, channels are equal but for a compressor's noise; in so much of it at least.
MOST_DIFFERENCE = 16 / 255
GREY_FRACTION = 0.99

# TIFF's reader keeps more than 8 bits only where it is asked to.
EXACT: Mapping[str, Callable[[bytes, CheckSize], Picture]] = {**READERS, "TIFF": partial(tiff.read, keeps_bits=True)}


class InColours(ValueError):
    """The map is a coloured picture, whose colours stand for nothing that is known."""


def read_grey_map(data: bytes, check_size: CheckSize) -> Words:
    """The greys of an image file, uint16 (h, w), upright and at most MAX_SIDE_PX wide and high; alpha does not count.

    Raises InColours, PhotoTooLarge, UnsupportedFormat, and anything on a damaged file.
    """
    source_format = format_of(data)
    if source_format is None:
        raise ValueError("not an image of a known format")
    picture = EXACT[source_format](data, check_size)
    return reduced(UPRIGHT[picture.orientation](_greys(picture)))


def reduced(plane: cv2.typing.MatLike) -> Words:
    """A plane, uint8 or uint16 (h, w) -> of 16 bits, at most MAX_SIDE_PX wide and high."""
    scale = MAX_SIDE_PX / max(plane.shape)
    if scale < 1:
        size = [max(1, round(side * scale)) for side in plane.shape[::-1]]
        plane = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    words = plane.astype(np.uint16, copy=False)
    return words * np.uint16(257) if plane.dtype == np.uint8 else words


def _greys(picture: Picture) -> Samples:
    """The greys of a picture, strip by strip. Raises InColours."""
    if picture.model not in ("GRAY", "RGB"):
        raise InColours(picture.model)
    plane = np.empty((picture.height, picture.width), np.uint8 if picture.bits == 8 else np.uint16)
    coloured = 0
    for top in range(0, picture.height, STRIP_ROWS):
        strip = slice(top, min(top + STRIP_ROWS, picture.height))
        samples = picture.rows(strip.start, strip.stop)
        if picture.model == "GRAY":
            plane[strip] = samples[..., 0]
        else:
            red, plane[strip], blue = cv2.split(samples)[:3]
            coloured += _count_coloured(red, plane[strip], blue)
    if coloured > (1 - GREY_FRACTION) * plane.size:
        raise InColours("RGB")
    return plane


def _count_coloured(red: cv2.typing.MatLike, green: cv2.typing.MatLike, blue: cv2.typing.MatLike) -> int:
    """How many pixels have channels that differ."""
    most, least = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    difference = MOST_DIFFERENCE * (255 if green.dtype == np.uint8 else 65_535)
    return int(np.count_nonzero(cv2.subtract(most, least) > difference))
