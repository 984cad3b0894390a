"""Which accepted format a file is of, by its first bytes, and refusals that call other files by their names."""

from __future__ import annotations

import struct

from ..errors import UnsupportedFormat
from . import other_kinds

FORMATS_IN_WORDS = "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC"

# Where a signature stands, the signature, and the format; None is what only begins like one.
_FORMATS = (
    (8, b"CR\x02", None),
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (8, b"WEBP", "WEBP"),
    (0, b"BM", "BMP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"),
    (0, b"MM\0+", "TIFF"),
)
# Brands of ISO base media files (ftyp), the more telling ones first.
_AVIF = (b"avif", b"avis")
_HEIF = (
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1", b"mif2", b"mif3", b"jpeg",
    b"jpgs", b"avci", b"avcs", b"j2ki", b"j2is", b"vvic", b"vvis", b"evbi", b"evmi", b"unif",
)  # fmt: skip


def format_of(data: bytes | bytearray) -> str | None:
    """The accepted format of a file (JPEG, PNG, WEBP, GIF, BMP, TIFF, AVIF or HEIF); None if it is of no such."""
    for place, signature, name in _FORMATS:
        if data[place : place + len(signature)] == signature and _is_rest_right(name, data):
            return name
    brands = _brands(data)
    if b"crx " in brands:
        return None
    if any(brand in _AVIF for brand in brands):
        return "AVIF"
    return "HEIF" if any(brand in _HEIF for brand in brands) else None


def unsupported(kind: str) -> UnsupportedFormat:
    """The refusal of what is no photo that is read, called by its name."""
    return UnsupportedFormat(f"The photo is {kind}, which is not supported; send {FORMATS_IN_WORDS}.")


def refusal(data: bytes) -> UnsupportedFormat:
    """The refusal of a file that is of no accepted format."""
    kind = other_kinds.name_of(data, _brands(data))
    if kind:
        return UnsupportedFormat(f"The file is {kind}, which is not supported; send {FORMATS_IN_WORDS}.")
    return UnsupportedFormat(f"The photo is not in an accepted format; send {FORMATS_IN_WORDS}.")


def _is_rest_right(name: str | None, data: bytes | bytearray) -> bool:
    """Whether a file that begins as a format does is no text or sound that happens to do so."""
    if name == "WEBP":
        return data[:4] == b"RIFF"
    return name != "BMP" or b"\0" in data[2:18]  # the place of a BMP's pixels has zeros, a text none


def _brands(data: bytes | bytearray) -> list[bytes]:
    """Major and compatible brands of an ISO base media file (ISO/IEC 14496-12, 4.3)."""
    if data[4:8] != b"ftyp":
        return []
    (length,) = struct.unpack_from(">I", data)
    compatible = bytes(data[16 : min(length, 256)])
    return [bytes(data[8:12]), *(compatible[n : n + 4] for n in range(0, len(compatible), 4))]
