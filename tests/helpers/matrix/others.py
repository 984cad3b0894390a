"""What is no photo, and is called by its name."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from tests.helpers.matrix.cell import COLOURS, Cell, eight
from tests.helpers.pictures import encoded


def ftyp(brand: bytes) -> bytes:
    """The first box of a file of the ISO family."""
    return struct.pack(">I4s4sI", 16, b"ftyp", brand, 0)


def other_files() -> Iterator[Cell]:
    """What is called by its name."""
    named = {
        "video (MP4)": (ftyp(b"isom"), "a video (MP4)"),
        "video (QuickTime)": (ftyp(b"qt  "), "a video (QuickTime)"),
        "video (Matroska)": (b"\x1a\x45\xdf\xa3" + bytes(20), "a video (Matroska or WebM)"),
        "video (AVI)": (b"RIFF\0\0\0\0AVI LIST", "a video (AVI)"),
        "Canon CR3": (ftyp(b"crx "), "raw file (Canon CR3)"),
        "Fujifilm RAF": (b"FUJIFILMCCD-RAW 0201", "raw file (Fujifilm RAF)"),
        "Olympus ORF": (b"IIRO" + bytes(20), "raw file (Olympus ORF)"),
        "Panasonic RW2": (b"IIU\0" + bytes(20), "raw file (Panasonic RW2)"),
        "JPEG XL": (b"\xff\x0a" + bytes(20), "a JPEG XL picture"),
        "PDF": (b"%PDF-1.7", "a PDF file"),
        "JPEG 2000": (encoded(eight(COLOURS), "JPEG2000"), "a JPEG 2000 picture"),
        "Photoshop": (b"8BPS\0\x01" + bytes(20), "a Photoshop (PSD) picture"),
        "SVG": (b"<svg xmlns='x'/>", "an SVG picture"),
    }
    for name, (data, words) in named.items():
        yield Cell("none", name, "", "", "", data, None, words)
