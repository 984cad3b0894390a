"""Pictures that tests make for themselves: four colours, of every format, mode and orientation, and colour profiles."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache

import numpy as np
import pillow_heif
from PIL import Image, ImageCms

pillow_heif.register_heif_opener()

CORNERS = (
    (250, 20, 20),
    (20, 250, 20),
    (20, 20, 250),
    (240, 240, 240),
)  # top left, top right, bottom left, bottom right
FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")

# How a camera that was turned stores an upright picture, by EXIF orientation.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def four_colours(width: int = 80, height: int = 48) -> Image.Image:
    """A picture whose corners tell how it is turned."""
    pixels = np.empty((height, width, 3), np.uint8)
    top, left = slice(None, height // 2), slice(None, width // 2)
    bottom, right = slice(height // 2, None), slice(width // 2, None)
    for place, colour in zip([(top, left), (top, right), (bottom, left), (bottom, right)], CORNERS, strict=True):
        pixels[place] = colour
    return Image.fromarray(pixels)


def encoded(image: Image.Image | None = None, image_format: str = "JPEG", **arguments: object) -> bytes:
    """An image file's bytes."""
    buffer = io.BytesIO()
    (image or four_colours()).save(buffer, image_format, **arguments)
    return buffer.getvalue()


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    """The picture that no format makes small."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    """The beginning of a PNG file of any size, without a pixel."""
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


def tiff(width: int, height: int, *entries: tuple[int, int, int, int], data: bytes = b"") -> bytes:
    """A little-endian TIFF of one grey 8-bit strip with further entries (tag, type, count, value)."""
    tags = {256: (4, 1, width), 257: (4, 1, height), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1), 277: (3, 1, 1)}
    tags |= {278: (4, 1, height), 279: (4, 1, len(data))} | {tag: rest for tag, *rest in entries}
    offset = 8 + 2 + 12 * (len(tags) + 1) + 4
    tags[273] = (4, 1, offset)
    directory = b"".join(struct.pack("<HHII", tag, *tags[tag]) for tag in sorted(tags))
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + directory + bytes(4) + data


@cache  # a profile holds the time at which it was made
def rgb_profile() -> bytes:
    """An sRGB colour profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def grey_profile(gamma: float) -> bytes:
    """A colour profile of greyscale with a tone curve of its own."""
    return _profile(
        b"GRAY", b"XYZ ", {b"kTRC": b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)}
    )


def cmyk_profile() -> bytes:
    """A colour profile of CMYK that calls every mixture of inks white, so that its use shows."""
    grid = bytes((255, 128, 128)) * 16  # L*, a*, b*
    lut = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + struct.pack(">9i", *(65536 * (n % 4 == 0) for n in range(9)))
    lut += bytes(range(256)) * 4 + grid + bytes(range(256)) * 3
    return _profile(b"CMYK", b"Lab ", {b"A2B0": lut})


def _profile(space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC version 2 output profile."""
    tags = tags | {b"wtpt": b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)}
    directory, data, offset = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, tag in tags.items():
        padded = tag + bytes(-len(tag) % 4)
        directory += name + struct.pack(">II", offset + len(data), len(tag))
        data += padded
    white = struct.pack(">3i", 63190, 65536, 54061)
    header = struct.pack(">I4sI4s4s4s", offset + len(data), b"\0" * 4, 0x02400000, b"prtr", space, connection)
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + white
    return header.ljust(128, b"\0") + directory + data
