"""The eight orientations, where a format can tell them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np

from tests.helpers import format_files as files
from tests.helpers.matrix.cell import AS_IS, COLOURS, Cell, Values, eight, plain, quantised
from tests.helpers.matrix.web import SMOOTH
from tests.helpers.pictures import encoded


def turned(values: Values, orientation: int) -> Values:
    """An upright picture as a file of this orientation stores it."""
    stored = values.swapaxes(0, 1) if orientation >= 5 else values
    flip_rows = orientation in (3, 4, 6, 7)
    flip_columns = orientation in (2, 3, 7, 8)
    return np.ascontiguousarray(stored[:: -1 if flip_rows else 1, :: -1 if flip_columns else 1])


def orientation_cells() -> Iterator[Cell]:
    """All eight, where a format can tell them."""
    writers: dict[str, Callable[[Values, int], bytes]] = {
        "JPEG": lambda v, n: encoded(eight(v), "JPEG", **SMOOTH, exif=files.with_orientation(n)),
        "PNG": lambda v, n: encoded(eight(v), "PNG", exif=files.with_orientation(n)),
        "WebP": lambda v, n: encoded(eight(v), "WEBP", lossless=True, exif=files.with_orientation(n)),
        "AVIF": lambda v, n: encoded(
            eight(v), "AVIF", quality=100, subsampling="4:4:4", exif=files.with_orientation(n)
        ),
        "HEIF": lambda v, n: encoded(eight(v), "HEIF", quality=-1, chroma=444, exif=files.with_orientation(n)),
        "TIFF": lambda v, n: files.tiff(
            [quantised(v, 16).astype("<u2").tobytes()], v.shape[1], v.shape[0], 16, 2, samples=3, t274=(3, [n])
        ),
    }
    for name, orientation in product(writers, range(1, 9)):
        write = writers[name]
        mode = "RGB, 16 bits" if name == "TIFF" else "RGB"
        yield Cell(
            name,
            mode,
            "",
            "",
            AS_IS,
            write(turned(COLOURS, orientation), orientation),
            plain(COLOURS),
            tolerance=None if name in ("JPEG", "AVIF", "HEIF") else 2.0,
            orientation=orientation,
            mime={"JPEG": "image/jpeg", "PNG": "image/png"}.get(name, ""),
        )
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    packet = b"XML:com.adobe.xmp\0\0\0\0\0" + xmp
    remarks = {
        "JPEG": (encoded(eight(COLOURS), "JPEG", **SMOOTH, xmp=xmp), "image/jpeg"),
        "PNG": (files.png(quantised(COLOURS, 8), 8, 2, (b"iTXt", packet)), "image/png"),
        "WebP": (encoded(eight(COLOURS), "WEBP", lossless=True, xmp=xmp), "image/webp"),
        "TIFF": (
            files.tiff([quantised(COLOURS, 8).astype("u1").tobytes()], 36, 24, 8, 2, samples=3, t700=(1, xmp)),
            "",
        ),
    }
    for name, (file, mime) in remarks.items():
        tolerance = None if name == "JPEG" else 2.0
        mode = "RGB, orientation in XMP alone"
        yield Cell(name, mode, "", "", AS_IS, file, plain(COLOURS), tolerance=tolerance, mime=mime)
