"""GIF: its first frame, on the canvas that browsers leave transparent around it."""

from __future__ import annotations

import io

from PIL import Image

from .limits import CheckSize
from .picture import Picture
from .pillow import picture_of
from .transparency import transparent_around


def read(data: bytes, check_size: CheckSize) -> Picture:
    """Open a GIF. Raises PhotoTooLarge, and anything on a damaged file."""
    with Image.open(io.BytesIO(data), formats=["GIF"]) as image:
        check_size(*image.size)
        left, top, right, bottom = image.tile[0].extents or (0, 0, *image.size)
        picture = picture_of(image)
    return transparent_around(picture, left, top, right, bottom)
