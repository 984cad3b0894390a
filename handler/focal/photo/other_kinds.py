"""What a file is called that is no photo: other pictures, videos, sound, documents, text, by their first bytes."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

Data = bytes | bytearray

_VIDEO, _SOUND, _RAW = "a video ({})", "a sound recording ({})", "a camera's raw file ({})"
_PICTURE, _AN_PICTURE, _FILE, _AN_FILE = "a {} picture", "an {} picture", "a {} file", "an {} file"

# Where a signature stands, the signature, and what a file is that has it.
_SIGNATURES = (
    (0, b"\x1a\x45\xdf\xa3", _VIDEO, "Matroska or WebM"),
    (8, b"AVI ", _VIDEO, "AVI"),
    (0, b"\0\0\x01\xba", _VIDEO, "MPEG"),
    (0, b"\0\0\x01\xb3", _VIDEO, "MPEG"),
    (0, b"\0\0\0\x01\x67", _VIDEO, "H.264"),
    (0, b"FLV\x01", _VIDEO, "FLV"),
    (0, b"\x06\x0e\x2b\x34", _VIDEO, "MXF"),
    (0, b".RMF", _VIDEO, "RealMedia"),
    (0, b"YUV4MPEG2", _VIDEO, "YUV4MPEG"),
    (0, b"FWS", _VIDEO, "Flash"),
    (0, b"CWS", _VIDEO, "Flash"),
    (28, b"\x01video", _VIDEO, "Ogg"),
    (28, b"\x80theora", _VIDEO, "Ogg"),
    (0, b"OggS", _SOUND, "Ogg"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _VIDEO, "Windows Media"),
    *((4, box, _VIDEO, "QuickTime") for box in (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")),
    (8, b"WAVE", _SOUND, "WAV"),
    (0, b"ID3", _SOUND, "MP3"),
    *((0, bytes([0xFF, second]), _SOUND, "MP3") for second in (0xFB, 0xFA, 0xF3, 0xF2)),
    *((0, bytes([0xFF, second]), _SOUND, "AAC") for second in (0xF1, 0xF9)),
    (0, b"fLaC", _SOUND, "FLAC"),
    (8, b"AIFF", _SOUND, "AIFF"),
    (8, b"AIFC", _SOUND, "AIFF"),
    (0, b"MThd", _SOUND, "MIDI"),
    (0, b"#!AMR", _SOUND, "AMR"),
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
    (0, b"\xff\x10\xff\x50", _PICTURE, "JPEG XS"),
    (0, b"II\xbc", _PICTURE, "JPEG XR"),
    (0, b"\x97JB2\r\n\x1a\n", _PICTURE, "JBIG2"),
    (0, b"\x8aMNG\r\n\x1a\n", _AN_PICTURE, "MNG"),
    (0, b"\x8bJNG\r\n\x1a\n", _PICTURE, "JNG"),
    (0, b"8BPS", _PICTURE, "Photoshop (PSD)"),
    (0, b"gimp xcf", _PICTURE, "GIMP (XCF)"),
    (0, b"Paint Shop Pro Image File", _PICTURE, "Paint Shop Pro"),
    (8, b"CDR", _PICTURE, "CorelDRAW"),
    (0, b"v/1\x01", _AN_PICTURE, "OpenEXR"),
    (0, b"#?RADIANCE", _PICTURE, "Radiance HDR"),
    (0, b"#?RGBE", _PICTURE, "Radiance HDR"),
    (0, b"DDS ", _PICTURE, "DDS"),
    (0, b"\xabKTX ", _PICTURE, "KTX"),
    (0, b"qoif", _PICTURE, "QOI"),
    (0, b"FLIF", _PICTURE, "FLIF"),
    (0, b"BPG\xfb", _PICTURE, "BPG"),
    (0, b"SDPX", _PICTURE, "DPX"),
    (0, b"XPDS", _PICTURE, "DPX"),
    (0, b"\x80\x2a\x5f\xd7", _PICTURE, "Cineon"),
    (0, b"\0\0\x01\0", _PICTURE, "Windows icon (ICO)"),
    (8, b"ACON", _PICTURE, "Windows cursor"),
    (0, b"icns", _PICTURE, "macOS icon (ICNS)"),
    (0, b"\x01\xda", _AN_PICTURE, "SGI"),
    (0, b"\x59\xa6\x6a\x95", _PICTURE, "Sun raster"),
    (8, b"ILBM", _AN_PICTURE, "Amiga (ILBM)"),
    (8, b"PBM ", _AN_PICTURE, "Amiga (ILBM)"),
    *((0, bytes([0x0A, version, 1]), _PICTURE, "PCX") for version in (0, 2, 3, 4, 5)),
    *((0, b"P%d%c" % (n, space), _PICTURE, "PPM or PAM") for n in range(1, 8) for space in b"\n\r\t #"),
    *((0, kind + b"\n", _PICTURE, "PFM") for kind in (b"PF", b"Pf")),
    (0, b"\xd7\xcd\xc6\x9a", _PICTURE, "Windows metafile (WMF)"),
    (40, b" EMF", _PICTURE, "Windows metafile (EMF)"),
    (128, b"DICM", _PICTURE, "DICOM"),
    (0, b"SIMPLE  =", _PICTURE, "FITS"),
    (344, b"n+1\0", _PICTURE, "NIfTI"),
    (0, b"\x89HDF\r\n\x1a\n", _AN_FILE, "HDF5"),
    (0, b"CDF\x01", _PICTURE, "NetCDF"),
    (0, b"\x93NUMPY", _FILE, "NumPy"),
    (0, b"MATLAB ", _FILE, "MATLAB"),
    (0, b"AT&TFORM", _FILE, "DjVu"),
    (0, b"%PDF", _FILE, "PDF"),
    (0, b"%!PS", _FILE, "PostScript"),
    (0, b"\xc5\xd0\xd3\xc6", _FILE, "PostScript"),
    (0, b"{\\rtf", _AN_FILE, "RTF"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _FILE, "Microsoft Office"),
    (0, b"PK\x03\x04", _FILE, "ZIP"),
    (0, b"\x1f\x8b", _FILE, "gzip"),
    (0, b"BZh", _FILE, "bzip2"),
    (0, b"\xfd7zXZ\0", _AN_FILE, "XZ"),
    (0, b"\x28\xb5\x2f\xfd", _FILE, "Zstandard"),
    (0, b"7z\xbc\xaf\x27\x1c", _FILE, "7-Zip"),
    (0, b"Rar!\x1a\x07", _FILE, "RAR"),
    (257, b"ustar", _FILE, "tar"),
    (0, b"SQLite format 3\0", _AN_FILE, "SQLite"),
    (0, b"\x7fELF", _AN_FILE, "executable"),
    (0, b"MZ", _AN_FILE, "executable"),
)  # fmt: skip
_TRANSPORT_PACKETS = (188, 192, 204)  # bytes of a packet of an MPEG transport stream, each beginning with 0x47
_TGA_KINDS, _TGA_DEPTHS = (1, 2, 3, 9, 10, 11), (8, 15, 16, 24, 32)
_TGA_END = b"TRUEVISION-XFILE.\0"
_START_BYTES = 16_384  # of a text: programs write long comments before what it is
_ENCODINGS = (
    (b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)  # fmt: skip
_NO_TEXT = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1f\x7f\N{REPLACEMENT CHARACTER}]")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-][A-Za-z0-9+/_\s-]{200,}=*")
_BEFORE_AN_ELEMENT = re.compile(r"(?:<!--.*?-->|<\?(?!xpacket).*?\?>|\s)*", re.DOTALL)
# What a text begins with, behind comments, and what it is then.
_TEXTS = (
    (re.compile(r"<(?:!doctype )?(?:svg:)?svg\b"), _AN_PICTURE.format("SVG")),
    (re.compile(r"<(?:!doctype )?html\b"), _AN_FILE.format("HTML")),
    (re.compile(r"<\?xpacket|<x:xmpmeta"), _AN_FILE.format("XMP")),
    (re.compile(r"<[!a-z]"), _AN_FILE.format("XML")),
    (re.compile(r"data:image/"), "a data: address instead of the image that it holds"),
    (re.compile(r"version \S+git-lfs"), "a Git LFS pointer instead of the image that it names"),
    (re.compile(r"/\*\s*xpm\s*\*/"), _AN_PICTURE.format("XPM")),
    (re.compile(r"#define\s+\S*_?width\s"), _AN_PICTURE.format("XBM")),
    (re.compile(r"[a-z]{3,6}://\S+\Z"), "the address of an image instead of the image"),
    (re.compile(r"[{\[]"), "JSON"),
)


def name_of(data: Data, brands: list[bytes]) -> str | None:
    """What a file is, with its article; None if nobody knows.   brands: of an ISO base media file."""
    for place, signature, kind, name in _SIGNATURES:
        if data[place : place + len(signature)] == signature:
            return kind.format(name)
    if brands:
        return _of_brands(brands)
    text_name = _text_name(data)  # first, since a text has any shape
    return text_name or next((called for has_shape, called in _BY_SHAPE if has_shape(data)), None)


def _of_brands(brands: list[bytes]) -> str:
    first = brands[0]
    if b"crx " in brands:
        return _RAW.format("Canon CR3")
    if first[:3] in (b"M4A", b"M4B"):
        return _SOUND.format("M4A")
    return _VIDEO.format("QuickTime" if first == b"qt  " else "3GP" if first[:2] == b"3g" else "MP4")


def _is_transport_stream(data: Data) -> bool:
    places = [[start + n * packet for n in range(3)] for packet in _TRANSPORT_PACKETS for start in (0, packet - 188)]
    return any(all(data[place : place + 1] == b"G" for place in three) for three in places)


def _is_cursor(data: Data) -> bool:
    return data[:4] == b"\0\0\x02\0" and data[4:6] != b"\0\0"


def _is_tga(data: Data) -> bool:
    """TGA has no signature, but for an end that new ones have: it is known by a header that makes sense."""
    if data[-len(_TGA_END) :] == _TGA_END:
        return True
    if len(data) < 18:
        return False
    _, has_palette, kind, _, colours, _, _, _, width, height, bits, _ = struct.unpack_from("<BBBHHBHHHHBB", data)
    fits = has_palette <= 1 and kind in _TGA_KINDS and bits in _TGA_DEPTHS and bool(width and height)
    return fits and bool(colours) == (has_palette == 1) and (kind in (1, 9)) <= (has_palette == 1)


_BY_SHAPE: tuple[tuple[Callable[[Data], bool], str], ...] = (
    (_is_transport_stream, _VIDEO.format("MPEG transport stream")),
    (_is_cursor, _PICTURE.format("Windows cursor")),
    (_is_tga, _PICTURE.format("TGA")),
)


def _text_name(data: Data) -> str | None:
    start = bytes(data[:_START_BYTES])
    encoding = next((name for mark, name in _ENCODINGS if start.startswith(mark)), "utf-8")
    whole = len(start) - len(start) % 2 if "16" in encoding else len(start)
    text = start[:whole].decode(encoding, "replace")
    if len(data) > _START_BYTES:
        text = text.rstrip("\N{REPLACEMENT CHARACTER}")  # a letter that the limit cuts through
    text = text.strip()
    if not text or _NO_TEXT.search(text):
        return None
    first = _BEFORE_AN_ELEMENT.sub("", text, count=1).lower()
    for pattern, name in _TEXTS:
        if pattern.match(first):
            return name
    return "base64 text instead of the image that it holds" if _BASE64.fullmatch(text) else "text"
