"""What the boxes of a HEIF or AVIF file say (ISO/IEC 23008-12) that Pillow does not tell.

The crop of its picture, a clean aperture (`clap`), and the boxes that list its items.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

Box = tuple[bytes, bytes]

MAX_BOXES = 10_000


def crop(data: bytes, width: int, height: int) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of the part of the primary picture that is shown; None if it is the whole.

    width, height: of the picture as it is coded. Raises ValueError or struct.error if the boxes are damaged.
    """
    aperture = next((content for kind, content in _primary_properties(data) if kind == b"clap"), None)
    if aperture is None:
        return None
    across, across_of, down, down_of, x, x_of, y, y_of = struct.unpack_from(">IIIIiIiI", aperture)
    if not (across_of and down_of and x_of and y_of):
        raise ValueError("a crop without a size")
    wide, high = round(across / across_of), round(down / down_of)
    left, top = round(x / x_of + (width - wide) / 2), round(y / y_of + (height - high) / 2)
    if wide <= 0 or high <= 0 or left < 0 or top < 0 or left + wide > width or top + high > height:
        raise ValueError("a crop outside the picture")
    return None if (wide, high) == (width, height) else (left, top, left + wide, top + high)


def meta_boxes(data: bytes) -> dict[bytes, bytes]:
    """What a file says of its items, by kind of box."""
    return dict(_boxes(dict(_boxes(data)).get(b"meta", b"")[4:]))


def _primary_properties(data: bytes) -> list[Box]:
    meta = meta_boxes(data)
    chosen = meta.get(b"pitm", b"")
    primary = int.from_bytes(chosen[4:6] if chosen[:1] == b"\0" else chosen[4:8])
    properties = list(_boxes(meta.get(b"iprp", b"")))
    shared = [box for kind, content in properties if kind == b"ipco" for box in _boxes(content)]
    return [
        shared[index - 1]
        for kind, content in properties
        if kind == b"ipma"
        for item, index in _associations(content)
        if item == primary and 0 < index <= len(shared)
    ]


def _associations(content: bytes) -> Iterator[tuple[int, int]]:
    """Items and the numbers of their properties."""
    version, is_wide = content[0], content[3] & 1
    (count,) = struct.unpack_from(">I", content, 4)
    place, item_bytes = 8, 2 if version == 0 else 4
    for _ in range(min(count, MAX_BOXES)):
        item = int.from_bytes(content[place : place + item_bytes])
        place += item_bytes
        many = content[place]
        place += 1
        for _ in range(many):
            index = int.from_bytes(content[place : place + 1 + is_wide])
            place += 1 + is_wide
            yield item, index & (0x7FFF if is_wide else 0x7F)


def _boxes(data: bytes) -> Iterator[Box]:
    place = 0
    for _ in range(MAX_BOXES):
        if place + 8 > len(data):
            return
        length, kind = struct.unpack_from(">I4s", data, place)
        start = place + 8
        if length == 1 and place + 16 <= len(data):
            length, start = int.from_bytes(data[place + 8 : place + 16]), place + 16
        end = place + length if length else len(data)
        if end < start:
            return
        yield kind, data[start:end]
        place = end
