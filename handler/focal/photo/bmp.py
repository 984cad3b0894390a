"""BMP: palettes, pixels of 16 and 32 bits by their masks, transparency that is meant, and the profile of version 5.

Pillow reads run lengths, 24 bits and what OS/2 wrote.
"""

from __future__ import annotations

import io
import struct
from dataclasses import replace

import numpy as np
from PIL import Image

from .file_kinds import unsupported
from .limits import CheckSize, check_profile
from .picture import Picture, Samples
from .pillow import picture_of

RGB, BITFIELDS, JPEG, PNG, ALPHA_BITFIELDS = 0, 3, 4, 5, 6  # of compression
INFO_BYTES, V3_BYTES, OS2_BYTES, V4_BYTES, V5_BYTES = 40, 56, 64, 108, 124  # of the header
COLOURS_USED = 46  # where the number of the palette's colours stands
EMBEDDED = b"DEBM"  # the colour space of a version 5 with a profile of its own
PALETTE_BITS = (1, 2, 4, 8)
ENTRY_BYTES = 4  # of a palette
MASKS = {16: (0x7C00, 0x3E0, 0x1F), 32: (0xFF0000, 0xFF00, 0xFF)}  # where a file has none of its own


def read(data: bytes, check_size: CheckSize) -> Picture:
    """Open a BMP. Raises PhotoTooLarge, UnsupportedFormat, and anything on a damaged file."""
    (header_bytes,) = struct.unpack_from("<I", data, 14)
    if header_bytes < INFO_BYTES or header_bytes == OS2_BYTES:  # whose compressions have numbers of their own
        return _by_pillow(data, check_size)
    width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    if width <= 0 or not height:
        raise ValueError("a picture of no size")
    if compression in (JPEG, PNG):
        raise unsupported("a BMP that wraps a JPEG or PNG")
    if bits in MASKS and compression in (RGB, BITFIELDS, ALPHA_BITFIELDS):
        picture = _by_masks(data, width, height, bits, check_size)
    elif bits in PALETTE_BITS and compression == RGB:
        picture = _by_palette(data, width, height, bits, check_size)
    else:
        picture = _by_pillow(_with_possible_palette(data, bits), check_size)
    return replace(picture, marking=_profile(data, header_bytes))


def _by_pillow(data: bytes, check_size: CheckSize) -> Picture:
    try:
        image = Image.open(io.BytesIO(data), formats=["BMP"])
    except OSError as error:
        if "Unsupported" in str(error):
            raise unsupported("a BMP of a rare kind") from error
        raise
    with image:
        check_size(*image.size)
        return picture_of(image)


def _with_possible_palette(data: bytes, bits: int) -> bytes:
    """A file that says to have more colours than its indices can name, with as many as they can: the rest is unused."""
    (colours,) = struct.unpack_from("<I", data, COLOURS_USED)
    most = 2**bits if bits in PALETTE_BITS else 0
    return data if colours <= most else data[:COLOURS_USED] + struct.pack("<I", most) + data[COLOURS_USED + 4 :]


def _by_palette(data: bytes, width: int, height: int, bits: int, check_size: CheckSize) -> Picture:
    """A picture of indices, uncompressed, row by row from the bottom, or from the top if height < 0."""
    check_size(width, abs(height))
    (start,), (header_bytes,) = struct.unpack_from("<I", data, 10), struct.unpack_from("<I", data, 14)
    colours = struct.unpack_from("<I", data, COLOURS_USED)[0] or 2**bits
    begin = 14 + header_bytes
    entries = np.frombuffer(data[begin : min(start, begin + ENTRY_BYTES * min(colours, 2**bits))], np.uint8)
    palette = np.zeros((2**bits, 3), np.uint8)  # an index without a colour is black
    listed = entries[: entries.size // ENTRY_BYTES * ENTRY_BYTES].reshape(-1, ENTRY_BYTES)
    if not len(listed):
        raise ValueError("the pixels begin where the palette should be")
    palette[: len(listed)] = listed[:, 2::-1]
    stride, row_bytes = (width * bits + 31) // 32 * 4, (width * bits + 7) // 8
    packed = np.ndarray((abs(height), row_bytes), np.uint8, data, start, (stride, 1))
    packed = packed if height < 0 else packed[::-1]
    shifts = np.arange(8 - bits, -1, -bits, dtype=np.uint8)

    def rows(top: int, bottom: int) -> Samples:
        indices = packed[top:bottom, :, None] >> shifts & np.uint8(2**bits - 1)
        return np.asarray(palette[indices.reshape(bottom - top, -1)[:, :width]])

    return Picture("BMP", width, abs(height), "RGB", rows)


def _by_masks(data: bytes, width: int, height: int, bits: int, check_size: CheckSize) -> Picture:
    """A picture whose pixels are words of 16 or 32 bits, row by row from the bottom, or from the top if height < 0."""
    check_size(width, abs(height))
    start, stride = struct.unpack_from("<I", data, 10)[0], (width * bits // 8 + 3) // 4 * 4
    words = np.ndarray((abs(height), width), f"<u{bits // 8}", data, start, (stride, bits // 8))
    words = words if height < 0 else words[::-1]
    masks = _masks(data, bits)
    has_alpha = masks[3] != 0 and bool((words & masks[3]).any())  # all of it zero is a program that wrote none
    channels = masks if has_alpha else masks[:3]

    def rows(top: int, bottom: int) -> Samples:
        return np.stack([_channel(words[top:bottom], mask) for mask in channels], axis=-1)

    return Picture("BMP", width, abs(height), "RGB", rows, has_alpha)


def _masks(data: bytes, bits: int) -> tuple[int, int, int, int]:
    """Red, green, blue and alpha; alpha is 0 where there is none."""
    header_bytes, compression = struct.unpack_from("<I", data, 14)[0], struct.unpack_from("<I", data, 30)[0]
    has_alpha = header_bytes >= V3_BYTES or compression == ALPHA_BITFIELDS
    if compression == RGB:  # a header of version 4 or 5 may have a mask of alpha all the same, as browsers read it
        alpha = struct.unpack_from("<I", data, 66)[0] if header_bytes >= V4_BYTES and bits == 32 else 0
        return (*MASKS[bits], alpha & ~sum(MASKS[bits]))
    red, green, blue, alpha = struct.unpack_from("<4I", data, 54)
    if not (red or green or blue):
        red, green, blue = MASKS[bits]
    return red, green, blue, alpha if has_alpha else 0


def _channel(words: np.ndarray, mask: int) -> np.ndarray:
    """What a mask selects, over the range of 8 bits."""
    if not mask:
        return np.zeros(words.shape, np.uint8)
    shift = (mask & -mask).bit_length() - 1
    values = (words & words.dtype.type(mask)) >> words.dtype.type(shift)
    most = mask >> shift
    return np.asarray(values if most == 255 else values * (255 / most) + 0.5).astype(np.uint8)


def _profile(data: bytes, header_bytes: int) -> bytes | None:
    if header_bytes < V5_BYTES or data[70:74] != EMBEDDED:
        return None
    offset, length = struct.unpack_from("<II", data, 14 + 112)
    return check_profile(data[14 + offset : 14 + offset + length])
