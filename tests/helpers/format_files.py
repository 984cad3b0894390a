"""Image files made byte by byte, as the specifications have them: no library is tried on what it wrote itself."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image

from tests.helpers.pictures import png_chunk

Samples = npt.NDArray[Any]
SIZES = {1: "B", 2: "B", 3: "H", 4: "I", 5: "II", 7: "B", 11: "f"}  # of TIFF's types, for struct


def packed(samples: Samples, bits: int) -> bytes:
    """Rows of integers (h, w, n) in so many bits each, the most significant first; every row begins at a byte."""
    rows = samples.reshape(samples.shape[0], -1).astype(np.uint64)
    if bits % 8 == 0:
        return rows.astype(f">u{bits // 8}" if bits != 24 else ">u4").tobytes() if bits != 24 else _three_bytes(rows)
    shifts = np.arange(bits - 1, -1, -1, dtype=np.uint64)
    return np.packbits(((rows[..., None] >> shifts) & 1).astype(np.uint8).reshape(len(rows), -1), axis=1).tobytes()


def _three_bytes(rows: Samples) -> bytes:
    return np.ascontiguousarray(rows.astype(">u4").view(np.uint8).reshape(*rows.shape, 4)[..., 1:]).tobytes()


def png(samples: Samples, depth: int, colour_type: int, *chunks: tuple[bytes, bytes], ends: bool = True) -> bytes:
    """A PNG of samples (h, w, n) with chunks before its pixels."""
    height, width = samples.shape[:2]
    rows = packed(samples, depth)
    length = len(rows) // height
    lines = b"".join(b"\0" + rows[n * length : (n + 1) * length] for n in range(height))
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0))
    middle = b"".join(png_chunk(kind, data) for kind, data in chunks)
    end = png_chunk(b"IEND", b"") if ends else b""
    return b"\x89PNG\r\n\x1a\n" + header + middle + png_chunk(b"IDAT", zlib.compress(lines)) + end


def tiff(
    strips: Sequence[bytes],
    width: int,
    height: int,
    bits: int,
    photometric: int,
    *,
    samples: int = 1,
    order: str = "<",
    **more: object,
) -> bytes:
    """A TIFF of these strips, which hold the same number of rows each.

    more: further tags by number, as t339=(type, values); the values are numbers or bytes.
    """
    tags: dict[int, tuple[int, Any]] = {
        256: (4, [width]), 257: (4, [height]), 258: (3, [bits] * samples), 259: (3, [1]), 262: (3, [photometric]),
        277: (3, [samples]), 278: (4, [height]), 279: (4, [len(strip) for strip in strips]),
    }  # fmt: skip
    tags |= {int(name[1:]): value for name, value in more.items()}  # type: ignore[misc]
    tags[273] = (4, [0] * len(strips))
    blobs = {tag: _tag_bytes(kind, values, order) for tag, (kind, values) in tags.items()}
    place = 8 + 2 + 12 * len(tags) + 4
    places = {}
    for tag in sorted(blobs):
        if len(blobs[tag]) > 4:
            places[tag] = place
            place += len(blobs[tag]) + len(blobs[tag]) % 2
    starts = [place + sum(map(len, strips[:n])) for n in range(len(strips))]
    blobs[273] = _tag_bytes(4, starts, order)
    directory, beside = b"", b""
    for tag in sorted(blobs):
        kind, values = tags[tag]
        count = len(values) // struct.calcsize(SIZES[kind]) if isinstance(values, bytes) else len(values)
        inside = struct.pack(order + "I", places[tag]) if tag in places else blobs[tag].ljust(4, b"\0")
        directory += struct.pack(order + "HHI", tag, kind, count) + inside
        if tag in places:
            beside += blobs[tag] + b"\0" * (len(blobs[tag]) % 2)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(tags))
    return head + directory + bytes(4) + beside + b"".join(strips)


def _tag_bytes(kind: int, values: Any, order: str) -> bytes:
    return values if isinstance(values, bytes) else struct.pack(f"{order}{len(values)}{SIZES[kind]}", *values)


def bmp(
    pixels: bytes,
    width: int,
    height: int,
    bits: int,
    *,
    header_bytes: int = 40,
    masks: Sequence[int] = (),
    palette: bytes = b"",
    profile: bytes = b"",
    compression: int | None = None,
) -> bytes:
    """A BMP; pixels: its rows from the bottom, each of a multiple of four bytes."""
    compression = (3 if masks else 0) if compression is None else compression
    header = struct.pack("<IiiHHIIiiII", header_bytes, width, height, 1, bits, compression, len(pixels), 0, 0, 0, 0)
    beside = b""
    if header_bytes == 40:
        beside = struct.pack(f"<{len(masks)}I", *masks)
    else:
        header += struct.pack("<4I", *masks, *[0] * (4 - len(masks)))
    if header_bytes >= 108:
        header += (b"DEBM" if profile else b" niW"[::1]) + bytes(48)
    if header_bytes >= 124:
        header += struct.pack("<4I", 4, header_bytes + len(palette) + len(pixels) if profile else 0, len(profile), 0)
    start = 14 + len(header) + len(beside) + len(palette)
    whole = start + len(pixels) + len(profile)
    return b"BM" + struct.pack("<IHHI", whole, 0, 0, start) + header + beside + palette + pixels + profile


def heic(image: Image.Image, **arguments: object) -> bytes:
    """A lossless HEIC."""
    buffer = io.BytesIO()
    pillow_heif.from_pillow(image).save(buffer, quality=-1, chroma=444, **arguments)
    return buffer.getvalue()


def with_code_points(file: bytes, primaries: int, transfer: int) -> bytes:
    """A HEIC or AVIF whose colours are said to be of other code points."""
    place = file.index(b"colrnclx") + 8
    return file[:place] + struct.pack(">HH", primaries, transfer) + file[place + 4 :]


def without_code_points(file: bytes) -> bytes:
    """A HEIC or AVIF whose colours only the coded picture tells: nobody knows the box any more that did."""
    assert b"colrnclx" in file
    return file.replace(b"colrnclx", b"free" + b"nclx")


def with_orientation(exif_orientation: int) -> bytes:
    """EXIF with an orientation and nothing else."""
    exif = Image.Exif()
    exif[0x0112] = exif_orientation
    return exif.tobytes()


def adobe_rgb_exif() -> bytes:
    """EXIF of a camera that stores Adobe RGB: an uncalibrated colour space, and the interoperability index R03."""
    ifd = struct.pack("<HHHII", 1, 0x8769, 4, 1, 26) + bytes(4)
    exif = struct.pack("<H", 2) + struct.pack("<HHIHH", 0xA001, 3, 1, 65535, 0) + struct.pack("<HHII", 0xA005, 4, 1, 56)
    interop = struct.pack("<HHHI4s", 1, 1, 2, 4, b"R03\0") + bytes(4)
    return b"Exif\0\0II*\0" + struct.pack("<I", 8) + ifd + exif + bytes(4) + interop


def icc_profile(space: bytes, tags: Mapping[bytes, bytes], kind: bytes = b"mntr", connection: bytes = b"XYZ ") -> bytes:
    """An ICC profile of version 2."""
    white = struct.pack(">3i", 63190, 65536, 54061)
    tags = {**tags, b"wtpt": b"XYZ " + bytes(4) + white}
    directory, data, offset = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, tag in tags.items():
        padded = tag + bytes(-len(tag) % 4)
        directory += name + struct.pack(">II", offset + len(data), len(tag))
        data += padded
    header = struct.pack(">I4sI4s4s4s", offset + len(data), bytes(4), 0x02400000, kind, space, connection)
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + white
    return header.ljust(128, b"\0") + directory + data


def curve(gamma: float) -> bytes:
    """A tone curve of ICC: a power."""
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
