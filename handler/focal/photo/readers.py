"""The reader of each accepted format: an image file's bytes -> a `Picture` of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import bmp, gif, heif, jpeg, png, tiff, webp
from .limits import CheckSize
from .picture import Picture

READERS: Mapping[str, Callable[[bytes, CheckSize], Picture]] = {
    "JPEG": jpeg.read,
    "PNG": png.read,
    "WEBP": webp.read,
    "GIF": gif.read,
    "BMP": bmp.read,
    "TIFF": tiff.read,
    "AVIF": heif.read_avif,
    "HEIF": heif.read_heif,
}
FORMATS = tuple(READERS)
