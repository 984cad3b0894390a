"""What EXIF says that changes how a photo looks: its orientation, and a camera's mark for Adobe RGB."""

from __future__ import annotations

from PIL import ExifTags, Image

from .spaces import ADOBE_RGB, RgbSpace

# A camera that stores Adobe RGB says so by this interoperability index (DCF 2.0), older ones by a colour space of 2.
ADOBE_INDEX = "R03"
ADOBE_SPACE = 2
_ADOBE_SPACE_ENTRIES = (b"\x01\xa0\x03\0\x01\0\0\0\x02\0", b"\xa0\x01\0\x03\0\0\0\x01\0\x02")

# CustomRendered as Apple writes it: a portrait in HDR, and a portrait. Both show the phone's own blur.
PORTRAITS = (7, 8)
_RENDERED_ENTRIES = (b"\x01\xa4\x03\0\x01\0\0\0", b"\xa4\x01\0\x03\0\0\0\x01")


def orientation(exif: bytes | None) -> int:
    """1 to 8 as EXIF counts; 1, upright, also where it says nothing that can be read. XMP beside it does not count."""
    if not exif:
        return 1
    value = read_exif(exif).get(ExifTags.Base.Orientation, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def colour_space(exif: bytes | None) -> RgbSpace | None:
    """Adobe RGB, if the camera marked it so."""
    # Most files have no such mark, and to read all of EXIF would cost a small photo a tenth of its decoding.
    if not exif or not any(mark in exif for mark in (ADOBE_INDEX.encode(), *_ADOBE_SPACE_ENTRIES)):
        return None
    try:
        read = read_exif(exif)
        index = read.get_ifd(ExifTags.IFD.Interop).get(ExifTags.Interop.InteropIndex)
        space = read.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.ColorSpace)
    except Exception:  # as below
        return None
    return marked_space(index, space)


def marked_space(index: object, space: object) -> RgbSpace | None:
    """Adobe RGB, if the interoperability index or the colour space is its mark."""
    return ADOBE_RGB if str(index).startswith(ADOBE_INDEX) or space == ADOBE_SPACE else None


def is_rendered_portrait(exif: bytes | None) -> bool:
    """Whether the camera marked the picture as a portrait that it has blurred itself."""
    if not exif or not any(mark in exif for mark in _RENDERED_ENTRIES):
        return False
    try:
        return read_exif(exif).get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.CustomRendered) in PORTRAITS
    except Exception:  # as below
        return False


def read_exif(exif: bytes) -> Image.Exif:
    """An EXIF block, empty if it cannot be read."""
    read = Image.Exif()
    try:
        read.load(exif)
    except Exception:  # EXIF that cannot be read says nothing; the picture itself is sound
        return Image.Exif()
    return read
