"""JPEG: by OpenCV, which leaves the pixels where and as they are wanted, or grey and CMYK by Pillow.

Both have the same decoder for it.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from . import exif, gain_map
from .file_kinds import unsupported
from .limits import CheckSize, check_profile
from .picture import Extras, Picture
from .pillow import picture_of

END = b"\xff\xd9"
# Frames, by marker, that hold no picture as cameras write it.
RARE_FRAMES = dict.fromkeys((0xC3, 0xC7, 0xCB, 0xCF), "a lossless JPEG") | {0xF7: "a JPEG-LS picture"}
RARE_FRAMES |= dict.fromkeys((0xC5, 0xC6, 0xCD, 0xCE), "a hierarchical JPEG")
FRAMES = {0xC0, 0xC1, 0xC2, 0xC9, 0xCA, *RARE_FRAMES}
MAX_SEGMENTS = 10_000
# Longer than what a decoder reads ahead; no code of a picture, and no marker.
NO_DATA = b"\xaa" * 65_536


def read(data: bytes, check_size: CheckSize) -> Picture:
    """Open a JPEG, the first one of a file. Raises PhotoTooLarge, UnsupportedFormat, and anything on a damaged file."""
    try:
        image = Image.open(io.BytesIO(data), formats=["JPEG"])  # MPO is opened as JPEG
    except UnidentifiedImageError:
        _refuse_rare_frames(data)
        raise
    with image:
        check_size(*image.size)
        exif_bytes, size = image.info.get("exif"), image.size
        segments = (content for _, content in getattr(image, "applist", ()))
        extras = Extras(exif_bytes, image.info.get("xmp"), gain_map.in_jpeg(data, segments))
        marking = check_profile(image.info.get("icc_profile")) or exif.colour_space(exif_bytes)
        decode = partial(_by_opencv, width=size[0], height=size[1]) if image.mode == "RGB" else _by_pillow
    try:
        picture = decode(data)
    except Exception:
        picture = _without_end(data, decode)
    return replace(picture, marking=marking, orientation=exif.orientation(exif_bytes), extras=extras)


def _by_opencv(data: bytes, width: int, height: int) -> Picture:
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if pixels is None or pixels.shape[:2] != (height, width):
        raise ValueError("damaged JPEG")
    return Picture("JPEG", width, height, "RGB", np.asarray(pixels, np.uint8))


def _by_pillow(data: bytes) -> Picture:
    with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
        return picture_of(image)


def _without_end(data: bytes, decode: Callable[[bytes], Picture]) -> Picture:
    """A picture that lacks only its end marker: what follows its data changes nothing. Raises ValueError for others."""
    if data.rstrip(b"\0").endswith(END):
        raise ValueError("damaged JPEG")
    expected = _checksum(decode(data + NO_DATA + END))
    picture = decode(data + END)
    if _checksum(picture) != expected:
        raise ValueError("truncated JPEG")
    return picture


def _checksum(picture: Picture) -> int:
    return zlib.crc32(picture.rows(0, picture.height).tobytes())


def _refuse_rare_frames(data: bytes) -> None:
    """Raises UnsupportedFormat if the frame is of a kind that only medicine and archives use."""
    place = 2
    for _ in range(MAX_SEGMENTS):
        marker, length = data[place + 1 : place + 2], int.from_bytes(data[place + 2 : place + 4])
        if data[place : place + 1] != b"\xff" or not marker:
            return
        if marker[0] in FRAMES:
            bits, channels = data[place + 4], data[place + 9]
            if marker[0] in RARE_FRAMES:
                raise unsupported(RARE_FRAMES[marker[0]])
            if bits != 8:
                raise unsupported(f"a JPEG of {bits} bits a sample")
            if channels not in (1, 3, 4):
                raise unsupported(f"a JPEG of {channels} channels")
            return
        place += 1 if marker == b"\xff" else 2 + length
