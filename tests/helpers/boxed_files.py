"""HEIF and AVIF files put together box by box (ISO/IEC 23008-12) around pictures that an encoder has coded."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Item:
    """An item: its kind, its data, its properties (whole boxes), and the items that it refers to, by kind."""

    kind: bytes
    data: bytes
    properties: Sequence[bytes] = ()
    references: Mapping[bytes, Sequence[int]] = field(default_factory=dict)
    in_idat: bool = False


def box(kind: bytes, *content: bytes) -> bytes:
    """A box."""
    whole = b"".join(content)
    return struct.pack(">I4s", 8 + len(whole), kind) + whole


def full_box(kind: bytes, *content: bytes, version: int = 0, flags: int = 0) -> bytes:
    """A box with a version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *content)


def size(width: int, height: int) -> bytes:
    """The property of every picture."""
    return full_box(b"ispe", struct.pack(">II", width, height))


def code_points(primaries: int, transfer: int, matrix: int, *, is_full: bool = True) -> bytes:
    """The property that says what the colours are."""
    return box(b"colr", b"nclx", struct.pack(">HHHB", primaries, transfer, matrix, is_full << 7))


def grid(rows: int, columns: int, width: int, height: int) -> bytes:
    """The data of a picture of tiles."""
    return struct.pack(">4BHH", 0, 0, rows - 1, columns - 1, width, height)


def taken_from(file: bytes) -> tuple[bytes, bytes]:
    """Of a file of one picture: the box of its decoder's configuration, and its data."""
    kind = b"av1C" if b"av1C" in file else b"hvcC"
    start, media = file.index(kind) - 4, file.index(b"mdat") - 4
    configuration = file[start : start + struct.unpack_from(">I", file, start)[0]]
    return configuration, file[media + 8 : media + struct.unpack_from(">I", file, media)[0]]


def boxed(items: Sequence[Item], brand: bytes) -> bytes:
    """A file of items, numbered from 1; the first of them is the main picture."""
    shared: list[bytes] = []
    associations = b""
    for number, item in enumerate(items, 1):
        associations += struct.pack(">HB", number, len(item.properties))
        for each in item.properties:
            if each not in shared:
                shared.append(each)
            is_essential = each[4:8] in (b"av1C", b"hvcC", b"irot", b"imir", b"clap")
            associations += bytes([is_essential << 7 | shared.index(each) + 1])
    properties = box(b"iprp", box(b"ipco", *shared), full_box(b"ipma", struct.pack(">I", len(items)), associations))
    entries = [full_box(b"infe", struct.pack(">HH4sx", n, 0, item.kind), version=2) for n, item in enumerate(items, 1)]
    listed = full_box(b"iinf", struct.pack(">H", len(items)), *entries)
    references = [
        box(kind, struct.pack(f">HH{len(to)}H", n, len(to), *to))
        for n, item in enumerate(items, 1)
        for kind, to in item.references.items()
    ]
    handler = full_box(b"hdlr", bytes(4), b"pict", bytes(13))
    main = full_box(b"pitm", struct.pack(">H", 1))
    head = box(b"ftyp", brand, bytes(4), b"mif1", brand, b"miaf")
    inside = b"".join(item.data for item in items if item.in_idat)

    def meta(media_start: int) -> bytes:
        places, in_idat, in_media = b"", 0, media_start
        for number, item in enumerate(items, 1):
            place = in_idat if item.in_idat else in_media
            places += struct.pack(">HHHHII", number, item.in_idat, 0, 1, place, len(item.data))
            if item.in_idat:
                in_idat += len(item.data)
            else:
                in_media += len(item.data)
        located = full_box(b"iloc", b"\x44\0", struct.pack(">H", len(items)), places, version=1)
        parts = [handler, main, located, listed, properties]
        parts += [full_box(b"iref", *references)] if references else []
        return full_box(b"meta", *parts, *([box(b"idat", inside)] if inside else []))

    start = len(head) + len(meta(0)) + 8
    return head + meta(start) + box(b"mdat", *(item.data for item in items if not item.in_idat))
