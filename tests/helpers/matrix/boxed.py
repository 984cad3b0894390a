"""HEIF and AVIF: code points, profiles, alpha, depths and crops."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

import imagecodecs
import numpy as np

from tests.helpers import colour_oracle as oracle
from tests.helpers import format_files as files
from tests.helpers.matrix.cell import (
    AS_IS,
    BT2020_MEANT,
    COLOURS,
    CONVERTED,
    CURVED,
    DROPPED,
    GREYS,
    HEIGHT,
    LINEAR_MEANT,
    OPACITY,
    P3_MEANT,
    TONED,
    WIDTH,
    Cell,
    Values,
    eight,
    fractions,
    hlg_meant,
    laid_on_white,
    of_curve,
    on_white,
    plain,
    pq_meant,
    quantised,
)
from tests.helpers.matrix.web import RGB_PROFILES
from tests.helpers.pictures import encoded

CODE_POINTS: dict[str, tuple[int, int, Callable[[Values], Values], str]] = {
    "nclx sRGB": (1, 13, plain, AS_IS),
    "nclx BT.709": (1, 1, plain, AS_IS),
    "nclx unspecified": (2, 2, plain, AS_IS),
    "nclx Display P3": (12, 13, P3_MEANT, CURVED),
    "nclx BT.2020, sRGB curve": (9, 13, BT2020_MEANT, CURVED),
    "nclx gamma 2.2": (1, 4, of_curve(lambda v: v**2.2), CONVERTED),
    "nclx linear": (1, 8, LINEAR_MEANT, CONVERTED),
    "nclx PQ": (9, 16, pq_meant, TONED),
    "nclx HLG": (9, 18, hlg_meant, TONED),
}


def boxed_cells() -> Iterator[Cell]:
    """Code points, profiles, alpha, depths, and crops."""
    for name, make, mime in (
        ("AVIF", lambda image, **k: encoded(image, "AVIF", quality=100, subsampling="4:4:4", **k), "image/avif"),
        ("HEIF", files.heic, ""),
    ):
        for marking, (primaries, transfer, shown, becomes) in CODE_POINTS.items():
            if name == "AVIF" and marking == "nclx PQ":
                continue  # what the compression loses is several code values of it; 10 bits are tried below
            for alpha in (False, True):
                opacity = fractions(quantised(OPACITY, 8), 8) if alpha else None
                source = COLOURS if opacity is None else np.dstack([COLOURS, opacity])
                yield Cell(
                    name,
                    "RGB, 8 bits",
                    marking,
                    "alpha" if alpha else "",
                    laid_on_white(becomes, marking) if alpha else becomes,
                    files.with_code_points(make(eight(source)), primaries, transfer),
                    on_white(shown(fractions(quantised(COLOURS, 8), 8)), opacity),
                    # The alpha that Pillow writes into an AVIF, Chromium takes for one of 16 to 235.
                    tolerance=None,
                    mime="" if alpha else mime,
                )
        for marking, (arguments, shown, becomes) in RGB_PROFILES.items():
            yield Cell(
                name,
                "RGB, 8 bits",
                marking,
                "",
                becomes,
                make(eight(COLOURS), **arguments),
                shown(fractions(quantised(COLOURS, 8), 8)),
                tolerance=None,
                mime="" if becomes == DROPPED else mime,
            )
        yield Cell(
            name,
            "grey, 8 bits",
            "",
            "",
            AS_IS,
            make(eight(GREYS)),
            plain(fractions(quantised(GREYS, 8), 8)),
            tolerance=None,
            mime=mime,
        )
        if name == "HEIF":  # Pillow writes no grey AVIF with a profile of grey
            yield Cell(
                name,
                "grey, 8 bits",
                "ICC grey, gamma 1.8",
                "",
                CONVERTED,
                make(eight(GREYS), icc_profile=oracle.grey_icc(1.8)),
                of_curve(lambda v: v**1.8)(fractions(quantised(GREYS, 8), 8)),
                tolerance=None,
            )
    for transfer, shown in ((16, pq_meant), (18, hlg_meant), (13, plain)):
        deep = quantised(COLOURS, 10)
        primaries = 1 if transfer == 13 else 9
        becomes = AS_IS if transfer == 13 else TONED
        marking = {16: "nclx PQ", 18: "nclx HLG", 13: "nclx sRGB"}[transfer]
        yield Cell(
            "AVIF",
            "RGB, 10 bits",
            marking,
            "",
            becomes,
            files.with_code_points(
                imagecodecs.avif_encode(
                    deep.astype(np.uint16),
                    level=100,
                    bitspersample=10,
                    pixelformat="444",
                    primaries=primaries,
                    transfer=transfer,
                ),
                primaries,
                transfer,
            ),
            shown(fractions(deep, 10)),
            tolerance=None,
            mime="image/avif",
        )
    yield from colours_without_a_box()
    yield Cell("AVIF", "cropped (clap)", "", "", AS_IS, cropped_avif(), plain(COLOURS)[4:20, 6:30], tolerance=None)
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    yield Cell(
        "AVIF",
        "orientation in XMP alone",
        "",
        "",
        AS_IS,
        encoded(eight(COLOURS), "AVIF", quality=100, subsampling="4:4:4", xmp=xmp),
        plain(COLOURS),
        tolerance=None,
        mime="image/avif",
    )


def colours_without_a_box() -> Iterator[Cell]:
    """Code points that only the coded picture tells: AV1's sequence header, HEVC's VUI."""
    pixels = eight(COLOURS)
    for marking, (primaries, transfer, shown, becomes) in CODE_POINTS.items():
        if primaries == 2:
            continue
        arguments = {"color_primaries": primaries, "transfer_characteristics": transfer, "matrix_coefficients": 6}
        heic = files.heic(pixels, save_nclx_profile=True, **arguments)
        avif = imagecodecs.avif_encode(
            np.asarray(pixels), level=100, pixelformat="444", primaries=primaries, transfer=transfer, matrix=6
        )
        for name, file, mime in (("HEIF", heic, ""), ("AVIF", avif, "image/avif")):
            if becomes == TONED and name == "AVIF":
                continue  # what the compression loses is several code values of it
            yield Cell(
                name,
                "RGB, 8 bits",
                f"{marking[5:]} in the coded picture alone",
                "",
                becomes,
                files.without_code_points(file),
                shown(fractions(quantised(COLOURS, 8), 8)),
                tolerance=None,
                mime=mime,
            )


def cropped_avif() -> bytes:
    """An AVIF of which 24 by 16 pixels from (6, 4) on are shown: one property more, and one more association."""
    data = encoded(eight(COLOURS), "AVIF", quality=100, subsampling="4:4:4")
    left, top, width, height = 6, 4, 24, 16
    offsets = (2 * left + width - WIDTH, 2, 2 * top + height - HEIGHT, 2)
    aperture = struct.pack(">I4s4I", 40, b"clap", width, 1, height, 1) + struct.pack(">iIiI", *offsets)
    ipco, ipma = data.index(b"ipco") - 4, data.index(b"ipma") - 4
    (ipco_length,), (ipma_length,) = struct.unpack_from(">I", data, ipco), struct.unpack_from(">I", data, ipma)
    shared, place = data[ipco + 8 : ipco + ipco_length], 0
    count = 0
    while place < len(shared):
        place += struct.unpack_from(">I", shared, place)[0]
        count += 1
    associations = bytearray(data[ipma : ipma + ipma_length]) + bytes([0x80 | (count + 1)])
    associations[0:4] = struct.pack(">I", ipma_length + 1)
    associations[18] += 1  # of the first item
    properties = struct.pack(">I", ipco_length + 40) + b"ipco" + shared + aperture + bytes(associations)
    rebuilt = bytearray(data[:ipco] + properties + data[ipma + ipma_length :])
    for name in (b"meta", b"iprp"):
        at = rebuilt.index(name) - 4
        rebuilt[at : at + 4] = struct.pack(">I", struct.unpack_from(">I", rebuilt, at)[0] + 41)
    extent = rebuilt.index(b"iloc") + 4 + 4 + 2 + 2 + 2 + 2 + 2  # behind version, sizes, counts, item and reference
    rebuilt[extent : extent + 4] = struct.pack(">I", struct.unpack_from(">I", rebuilt, extent)[0] + 41)
    return bytes(rebuilt)
