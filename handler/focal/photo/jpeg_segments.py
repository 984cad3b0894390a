"""What lies around the picture in a JPEG file: its segments, its XMP in parts, and the files that follow it."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

APP1, APP2 = 0xE1, 0xE2
STANDALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length
SCAN = 0xDA
# How the names of XMP's segments end (XMP Specification Part 3, 1.1.3). Behind the name of an extended part there are
# a digest, the length of the whole, and this part's place in it.
XMP, EXTENDED_XMP = b"//ns.adobe.com/xap/1.0/", b"//ns.adobe.com/xmp/extension/"
EXTENDED = struct.Struct(">32sII")
MAX_SEGMENTS = 10_000
# CIPA DC-007: an index of pictures, in a directory as TIFF has them; places are counted from the directory's head.
MULTI_PICTURE, PICTURES_TAG, PICTURE_ENTRY = b"MPF\0", 0xB002, 16
MAX_PICTURES = 32


def segments(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Marker, place and content of each segment before the picture's own data; where they are damaged, they end."""
    place = 2
    for _ in range(MAX_SEGMENTS):
        if data[place : place + 1] != b"\xff" or place + 4 > len(data):
            return
        marker = data[place + 1]
        if marker == 0xFF:
            place += 1
        elif marker in STANDALONE:
            place += 2
        else:
            length = int.from_bytes(data[place + 2 : place + 4])
            if marker == SCAN or length < 2:
                return
            yield marker, place + 4, data[place + 4 : place + 2 + length]
            place += 2 + length


def whole_xmp(data: bytes) -> bytes:
    """The XMP of a JPEG, its extended part behind the main one; empty if it has none.

    A part that is not whole is left out.
    """
    main, parts = b"", dict[bytes, dict[int, bytes]]()
    lengths = dict[bytes, int]()
    for marker, _, content in segments(data):
        if marker != APP1:
            continue
        name, _, payload = content.partition(b"\0")
        if name.endswith(XMP):
            main = main or payload
        elif name.endswith(EXTENDED_XMP) and len(payload) >= EXTENDED.size:
            digest, length, place = EXTENDED.unpack_from(payload)
            parts.setdefault(digest, {})[place] = payload[EXTENDED.size :]
            lengths[digest] = length
    return main + b"".join(_joined(found, lengths[digest]) for digest, found in parts.items() if digest in main)


def _joined(parts: Mapping[int, bytes], length: int) -> bytes:
    """The parts, by their places, in one; empty if one is missing."""
    ordered = sorted(parts.items())
    place = 0
    for start, part in ordered:
        if start != place:
            return b""
        place += len(part)
    return b"".join(part for _, part in ordered) if place == length else b""


def following_pictures(data: bytes) -> Iterator[bytes]:
    """The pictures behind the first one that the multi-picture index names, each from its start."""
    for marker, place, content in segments(data):
        if marker == APP2 and content.startswith(MULTI_PICTURE):
            head = place + len(MULTI_PICTURE)
            for length, start in _entries(content[len(MULTI_PICTURE) :])[1:MAX_PICTURES]:
                yield data[head + start : head + start + length]
            return


def _entries(directory: bytes) -> list[tuple[int, int]]:
    """Length and place of each picture; empty if the directory is damaged."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(directory[:4])
    try:
        (first,) = struct.unpack_from(f"{order}I", directory, 4)
        (count,) = struct.unpack_from(f"{order}H", directory, first)
        for n in range(count):
            tag, _, length, value = struct.unpack_from(f"{order}HHII", directory, first + 2 + 12 * n)
            if tag == PICTURES_TAG:
                places = range(value, min(value + length, len(directory) - PICTURE_ENTRY + 1), PICTURE_ENTRY)
                return [struct.unpack_from(f"{order}II", directory, place + 4) for place in places]
    except struct.error:
        pass
    return []
