"""What kind of file it is, by its first bytes: a photo of an accepted format, or what else it is called."""

from __future__ import annotations

import struct

from ..errors import UnsupportedFormat

FORMATS_IN_WORDS = "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC"

# Where a signature stands, the signature, and the format; None is what only begins like one.
_FORMATS = (
    (8, b"CR\x02", None),
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (8, b"WEBP", "WEBP"),
    (0, b"BM", "BMP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"),
    (0, b"MM\0+", "TIFF"),
)
# Brands of ISO base media files (ftyp), the more telling ones first.
_AVIF = (b"avif", b"avis")
_HEIF = (
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1", b"mif2", b"mif3", b"jpeg",
    b"jpgs", b"avci", b"avcs", b"j2ki", b"j2is", b"vvic", b"vvis", b"evbi", b"evmi", b"unif",
)  # fmt: skip
_VIDEO, _SOUND, _RAW = "a video ({})", "a sound recording ({})", "a camera's raw file ({})"
_PICTURE, _AN_PICTURE, _DOCUMENT, _AN_DOCUMENT = "a {} picture", "an {} picture", "a {} file", "an {} file"

_OTHERS = (
    (0, b"\x1a\x45\xdf\xa3", _VIDEO, "Matroska or WebM"),
    (8, b"AVI ", _VIDEO, "AVI"),
    (0, b"\0\0\x01\xba", _VIDEO, "MPEG"),
    (0, b"\0\0\x01\xb3", _VIDEO, "MPEG"),
    (0, b"FLV\x01", _VIDEO, "FLV"),
    (0, b"OggS", _VIDEO, "Ogg"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _VIDEO, "WMV"),
    *((4, box, _VIDEO, "QuickTime") for box in (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")),
    (0, b"FUJIFILMCCD-RAW", _RAW, "Fujifilm RAF"),
    (0, b"FOVb", _RAW, "Sigma X3F"),
    (0, b"\0MRM", _RAW, "Minolta MRW"),
    (6, b"HEAPCCDR", _RAW, "Canon CRW"),
    (8, b"CR\x02", _RAW, "Canon CR2"),
    (0, b"IIRO", _RAW, "Olympus ORF"),
    (0, b"IIRS", _RAW, "Olympus ORF"),
    (0, b"MMOR", _RAW, "Olympus ORF"),
    (0, b"IIU\0", _RAW, "Panasonic RW2"),
    (0, b"\xff\x0a", _PICTURE, "JPEG XL"),
    (4, b"JXL \r\n\x87\n", _PICTURE, "JPEG XL"),
    (4, b"jP  \r\n\x87\n", _PICTURE, "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", _PICTURE, "JPEG 2000"),
    (0, b"II\xbc", _PICTURE, "JPEG XR"),
    (0, b"8BPS", _PICTURE, "Photoshop (PSD)"),
    (0, b"gimp xcf", _PICTURE, "GIMP (XCF)"),
    (0, b"v/1\x01", _AN_PICTURE, "OpenEXR"),
    (0, b"#?RADIANCE", _PICTURE, "Radiance HDR"),
    (0, b"DDS ", _PICTURE, "DDS"),
    (0, b"qoif", _PICTURE, "QOI"),
    (0, b"FLIF", _PICTURE, "FLIF"),
    (0, b"BPG\xfb", _PICTURE, "BPG"),
    (0, b"\0\0\x01\0", _PICTURE, "Windows icon (ICO)"),
    (0, b"\0\0\x02\0", _PICTURE, "Windows cursor or TGA"),
    (0, b"icns", _PICTURE, "macOS icon (ICNS)"),
    (0, b"\x01\xda", _AN_PICTURE, "SGI"),
    (0, b"\x0a\x05\x01", _PICTURE, "PCX"),
    *((0, f"P{n}".encode(), _PICTURE, "PPM or PAM") for n in range(1, 8)),
    (0, b"\xd7\xcd\xc6\x9a", _PICTURE, "Windows metafile (WMF)"),
    (40, b" EMF", _PICTURE, "Windows metafile (EMF)"),
    (128, b"DICM", _PICTURE, "DICOM"),
    (0, b"AT&TFORM", _DOCUMENT, "DjVu"),
    (0, b"%PDF", _DOCUMENT, "PDF"),
    (0, b"%!PS", _DOCUMENT, "PostScript"),
    (0, b"PK\x03\x04", _DOCUMENT, "ZIP"),
    (0, b"\x1f\x8b", _DOCUMENT, "gzip"),
)


def format_of(data: bytes | bytearray) -> str | None:
    """The accepted format of a file (JPEG, PNG, WEBP, GIF, BMP, TIFF, AVIF or HEIF); None if it is of no such."""
    for place, signature, name in _FORMATS:
        if data[place : place + len(signature)] == signature and (name != "WEBP" or data[:4] == b"RIFF"):
            return name
    brands = _brands(data)
    if b"crx " in brands:
        return None
    if any(brand in _AVIF for brand in brands):
        return "AVIF"
    return "HEIF" if any(brand in _HEIF for brand in brands) else None


def unsupported(kind: str) -> UnsupportedFormat:
    """The refusal of what is no photo that is read, called by its name."""
    return UnsupportedFormat(f"The photo is {kind}, which is not supported; send {FORMATS_IN_WORDS}.")


def refusal(data: bytes) -> UnsupportedFormat:
    """The refusal of a file that is of no accepted format."""
    kind = _other_kind(data)
    if kind:
        return UnsupportedFormat(f"The file is {kind}, which is not supported; send {FORMATS_IN_WORDS}.")
    return UnsupportedFormat(f"The photo is not in an accepted format; send {FORMATS_IN_WORDS}.")


def _other_kind(data: bytes) -> str | None:
    for place, signature, kind, name in _OTHERS:
        if data[place : place + len(signature)] == signature:
            return kind.format(name)
    brands = _brands(data)
    if b"crx " in brands:
        return _RAW.format("Canon CR3")
    if brands and brands[0][:3] in (b"M4A", b"M4B"):
        return _SOUND.format("M4A")
    if brands:
        return _VIDEO.format("QuickTime" if brands[0] == b"qt  " else "3GP" if brands[0][:2] == b"3g" else "MP4")
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")) and b"<svg" in start:
        return _AN_PICTURE.format("SVG")
    is_page = start.startswith((b"<!doctype html", b"<html", b"<!--")) and b"html" in start
    return _AN_DOCUMENT.format("HTML") if is_page else None


def _brands(data: bytes | bytearray) -> list[bytes]:
    """Major and compatible brands of an ISO base media file (ISO/IEC 14496-12, 4.3)."""
    if data[4:8] != b"ftyp":
        return []
    (length,) = struct.unpack_from(">I", data)
    compatible = bytes(data[16 : min(length, 256)])
    return [bytes(data[8:12]), *(compatible[n : n + 4] for n in range(0, len(compatible), 4))]
