"""WebP: its picture or first frame, its profile and its EXIF."""

from __future__ import annotations

import io
from dataclasses import replace

from PIL import Image

from . import exif
from .limits import CheckSize, check_profile
from .picture import Extras, Picture
from .pillow import picture_of


def read(data: bytes, check_size: CheckSize) -> Picture:
    """Open a WebP. Raises PhotoTooLarge, and anything on a damaged file."""
    with Image.open(io.BytesIO(data), formats=["WEBP"]) as image:
        check_size(*image.size)
        told = image.info.get("exif")
        marking = check_profile(image.info.get("icc_profile")) or exif.colour_space(told)
        extras = Extras(told, image.info.get("xmp"))
        return replace(picture_of(image), marking=marking, orientation=exif.orientation(told), extras=extras)
