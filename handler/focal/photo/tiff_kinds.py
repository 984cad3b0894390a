"""Which page of a TIFF is its picture, which kinds are read, and what the others are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

from .file_kinds import unsupported
from .picture import CHANNELS, Model

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPage

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, MASK, INKS, YCBCR, CIELAB, ICCLAB = 0, 1, 2, 3, 4, 5, 6, 8, 9
MODELS: dict[int, Model] = {
    WHITE_IS_ZERO: "GRAY", BLACK_IS_ZERO: "GRAY", MASK: "GRAY", RGB: "RGB", PALETTE: "RGB", YCBCR: "RGB", INKS: "CMYK",
    CIELAB: "LAB", ICCLAB: "LAB",
}  # fmt: skip
UNCOMPRESSED, FAX = 1, (2, 3, 4)  # of compressions
RAW = (32_803, 34_892)  # what a sensor saw: through its colour filters, or linear
RAW_COMPRESSIONS = (32_767, 32_769, 32_770, 34_713, 65_000, 65_535)  # of Sony, Epson, Samsung, Nikon, Kodak, Pentax
# Makers of cameras, by what their names begin with, and what their raw files are called that are TIFFs.
RAW_NAMES = {
    "NIKON": "Nikon NEF", "SONY": "Sony ARW", "PENTAX": "Pentax PEF", "RICOH": "Pentax PEF", "SAMSUNG": "Samsung SRW",
    "CANON": "Canon TIF", "HASSELBLAD": "Hasselblad 3FR", "PHASE ONE": "Phase One IIQ", "LEAF": "Leaf MOS",
    "MAMIYA": "Mamiya MEF", "EPSON": "Epson ERF", "EASTMAN KODAK": "Kodak DCR", "KODAK": "Kodak KDC",
    "LEICA": "Leica RAW", "OLYMPUS": "Olympus ORF", "PANASONIC": "Panasonic RAW",
}  # fmt: skip
NUMBERS = {1: "unsigned integers", 2: "signed integers", 3: "floating-point numbers", 5: "complex integers",
           6: "complex numbers"}  # fmt: skip
RARE_COLOURS = {10: "L*a*b* of fax", 32_844: "LogL", 32_845: "LogLuv", 51_177: "depth map", 52_527: "semantic mask"}
RARE_COMPRESSIONS = {9: "JBIG", 10: "JBIG", 34_661: "JBIG", 32_766: "NeXT", 34_676: "LogLuv", 34_677: "LogLuv"}
RARE_COMPRESSIONS |= dict.fromkeys((34_718, 34_719, 34_720), "Microsoft Document Imaging")
SUBFILE, OLD_SUBFILE, MAKE, INK_SET, DNG_VERSION = 254, 255, 271, 332, 50_706  # tags
REDUCED, IS_MASK, OLD_REDUCED = 1, 4, 2  # values of the first two
CMYK_INKS = 1
MAX_PAGES = 16


def main_page(file: TiffFile) -> TiffPage:
    """The first page that is neither a thumbnail nor a mask. Raises UnsupportedFormat for a camera's raw file."""
    pages = list(_pages(file))
    if any(DNG_VERSION in page.tags for page in pages):
        raise unsupported("a camera's raw file (DNG)")
    if any(page.photometric in RAW or page.compression in RAW_COMPRESSIONS for page in pages):
        raise unsupported(_raw_name(pages[0]))
    return next((page for page in pages if not _is_beside(page)), pages[0])


def _raw_name(page: TiffPage) -> str:
    maker = str(page.tags.valueof(MAKE, "")).upper()
    named = [name for beginning, name in RAW_NAMES.items() if maker.startswith(beginning)]
    return f"a camera's raw file ({named[0]})" if named else "a camera's raw file"


def _pages(file: TiffFile) -> Iterator[TiffPage]:
    """The pages, each followed by those within it; where one cannot be read, they end."""
    for number in range(MAX_PAGES):
        try:
            page = file.pages.get(number)
            within = list(page.pages or ())[:MAX_PAGES]
        except Exception:
            if number == 0:
                raise
            return
        yield from cast("list[TiffPage]", [page, *within])


def _is_beside(page: TiffPage) -> bool:
    kind, old_kind = page.tags.valueof(SUBFILE, 0), page.tags.valueof(OLD_SUBFILE, 0)
    return bool(kind & (REDUCED | IS_MASK)) or old_kind == OLD_REDUCED


def refuse_rare_kinds(page: TiffPage) -> None:
    """Raises UnsupportedFormat for a page that is not read."""
    import tifffile

    kind = None
    if page.photometric not in MODELS:
        kind = _named("photometric interpretation", page.photometric, RARE_COLOURS)
    elif page.compression != UNCOMPRESSED and page.compression not in tifffile.TIFF.DECOMPRESSORS:
        kind = _named("compression", page.compression, RARE_COMPRESSIONS)
    elif page.compression in FAX and page.bitspersample != 1:
        kind = "fax compression of more than one bit"
    elif page.imagedepth > 1:
        kind = "several layers"
    elif page.dtype is None or page.dtype.kind not in "buif":
        kind = _samples_in_words(page)
    elif page.photometric == INKS and (
        page.tags.valueof(INK_SET, CMYK_INKS) != CMYK_INKS or page.samplesperpixel < CHANNELS["CMYK"]
    ):
        kind = "other inks than CMYK"
    elif page.photometric == PALETTE and page.colormap is None:
        kind = "a palette that it lacks"
    elif page.samplesperpixel < (1 if page.photometric == PALETTE else CHANNELS[MODELS[page.photometric]]):
        kind = "fewer samples than its colours need"
    if kind:
        raise unsupported(f"a TIFF of {kind}")


def _named(what: str, number: int, names: Mapping[int, str]) -> str:
    return f"{what} {number:d}" + (f" ({names[number]})" if number in names else "")


def _samples_in_words(page: TiffPage) -> str:
    bits, numbers = page.bitspersample, NUMBERS.get(int(page.sampleformat), "samples")
    return f"{bits}-bit {numbers}" if isinstance(bits, int) else f"samples of {', '.join(map(str, bits))} bits"
