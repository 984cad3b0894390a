"""TIFF, a family: 1 to 64 bits a sample, integers and floats, planes, palettes and the compressions of thirty years.

tifffile and imagecodecs decode it, one strip or tile after the other; OpenCV (libtiff) what has luminance and colour
apart. What the samples mean (TIFF 6.0 and its supplements) is told here.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from ..errors import PhotoTooLarge
from .colour import eight_bits
from .file_kinds import unsupported
from .levels import Levels, levels_of
from .limits import CheckSize
from .picture import BITS, CHANNELS, Extras, Picture, Samples
from .tiff_colour import marking_of
from .tiff_kinds import (
    BLACK_IS_ZERO,
    CIELAB,
    ICCLAB,
    INKS,
    MASK,
    MODELS,
    PALETTE,
    RGB,
    UNCOMPRESSED,
    WHITE_IS_ZERO,
    YCBCR,
    main_page,
    refuse_rare_kinds,
)
from .transparency import straight

if TYPE_CHECKING:
    from tifffile import TiffPage

Values = npt.NDArray[Any]
Part = tuple[Values, int, int, int]  # values (h, w, n); the channel of the first of the n; row and column

GREYS = (WHITE_IS_ZERO, BLACK_IS_ZERO, MASK)
JPEGS = (6, 7, 33_007, 34_892)  # of compressions
PREMULTIPLIED, STRAIGHT = 1, 2  # of extra samples
ORIENTATION, DOT_RANGE, XMP = 274, 336, 700  # tags
# A strip or tile is decoded as a whole, and then put in place by so many rows at a time. With the picture, and what the
# decompressor needs, it must stay within the decoder's share of memory.
BYTES_A_PIXEL, BYTES_BESIDE, MAX_PART_BYTES, ROWS = 12, 64_000_000, 450_000_000, 64


def read(data: bytes, check_size: CheckSize, *, keeps_bits: bool = False) -> Picture:
    """Open the main picture of a TIFF.

    keeps_bits: whether greys and RGB of more than 8 bits stay so where no profile needs them.
    Raises PhotoTooLarge, UnsupportedFormat, and anything on a damaged file.
    """
    import tifffile  # which takes long to load, and few photos need it

    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = main_page(file)
        check_size(page.imagewidth, page.imagelength)
        refuse_rare_kinds(page)
        marking = marking_of(page)
        xmp = page.tags.valueof(XMP)
        # EXIF is a TIFF without a picture, so a TIFF's own first directory is EXIF's main one.
        exif_bytes = _exif_of_bigtiff(data) if file.is_bigtiff else data
        extras = Extras(exif_bytes, xmp if isinstance(xmp, bytes) else None)
        if page.photometric == YCBCR and page.compression not in JPEGS:
            return replace(_by_opencv(data, page), marking=marking, extras=extras)
        _refuse_bad_parts(page, len(data))
        turn = page.tags.valueof(ORIENTATION, 1)
        turn = turn if turn in range(1, 9) else 1
        return replace(
            _decoded(page, keeps_bits or isinstance(marking, bytes)), marking=marking, orientation=turn, extras=extras
        )


def _refuse_bad_parts(page: TiffPage, length: int) -> None:
    """Raises ValueError for strips or tiles that the file does not hold, and PhotoTooLarge for too large ones."""
    decoded = int(np.prod(page.chunks)) * np.dtype(page.dtype).itemsize
    longest = decoded if page.compression == UNCOMPRESSED else length
    parts = zip(page.dataoffsets, page.databytecounts, strict=True)
    if not page.dataoffsets or any(start + min(count, longest) > length for start, count in parts):
        raise ValueError("parts of the picture lie outside the file")
    pixels = page.imagewidth * page.imagelength
    most = min(BYTES_A_PIXEL * pixels + BYTES_BESIDE, MAX_PART_BYTES)
    if page.compression != UNCOMPRESSED and decoded > most:
        raise PhotoTooLarge("The photo is a TIFF of too large strips or tiles to decode; save it with smaller ones.")


def _decoded(page: TiffPage, keeps_bits: bool) -> Picture:
    """The picture of a page, put together from its strips or tiles."""
    model = MODELS[page.photometric]
    colours, stored = CHANNELS[model], 1 if page.photometric == PALETTE else CHANNELS[model]
    alpha, is_premultiplied = _alpha(page, stored)
    # In a photo, more than 8 bits are of use only to a profile, whose curve may be steep.
    is_wide = np.dtype(page.dtype).itemsize > 1 and page.photometric in (*GREYS, RGB)
    reduced, value = (_unchanged, np.dtype(np.uint16)) if is_wide and keeps_bits else (eight_bits, np.dtype(np.uint8))
    samples = np.zeros((page.imagelength, page.imagewidth, colours + (alpha is not None)), value)
    to_colours, to_alpha = _colours(page, stored), _range(page, None)
    for values, first, row, column in _parts(page, [*range(stored), alpha or 0]):
        height, width, count = values.shape
        area = samples[row : row + height, column : column + width]
        if first < stored:
            found = to_colours(values[..., : stored - first], first)
            area[..., first : first + found.shape[2]] = reduced(found)
        if alpha is not None and first <= alpha < first + count:
            area[..., -1] = reduced(to_alpha(values[..., alpha - first]))
    if alpha is not None and not page.extrasamples and not samples[..., -1].any():  # a filler, not transparency
        samples, alpha = samples[..., :-1], None
    rows = (lambda top, bottom: straight(samples[top:bottom])) if is_premultiplied else samples
    size, bits = (page.imagewidth, page.imagelength), BITS[value.itemsize]
    return Picture("TIFF", *size, model, rows, alpha is not None, bits)


def _alpha(page: TiffPage, stored: int) -> tuple[int | None, bool]:
    """Which sample is alpha, if any, and whether the colours are multiplied by it."""
    extra = page.samplesperpixel - stored
    kinds = [int(kind) for kind in page.extrasamples][:extra]
    if not kinds and extra == 1 and page.photometric == RGB:  # a program that forgot to say so
        kinds = [STRAIGHT]
    for n, kind in enumerate(kinds):
        if kind in (PREMULTIPLIED, STRAIGHT):
            return stored + n, kind == PREMULTIPLIED
    return None, False


def _parts(page: TiffPage, needed: Sequence[int]) -> Iterator[Part]:
    """The strips or tiles, a few rows at a time, without what lies outside the picture.

    Raises ValueError if one of the channels that are needed is missing.
    """
    for values, (first, _, row, column, _), _ in page.segments(maxworkers=1):
        if values is None and first in needed:
            raise ValueError("a part of the picture is missing")
        if values is not None:
            values = _of_three_bytes(values, page.parent.byteorder) if _has_three_bytes(page) else values
            part = values[0, : page.imagelength - row, : page.imagewidth - column]
            for top in range(0, len(part), ROWS):
                yield part[top : top + ROWS], first, row + top, column


def _has_three_bytes(page: TiffPage) -> bool:
    return page.bitspersample == 24 and np.dtype(page.dtype).kind == "u"


def _of_three_bytes(values: Values, byteorder: str) -> Values:
    """Integers of 24 bits, of which tifffile takes the bytes in another order than libtiff writes them."""
    if byteorder == ">":
        return values.byteswap()
    return (values & 0xFF) << 16 | values & 0xFF00 | values >> 16


def _colours(page: TiffPage, stored: int) -> Callable[[Values, int], Samples]:
    """How the values of channels from the first one on, (h, w, n), become samples."""
    if page.photometric == PALETTE:
        palette = _palette(page)
        return lambda values, _: palette[values[..., 0].astype(np.uint16)]
    if page.photometric in (CIELAB, ICCLAB):
        return lambda values, first: _lab(values, first, is_signed=page.photometric == CIELAB)
    to_range = _range(page, stored)
    if page.photometric == WHITE_IS_ZERO:
        return lambda values, _: ~to_range(values)
    if page.photometric == INKS and DOT_RANGE in page.tags:
        dots = _dots(page)
        return lambda values, _: dots(to_range(values))
    return lambda values, _: to_range(values)


def _range(page: TiffPage, stored: int | None) -> Callable[[Values], Samples]:
    """How values become samples of the full range of 8 or 16 bits: of colours, or of alpha if `stored` is None."""
    bits = page.bitspersample if isinstance(page.bitspersample, int) else 8  # tifffile spreads 5, 6 and 5 over 8
    if np.dtype(page.dtype).kind in "bu" and bits <= 16:
        return lambda values: _spread(values, bits)
    if np.dtype(page.dtype) == np.int8:  # bytes that a program called signed
        return lambda values: values.view(np.uint8)
    if stored is None:
        most = 1.0 if np.dtype(page.dtype).kind == "f" else 2.0 ** (bits - (np.dtype(page.dtype).kind == "i")) - 1
        return Levels(0.0, most).sixteen_bits
    strips = (values[..., : stored - first] for values, first, _, _ in _parts(page, range(stored)) if first < stored)
    return levels_of(strips, bits).sixteen_bits


def _dots(page: TiffPage) -> Callable[[Samples], Samples]:
    """From the values of no ink and of full ink, which the file names, to the whole range. One pair is for all inks."""
    most = 2**page.bitspersample - 1
    none, full = (value / most for value in page.tags.valueof(DOT_RANGE)[:2])

    def stretched(samples: Samples) -> Samples:
        top = np.iinfo(samples.dtype).max
        ramp = np.clip((np.arange(top + 1) / top - none) / ((full - none) or 1), 0, 1)
        return np.asarray(np.round(ramp * top).astype(samples.dtype)[samples])

    return stretched


def _spread(values: Values, bits: int) -> Samples:
    """Unsigned integers of up to 16 bits, over the range of 8 or 16."""
    if bits in (8, 16):
        return values
    most, wanted = 2**bits - 1, np.dtype(np.uint8 if bits < 8 else np.uint16)
    table = np.arange(most + 1, dtype=np.float64) * ((2 ** (8 * wanted.itemsize) - 1) / most)
    return np.asarray(np.round(table).astype(wanted)[values.astype(wanted, copy=False)])


def _palette(page: TiffPage) -> Samples:
    """The colours of a palette, uint8 (n, 3)."""
    colours = np.array(page.colormap, np.uint16).T
    if not (colours & 0xFF).any():  # 8 bits with nothing below them, as Pillow writes
        colours >>= 8
    return np.asarray(colours, np.uint8) if colours.max() <= 255 else eight_bits(colours)  # old programs wrote 8 bits


def _lab(values: Values, first: int, *, is_signed: bool) -> Samples:
    """L*a*b* of 8 or 16 bits -> 8, with a and b around 128."""
    unsigned = values.view(f"u{values.itemsize}")
    result = (unsigned >> 8 * (values.itemsize - 1)).astype(np.uint8)
    for channel in range(result.shape[2]):
        if is_signed and first + channel > 0:
            result[..., channel] ^= 0x80
        elif is_signed and values.itemsize == 2:
            result[..., channel] = eight_bits(unsigned[..., channel])
    return result


def _by_opencv(data: bytes, page: TiffPage) -> Picture:
    """Luminance and colour apart, uncompressed or packed; OpenCV turns it upright."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB) if page.index == 0 else None
    if pixels is None or sorted(pixels.shape[:2]) != sorted((page.imagelength, page.imagewidth)):
        raise unsupported("a TIFF of luminance and colour in a rare form")
    height, width = pixels.shape[:2]
    return Picture("TIFF", width, height, "RGB", np.asarray(pixels, np.uint8))


def _exif_of_bigtiff(data: bytes) -> bytes | None:
    """A BigTIFF's directories in the form that EXIF has; None if Pillow does not read them."""
    try:
        with Image.open(io.BytesIO(data), formats=["TIFF"]) as image:
            tags = image.getexif()
            tags.bigtiff = False
            return tags.tobytes()
    except Exception:  # a picture that only tifffile can read, or entries that cannot be written again
        return None


def _unchanged(samples: Samples) -> Samples:
    return samples
