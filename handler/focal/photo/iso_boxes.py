"""What the boxes of a HEIF or AVIF file say (ISO/IEC 23008-12) that Pillow does not tell.

The crop of its picture, a clean aperture (`clap`), the boxes that list its items, and where its coded picture begins.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Box = tuple[bytes, bytes]

MAX_BOXES = 10_000
MAX_DERIVATIONS = 8  # of a picture from others: a grid, say, of tiles
MAX_ITEMS = 65_536
START_BYTES = 1024  # of a coded picture: more than its sequence header has


@dataclass(frozen=True)
class CodedItem:
    """A coded picture.

    kind: of its coding.   start: the first bytes of its data.   properties: by kind, with those of what is made of it.
    derivations: how the main picture is made of it, by kind, the main picture's own first; none if it is that itself.
    """

    kind: bytes

    start: bytes
    properties: Mapping[bytes, bytes]
    derivations: tuple[bytes, ...]


def crop(data: bytes, width: int, height: int) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of the part of the primary picture that is shown; None if it is the whole.

    width, height: of the picture as it is coded. Raises ValueError or struct.error if the boxes are damaged.
    """
    meta = meta_boxes(data)
    aperture = next((content for kind, content in _properties(meta, _primary_item(meta)) if kind == b"clap"), None)
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


def coded_item(data: bytes) -> CodedItem | None:
    """The coded picture that a file's main picture is or, where it is made of several, the first of these.

    Raises ValueError, IndexError or struct.error if the boxes are damaged.
    """
    meta = meta_boxes(data)
    item, kinds = _primary_item(meta), _kinds(meta)
    properties: dict[bytes, bytes] = {}
    derivations: tuple[bytes, ...] = ()
    while item in kinds and len(derivations) < MAX_DERIVATIONS:
        properties = dict(_properties(meta, item)) | properties
        parts = _parts(meta, item)
        if not parts:
            return CodedItem(kinds[item], _start(data, meta, item), properties, derivations)
        derivations += (kinds[item],)
        item = parts[0]
    return None


def _kinds(meta: Mapping[bytes, bytes]) -> dict[int, bytes]:
    """The kinds of all items (`iinf`), by their numbers."""
    listed = meta.get(b"iinf", b"")
    kinds = {}
    for kind, content in _boxes(listed[6 if listed[:1] == b"\0" else 8 :]):
        if kind == b"infe" and content[:1] in (b"\2", b"\3"):
            wide = 2 if content[:1] == b"\2" else 4
            kinds[int.from_bytes(content[4 : 4 + wide])] = content[6 + wide : 10 + wide]
    return kinds


def _primary_item(meta: Mapping[bytes, bytes]) -> int:
    chosen = meta.get(b"pitm", b"")
    return int.from_bytes(chosen[4:6] if chosen[:1] == b"\0" else chosen[4:8])


def _properties(meta: Mapping[bytes, bytes], wanted: int) -> list[Box]:
    properties = list(_boxes(meta.get(b"iprp", b"")))
    shared = [box for kind, content in properties if kind == b"ipco" for box in _boxes(content)]
    return [
        shared[index - 1]
        for kind, content in properties
        if kind == b"ipma"
        for item, index in _associations(content)
        if item == wanted and 0 < index <= len(shared)
    ]


def _parts(meta: Mapping[bytes, bytes], item: int) -> list[int]:
    """The items that an item is derived from."""
    references = meta.get(b"iref", b"")
    item_bytes = 4 if references[:1] == b"\1" else 2
    for kind, content in _boxes(references[4:]):
        numbers = [int.from_bytes(content[at : at + item_bytes]) for at in (0, item_bytes + 2)]
        if kind == b"dimg" and numbers[0] == item and len(content) >= 2 * item_bytes + 2:
            return numbers[1:]
    return []


def _start(data: bytes, meta: Mapping[bytes, bytes], wanted: int) -> bytes:
    """The first bytes of an item's data (`iloc`); nothing where they lie in another file or item."""
    content = meta.get(b"iloc", bytes(8))
    version = content[0]
    offset_bytes, length_bytes, base_bytes, index_bytes = (
        content[4] >> 4,
        content[4] & 15,
        content[5] >> 4,
        content[5] & 15,
    )
    wide = 4 if version == 2 else 2
    place, count = 6 + wide, int.from_bytes(content[6 : 6 + wide])

    def number(length: int) -> int:
        nonlocal place
        place += length
        return int.from_bytes(content[place - length : place])

    for _ in range(min(count, MAX_ITEMS)):
        item = number(wide)
        method = number(2) & 15 if version else 0
        number(2)  # which file
        base, extents = number(base_bytes), number(2)
        if item == wanted:
            number(index_bytes if version else 0)
            start = base + number(offset_bytes)
            length = number(length_bytes) or START_BYTES
            source = {0: data, 1: meta.get(b"idat", b"")}.get(method, b"")
            return source[start : start + min(length, START_BYTES)]
        place += extents * ((index_bytes if version else 0) + offset_bytes + length_bytes)
    return b""


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
