"""WebP: its picture or first frame, on a canvas that browsers leave transparent around it, its profile and its EXIF."""

from __future__ import annotations

import io
from dataclasses import replace

from PIL import Image

from . import exif
from .limits import CheckSize, check_profile
from .picture import Extras, Picture
from .pillow import picture_of
from .transparency import transparent_around

FRAME = b"ANMF"


def read(data: bytes, check_size: CheckSize) -> Picture:
    """Open a WebP. Raises PhotoTooLarge, and anything on a damaged file."""
    with Image.open(io.BytesIO(data), formats=["WEBP"]) as image:
        check_size(*image.size)
        exif_bytes = image.info.get("exif")
        marking = check_profile(image.info.get("icc_profile")) or exif.colour_space(exif_bytes)
        extras = Extras(exif_bytes, image.info.get("xmp"))
        picture = transparent_around(picture_of(image), *_first_frame(data, *image.size))
        return replace(picture, marking=marking, orientation=exif.orientation(exif_bytes), extras=extras)


def _first_frame(data: bytes, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is drawn (RFC 9649): the whole canvas unless it is an animation."""
    place = 12
    while place + 8 <= len(data):
        kind, length = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        if kind == FRAME:
            x, y, w, h = (int.from_bytes(data[place + n : place + n + 3], "little") for n in (8, 11, 14, 17))
            return 2 * x, 2 * y, 2 * x + w + 1, 2 * y + h + 1
        place += 8 + length + length % 2
    return 0, 0, width, height
