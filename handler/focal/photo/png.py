"""PNG: its chunks, and its colour and transparency as the third edition of the specification has them.

Pillow reads the ordinary ones; those of 16 bits, and those of grey with a transparent value, it reads at 8 bits or
wrongly, and imagecodecs (libpng) exactly. Either gets the chunks that make the picture and no others: no text and no
colour profile, however long, can be in the way.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from PIL import Image

from . import exif
from .limits import MAX_PROFILE_BYTES, CheckSize, check_profile
from .picture import BITS, Extras, Model, Picture
from .pillow import picture_of
from .spaces import BT709, HDR_PEAK_NITS, PNG_TRANSFERS, Primaries, RgbSpace, of_code_points

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY = 0  # a colour type
HEADER, FRAME = struct.Struct(">IIBBBBB"), struct.Struct(">4x4I")
KEPT = (b"PLTE", b"tRNS")
HEADERS = (b"IHDR", b"PLTE")
PIXELS, TEXTS = (b"IDAT", b"fdAT"), (b"tEXt", b"zTXt", b"iTXt")
# What old programs write in place of an eXIf chunk: EXIF in hexadecimal, behind three lines.
RAW_EXIF = b"Raw profile type exif"
MAX_RAW_EXIF_BYTES = 200_000
MAX_XMP_BYTES, COMPRESSED = 1_000_000, b"\1\0"
XMP = b"XML:com.adobe.xmp\0"
# A gamma this near to 1 / 2.2, as a factor, is sRGB's, which is no power; beside primaries it counts as it is written.
NEARLY = 1.05


class Chunk(NamedTuple):
    """A chunk of a PNG: its kind, its content, and the whole with length and check sum."""

    kind: bytes
    content: memoryview
    whole: memoryview


def read(data: bytes, check_size: CheckSize) -> Picture:
    """Open a PNG, or the first frame of an APNG. Raises PhotoTooLarge, and anything on a damaged file."""
    chunks = list(_chunks(memoryview(data)))
    about = {kind: bytes(content) for kind, content, _ in reversed(chunks) if kind not in (*PIXELS, *TEXTS)}
    canvas = HEADER.unpack(about[b"IHDR"])
    check_size(*canvas[:2])
    (left, top, *size), pixels = _first_frame(chunks, about)
    head = {b"IHDR": HEADER.pack(*size, *canvas[2:])} | {kind: about[kind] for kind in KEPT if kind in about}
    file = b"".join([SIGNATURE, *(_chunk(*entry) for entry in head.items()), *pixels, _chunk(b"IEND", b"")])
    depth, colour_type = canvas[2:4]
    exactly = depth == 16 or (colour_type == GREY and b"tRNS" in about)
    picture = _by_libpng(file) if exactly else picture_of(Image.open(io.BytesIO(file), formats=["PNG"]))
    if size != list(canvas[:2]):
        picture = _on_canvas(picture, left, top, *canvas[:2])
    exif_bytes = about.get(b"eXIf") or _raw_exif(chunks)
    marking = _profile(about[b"iCCP"]) if b"iCCP" in about and b"cICP" not in about else _space(about)
    marking = marking or exif.colour_space(exif_bytes)
    extras = Extras(exif_bytes, _xmp(chunks))
    return replace(picture, marking=marking, orientation=exif.orientation(exif_bytes), extras=extras)


def _chunks(data: memoryview) -> Iterator[Chunk]:
    """The chunks up to the end; a file that lacks only its end is whole. Who decodes the pixels checks their sums.

    Raises ValueError if header or palette are damaged, or pixels truncated.
    """
    place = len(SIGNATURE)
    while place + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        if kind == b"IEND":
            return
        whole = data[place : place + 12 + length]
        if kind in PIXELS and len(whole) < 12 + length:
            raise ValueError("truncated pixels")
        if kind in HEADERS and whole[8 + length :] != zlib.crc32(whole[4 : 8 + length]).to_bytes(4):
            raise ValueError("damaged header or palette")
        yield Chunk(kind, whole[8 : 8 + length], whole)
        place += 12 + length


def _first_frame(chunks: Sequence[Chunk], about: Mapping[bytes, bytes]) -> tuple[list[int], list[bytes | memoryview]]:
    """Where on the canvas the picture lies (left, top, width, height), and its IDAT chunks.

    In an APNG whose animation leaves its default image out, the picture is the first of the animation, as in browsers.
    """
    kinds = [chunk.kind for chunk in chunks]
    width, height, *_ = HEADER.unpack(about[b"IHDR"])
    default: list[bytes | memoryview] = [chunk.whole for chunk in chunks if chunk.kind == b"IDAT"]
    first = kinds.index(b"fcTL") if b"fcTL" in kinds else 0
    starts = kinds.index(b"IDAT") if default else 0
    is_animation = b"acTL" in kinds[:starts] and any(about[b"acTL"][:4])
    if is_animation and starts < first and len(about[b"fcTL"]) == 26:
        wide, high, left, top = FRAME.unpack_from(about[b"fcTL"])
        after = [*kinds[first + 1 :], b"fcTL"].index(b"fcTL") + first + 1
        data = [chunk.content[4:] for chunk in chunks[first:after] if chunk.kind == b"fdAT"]  # behind its number
        if data and 0 < wide <= width - left and 0 < high <= height - top:
            return [left, top, wide, high], [_chunk(b"IDAT", b"".join(data))]
    return [0, 0, width, height], default


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(content, zlib.crc32(kind)))


def _by_libpng(file: bytes) -> Picture:
    import imagecodecs  # which takes long to load, and few photos need it

    samples = imagecodecs.png_decode(file)
    samples = samples.reshape(*samples.shape[:2], -1)
    height, width, channels = samples.shape
    model: Model = "RGB" if channels > 2 else "GRAY"
    return Picture("PNG", width, height, model, samples, channels in (2, 4), BITS[samples.itemsize])


def _on_canvas(frame: Picture, left: int, top: int, width: int, height: int) -> Picture:
    """A frame that is smaller than its canvas; around it, all is transparent."""
    samples = np.asarray(frame.rows(0, frame.height))
    if not frame.has_alpha:
        samples = np.dstack([samples, np.full(samples.shape[:2], np.iinfo(samples.dtype).max, samples.dtype)])
    canvas = np.zeros((height, width, samples.shape[2]), samples.dtype)
    canvas[top : top + frame.height, left : left + frame.width] = samples
    return replace(frame, width=width, height=height, samples=canvas, has_alpha=True)


def _space(about: Mapping[bytes, bytes]) -> RgbSpace | None:
    """What cICP says or, without it, gAMA and cHRM, which sRGB overrules."""
    points = about.get(b"cICP", b"")
    if len(points) == 4:
        space = of_code_points(points[0], points[1], PNG_TRANSFERS)
        return replace(space, peak_nits=_peak_nits(about)) if space else None
    gamma = int.from_bytes(about.get(b"gAMA", b"")[:4]) / 100_000
    if b"sRGB" in about or not gamma:
        return None
    if len(about.get(b"cHRM", b"")) == 32:
        white, red, green, blue = ((x / 1e5, y / 1e5) for x, y in struct.iter_unpack(">II", about[b"cHRM"]))
        primaries = Primaries(red, green, blue, white)
        return RgbSpace(primaries, 1 / gamma) if primaries.span_a_space else None
    return None if 1 / NEARLY < gamma * 2.2 < NEARLY else RgbSpace(BT709, 1 / gamma)


def _peak_nits(about: Mapping[bytes, bytes]) -> float:
    """The luminance of the brightest pixel or, where that is not told, of the screen on which the picture was made."""
    brightest, screen = about.get(b"cLLI", b"")[:4], about.get(b"mDCV", b"")[16:20]
    return (int.from_bytes(brightest) or int.from_bytes(screen)) / 10_000 or HDR_PEAK_NITS


def _profile(content: bytes) -> bytes | None:
    """The ICC profile of an iCCP chunk: its name, the method of compression (0), the compressed profile."""
    try:
        profile = zlib.decompressobj().decompress(content.partition(b"\0")[2][1:], MAX_PROFILE_BYTES + 1)
    except zlib.error:
        return None
    return check_profile(profile)


def _xmp(chunks: Sequence[Chunk]) -> bytes | None:
    """The XMP packet, also compressed, which XMP's specification advises against."""
    for kind, content, _ in chunks:
        if kind == b"iTXt" and bytes(content[: len(XMP)]) == XMP:
            flags, text = bytes(content[len(XMP) : len(XMP) + 2]), bytes(content[len(XMP) + 2 :])
            packet = text.split(b"\0", 2)[-1]  # behind the language and the translated keyword
            with suppress(zlib.error):
                return zlib.decompressobj().decompress(packet, MAX_XMP_BYTES) if flags == COMPRESSED else packet
    return None


def _raw_exif(chunks: Sequence[Chunk]) -> bytes | None:
    """EXIF that is written as text."""
    for kind, content, _ in chunks:
        if kind in TEXTS and bytes(content[: len(RAW_EXIF) + 1]) == RAW_EXIF + b"\0":
            text = bytes(content[len(RAW_EXIF) + 1 :])
            try:
                if kind == b"zTXt":
                    text = zlib.decompressobj().decompress(text[1:], MAX_RAW_EXIF_BYTES)
                return bytes.fromhex("".join(text.decode("ascii").split("\n")[3:]))
            except (zlib.error, ValueError):
                return None
    return None
