"""JPEG, WebP and GIF: models, profiles, transparency, and files without their end."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import imagecodecs
import numpy as np
from PIL import Image

from tests.helpers import colour_oracle as oracle
from tests.helpers import format_files as files
from tests.helpers.matrix.cell import (
    ADOBE_MEANT,
    AS_IS,
    COLOURS,
    COLUMN,
    CONVERTED,
    CURVED,
    DROPPED,
    GREYS,
    HEIGHT,
    INKS,
    KEPT,
    LINEAR_MEANT,
    OPACITY,
    P3_MEANT,
    WIDTH,
    Cell,
    cmyk_meant,
    eight,
    fractions,
    laid_on_white,
    on_white,
    plain,
    power,
    quantised,
)
from tests.helpers.pictures import encoded


def cmyk_image() -> Image.Image:
    """The inks."""
    return Image.frombytes("CMYK", (WIDTH, HEIGHT), quantised(INKS, 8).astype(np.uint8).tobytes())


SMOOTH = {"quality": 100, "subsampling": 0}
RGB_PROFILES = {
    "": ({}, plain, AS_IS),
    "ICC sRGB": ({"icc_profile": oracle.rgb_icc("srgb")}, plain, KEPT),
    "ICC Display P3": ({"icc_profile": oracle.rgb_icc("p3")}, P3_MEANT, KEPT),
    "ICC Adobe RGB": ({"icc_profile": oracle.rgb_icc("adobe")}, ADOBE_MEANT, KEPT),
    "ICC linear RGB": ({"icc_profile": oracle.rgb_icc("linear")}, LINEAR_MEANT, CURVED),
    "ICC of CMYK": ({"icc_profile": oracle.cmyk_icc()}, plain, DROPPED),
    "ICC of grey": ({"icc_profile": oracle.grey_icc(1.0)}, plain, DROPPED),
}
ADOBE_EXIF = {"EXIF Adobe RGB": ({"exif": files.adobe_rgb_exif()}, ADOBE_MEANT, CURVED)}


def jpeg_cells() -> Iterator[Cell]:
    """Models, profiles, progressive, and files without their end."""
    for marking, (arguments, shown, becomes) in (RGB_PROFILES | ADOBE_EXIF).items():
        for kind, more in (("RGB", {}), ("RGB, progressive", {"progressive": True})):
            yield Cell(
                "JPEG",
                kind,
                marking,
                "",
                becomes,
                encoded(eight(COLOURS), "JPEG", **(SMOOTH | arguments | more)),
                shown(COLOURS),
                tolerance=None,
                mime="" if marking in ADOBE_EXIF else "image/jpeg",
            )
    for gamma in (1.0, 1.8):
        yield Cell(
            "JPEG",
            "grey",
            f"ICC grey, gamma {gamma:g}",
            "",
            CONVERTED,
            encoded(eight(GREYS), "JPEG", **SMOOTH, icc_profile=oracle.grey_icc(gamma)),
            power(gamma)(fractions(quantised(GREYS, 8), 8)),
            tolerance=None,
        )
    yield Cell(
        "JPEG",
        "grey",
        "",
        "",
        AS_IS,
        encoded(eight(GREYS), "JPEG", **SMOOTH),
        plain(GREYS),
        tolerance=None,
        mime="image/jpeg",
    )
    yield Cell(
        "JPEG",
        "grey",
        "ICC Display P3",
        "",
        KEPT,
        encoded(eight(GREYS), "JPEG", **SMOOTH, icc_profile=oracle.rgb_icc("p3")),
        plain(GREYS),
        tolerance=None,
        mime="image/jpeg",
    )
    yield Cell(
        "JPEG",
        "CMYK",
        "",
        "",
        AS_IS,
        encoded(cmyk_image(), "JPEG", **SMOOTH),
        cmyk_meant(INKS),
        tolerance=None,
        mime="image/jpeg",
    )
    for points in (5, 21):
        yield Cell(
            "JPEG",
            "CMYK",
            "ICC CMYK" + (" of 1.2 MB" if points == 21 else ""),
            "",
            CONVERTED,
            encoded(cmyk_image(), "JPEG", **SMOOTH, icc_profile=oracle.cmyk_icc(points)),
            oracle.by_profile(quantised(INKS, 8).astype(np.uint8), "CMYK", oracle.cmyk_icc(points)),
            tolerance=None,
        )
    for kind, more in (("RGB", {}), ("RGB, progressive", {"progressive": True})):
        yield Cell(
            "JPEG",
            f"{kind}, without its end",
            "",
            "",
            AS_IS,
            encoded(eight(COLOURS), "JPEG", **SMOOTH, **more)[:-2],
            plain(COLOURS),
            tolerance=None,
        )
    yield Cell(
        "JPEG",
        "grey, without its end",
        "",
        "",
        AS_IS,
        encoded(eight(GREYS), "JPEG", **SMOOTH)[:-2],
        plain(GREYS),
        tolerance=None,
    )
    yield Cell(
        "JPEG",
        "12 bits a sample",
        "",
        "",
        "",
        imagecodecs.jpeg_encode(quantised(GREYS[..., 0], 12).astype(np.uint16), bitspersample=12),
        None,
        "12 bits a sample",
    )
    yield Cell(
        "JPEG",
        "lossless, 8 bits",
        "",
        "",
        AS_IS,
        imagecodecs.ljpeg_encode(quantised(GREYS[..., 0], 8).astype(np.uint8)),
        plain(GREYS),
    )
    yield Cell(
        "JPEG",
        "lossless, 12 bits",
        "",
        "",
        "",
        imagecodecs.ljpeg_encode(quantised(GREYS[..., 0], 12).astype(np.uint16), bitspersample=12),
        None,
        "lossless JPEG",
    )


def webp_cells() -> Iterator[Cell]:
    """With and without alpha."""
    for marking, (arguments, shown, becomes) in (RGB_PROFILES | ADOBE_EXIF).items():
        for alpha in (False, True):
            opacity = fractions(quantised(OPACITY, 8), 8) if alpha else None
            source = COLOURS if opacity is None else np.dstack([COLOURS, opacity])
            yield Cell(
                "WebP",
                "RGB",
                marking,
                "alpha" if alpha else "",
                laid_on_white(becomes, marking) if alpha else becomes,
                encoded(eight(source), "WEBP", lossless=True, exact=True, **arguments),
                on_white(shown(fractions(quantised(COLOURS, 8), 8)), opacity),
                mime="" if marking in ADOBE_EXIF else "image/webp",
            )


def gif_cells() -> Iterator[Cell]:
    """Palette, transparent index, and a frame that is smaller than its canvas."""
    index = (COLUMN * 8 // WIDTH).astype(np.uint8)
    palette = np.round(
        np.stack([np.linspace(0.3, 0.7, 8), np.linspace(0.6, 0.4, 8), np.full(8, 0.45)], -1) * 255
    ).astype(np.uint8)
    image = Image.fromarray(index)
    image.putpalette(palette.tobytes())
    shown, opacity = palette[index].astype(float), (index != 3).astype(float)[..., None]
    yield Cell("GIF", "palette", "", "", AS_IS, encoded(image, "GIF"), shown, mime="image/gif")
    yield Cell(
        "GIF",
        "palette",
        "",
        "index",
        AS_IS,
        encoded(image, "GIF", transparency=3),
        on_white(shown, opacity),
        mime="image/gif",
    )
    yield Cell("GIF", "palette, without its end", "", "", AS_IS, encoded(image, "GIF")[:-1], shown)

    def on_larger_canvas() -> bytes:
        data = bytearray(encoded(image, "GIF"))
        frame = data.index(b"\x2c")
        data[6:10] = struct.pack("<HH", WIDTH + 8, HEIGHT + 6)
        data[frame + 1 : frame + 5] = struct.pack("<HH", 5, 4)
        return bytes(data)

    large = np.full((HEIGHT + 6, WIDTH + 8, 3), 255.0)
    large[4 : 4 + HEIGHT, 5 : 5 + WIDTH] = shown
    yield Cell(
        "GIF",
        "frame smaller than the canvas",
        "",
        "around it",
        AS_IS,
        on_larger_canvas(),
        large,
        mime="image/gif",
    )
