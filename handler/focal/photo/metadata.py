"""What of a photo's metadata may stay if its owner wants it: when, with what and by whom it was taken, and its rating.

Never where (GPS), which copy of a camera (serial numbers, maker's notes) or what else programs write.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping

from PIL import ExifTags
from PIL.TiffImagePlugin import IFDRational

from .exif import read_exif

# Capture time, camera, lens, artist and copyright (CIPA DC-008, Exif 3.0), in EXIF's two directories.
MAIN_TEXTS = (
    ExifTags.Base.Make,
    ExifTags.Base.Model,
    ExifTags.Base.DateTime,
    ExifTags.Base.Artist,
    ExifTags.Base.Copyright,
)
DETAIL_TEXTS = (
    *(ExifTags.Base.DateTimeOriginal, ExifTags.Base.SubsecTimeOriginal, ExifTags.Base.OffsetTimeOriginal),
    *(ExifTags.Base.DateTimeDigitized, ExifTags.Base.SubsecTimeDigitized, ExifTags.Base.OffsetTimeDigitized),
    *(ExifTags.Base.SubsecTime, ExifTags.Base.OffsetTime, ExifTags.Base.LensMake, ExifTags.Base.LensModel),
)
LONGEST_TEXT = 4_000
# Stars, as Windows writes them, and the same in percent.
RATING, RATING_PERCENT = 0x4746, 0x4749
PERCENT = {1: 1, 2: 25, 3: 50, 4: 75, 5: 99}
# Many cameras and Lightroom write the rating into XMP alone, as an attribute or an element.
XMP_RATING = re.compile(rb"\bxmp:Rating(?:>|\s*=\s*[\"'])\s*([1-5])(?:\.0+)?\s*[<\"']")

TEXT, SHORT, LONG, FRACTION = 2, 3, 4, 5  # types of an entry (TIFF 6.0)
Entry = tuple[int, int, bytes]  # type, count and value


def basic_exif(exif: bytes | None, xmp: bytes | None = None) -> bytes | None:
    """An EXIF block of the metadata that may stay, for an upright picture; None if the file has none of it."""
    read = read_exif(exif or b"")
    try:
        read_details: Mapping[int, object] = read.get_ifd(ExifTags.IFD.Exif)
    except Exception:  # a damaged directory says nothing, the other one does
        read_details = {}
    main = _texts(read, MAIN_TEXTS)
    if rating := _rating(read.get(RATING), xmp):
        main[RATING], main[RATING_PERCENT] = _short(rating), _short(PERCENT[rating])
    details = _texts(read_details, DETAIL_TEXTS)
    if lens := _fractions(read_details.get(ExifTags.Base.LensSpecification)):
        details[ExifTags.Base.LensSpecification] = lens
    return _block(main, details) if main or details else None


def _texts(read: Mapping[int, object], tags: tuple[int, ...]) -> dict[int, Entry]:
    """The texts with the bytes that the file has, which may be UTF-8; Pillow reads them as Latin-1."""
    entries = {}
    for tag in tags:
        text = read.get(tag)
        if isinstance(text, str) and text.strip("\0 ") and len(text) <= LONGEST_TEXT:
            value = text.rstrip("\0").encode("latin-1", "replace") + b"\0"
            entries[tag] = (TEXT, len(value), value)
    return entries


def _fractions(value: object) -> Entry | None:
    """Four fractions, also 0/0, which stands for what is unknown."""
    if not isinstance(value, tuple) or len(value) != 4 or not all(isinstance(each, IFDRational) for each in value):
        return None
    numbers = [number for each in value for number in (each.numerator, each.denominator)]
    if not all(isinstance(number, int) and 0 <= number < 2**32 for number in numbers):
        return None
    return FRACTION, 4, struct.pack("<8I", *numbers)


def _rating(value: object, xmp: bytes | None) -> int | None:
    """1 to 5 stars, from EXIF or else from XMP; None if there is none."""
    if isinstance(value, int) and value in PERCENT:
        return value
    found = XMP_RATING.search(xmp or b"")
    return int(found[1]) if found else None


def _short(value: int) -> Entry:
    return SHORT, 1, struct.pack("<H", value)


def _block(main: dict[int, Entry], details: Mapping[int, Entry]) -> bytes:
    """Two directories behind the head of a TIFF, as EXIF has them."""
    main = main | {int(ExifTags.Base.Orientation): _short(1)}
    if not details:
        return b"Exif\0\0II*\0" + struct.pack("<I", 8) + _directory(main, 8)
    pointed = main | {int(ExifTags.IFD.Exif): (LONG, 1, bytes(4))}
    place = 8 + len(_directory(pointed, 8))
    pointed[int(ExifTags.IFD.Exif)] = (LONG, 1, struct.pack("<I", place))
    return b"Exif\0\0II*\0" + struct.pack("<I", 8) + _directory(pointed, 8) + _directory(details, place)


def _directory(entries: Mapping[int, Entry], place: int) -> bytes:
    """A directory that begins at `place` of the block, and behind it the values of more than four bytes."""
    values_at = place + 2 + 12 * len(entries) + 4
    listed, values = struct.pack("<H", len(entries)), b""
    for tag, (kind, count, value) in sorted(entries.items()):
        listed += struct.pack("<HHI", tag, kind, count)
        if len(value) <= 4:
            listed += value.ljust(4, b"\0")
        else:
            listed += struct.pack("<I", values_at + len(values))
            values += value + bytes(len(value) % 2)
    return listed + bytes(4) + values
