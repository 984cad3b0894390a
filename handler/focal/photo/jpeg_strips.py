"""A large picture as a JPEG whose strips are encoded one by one, or several at a time.

Strips become one file by restart markers (ITU-T T.81, section F.1.1.5.3): before each, the coder begins anew, as it did
when the strip was a picture of its own. The coefficients are those of the picture encoded as a whole, so the decoded
pixels are, too; a file is longer by a few bytes a strip.
"""

from __future__ import annotations

from functools import partial

import cv2

from ..arrays import Pixels
from ..machine.cores import side_by_side

STRIP_PX = 1 << 20
BLOCK_ROWS = 16  # of the units in which colours are coded, at half their resolution; greys' are of 8
SIZE, RESTART_INTERVAL, SCAN, RESTART, END = 0xC0, 0xDD, 0xDA, 0xD0, b"\xff\xd9"


def encode_jpeg(pixels: Pixels, quality: int) -> bytes:
    """Encode uint8 (H, W, 3), RGB, or grey (H, W), by OpenCV, which writes byte by byte what Pillow does.

    It spares the copy that Pillow makes first, pixel by pixel. A picture of more than one strip has restart markers.
    """
    height, width = pixels.shape[:2]
    rows = max(1, STRIP_PX // (width * BLOCK_ROWS)) * BLOCK_ROWS
    strips = [pixels[top : top + rows] for top in range(0, height, rows)]
    files = side_by_side(*(partial(_encode, strip, quality) for strip in strips))
    return files[0] if len(files) == 1 else _joined(files, height, _units(rows, width, pixels.ndim))


def _encode(pixels: Pixels, quality: int) -> bytes:
    image = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def _units(rows: int, width: int, dimensions: int) -> int:
    """How many coded units so many rows have."""
    side = BLOCK_ROWS if dimensions == 3 else BLOCK_ROWS // 2
    return -(-rows // side) * -(-width // side)


def _joined(files: list[bytes], height: int, units: int) -> bytes:
    """One file of several, each of the same width and a strip of `units`; the last may have fewer."""
    head, scan = _scan_of(files[0])
    parts = [head, bytes([0xFF, RESTART_INTERVAL]), (4).to_bytes(2), units.to_bytes(2), files[0][len(head) : scan]]
    for n, file in enumerate(files):
        parts += [bytes([0xFF, RESTART + (n - 1) % 8])] * (n > 0)
        parts.append(file[_scan_of(file)[1] : -len(END)])
    size = head.index(bytes([0xFF, SIZE])) + 5  # behind marker, length and precision
    parts[0] = head[:size] + height.to_bytes(2) + head[size + 2 :]
    return b"".join([*parts, END])


def _scan_of(file: bytes) -> tuple[bytes, int]:
    """All that precedes the header of a file's scan, and where the scan's data begin."""
    place = 2
    while file[place + 1] != SCAN:
        place += 2 + int.from_bytes(file[place + 2 : place + 4])
    return file[:place], place + 2 + int.from_bytes(file[place + 2 : place + 4])
