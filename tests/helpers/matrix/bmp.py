"""BMP: bit fields, alpha that is meant and alpha of zero, profiles."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from tests.helpers import colour_oracle as oracle
from tests.helpers import format_files as files
from tests.helpers.matrix.cell import (
    AS_IS,
    COLOURS,
    GREYS,
    HEIGHT,
    KEPT,
    OPACITY,
    P3_MEANT,
    WIDTH,
    Cell,
    Values,
    on_white,
    plain,
)

BITFIELDS: dict[str, tuple[int, tuple[int, ...]]] = {
    "32 bits, BGRX": (32, (0xFF0000, 0xFF00, 0xFF)),
    "32 bits, RGBX": (32, (0xFF, 0xFF00, 0xFF0000)),
    "32 bits, 10-10-10": (32, (0x3FF00000, 0xFFC00, 0x3FF)),
    "32 bits, BGRA": (32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000)),
    "32 bits, ABGR": (32, (0xFF000000, 0xFF0000, 0xFF00, 0xFF)),
    "16 bits, 5-5-5": (16, (0x7C00, 0x3E0, 0x1F)),
    "16 bits, 5-6-5": (16, (0xF800, 0x7E0, 0x1F)),
    "16 bits, 1-5-5-5": (16, (0x7C00, 0x3E0, 0x1F, 0x8000)),
    "16 bits, 4-4-4-4": (16, (0xF00, 0xF0, 0xF, 0xF000)),
}


# Display P3's red, green and blue in XYZ, with 30 bits behind the point.
P3_FIXED = [round(value * 2**30) for value in oracle.P3.T.ravel()]


def words(source: Values, bits: int, masks: tuple[int, ...]) -> tuple[Values, Values]:
    """Fractions -> packed words, and the fractions that they hold."""
    packed, held = np.zeros(source.shape[:2], np.uint64), []
    for n, mask in enumerate(masks):
        shift = (mask & -mask).bit_length() - 1
        most = mask >> shift
        values = np.round(source[..., n] * most).astype(np.uint64)
        packed |= values << np.uint64(shift)
        held.append(values / most)
    return packed.astype(f"<u{bits // 8}"), np.stack(held, -1)


def bmp_cells() -> Iterator[Cell]:
    """Bit fields, alpha that is meant and alpha of zero, profiles."""
    for mode, (bits, masks) in BITFIELDS.items():
        for transparency in ("alpha", "alpha of zero") if len(masks) == 4 else ("",):
            opacity = np.zeros_like(OPACITY) if transparency == "alpha of zero" else OPACITY
            pixels, held = words(np.dstack([COLOURS, opacity])[..., : len(masks)], bits, masks)
            rows = pixels[::-1].tobytes()
            seen = 3 if transparency != "alpha" else 4
            yield Cell(
                "BMP",
                mode,
                "",
                transparency,
                AS_IS,
                files.bmp(rows, WIDTH, HEIGHT, bits, header_bytes=124 if len(masks) == 4 else 40, masks=masks),
                on_white(
                    255 * (held[..., :seen])[..., :3],
                    (held[..., :seen])[..., 3:] if (held[..., :seen]).shape[-1] == 4 else None,
                ),
                mime="image/bmp" if transparency != "alpha of zero" else "",
            )
    pixels = np.round(COLOURS * 255).astype(np.uint8)
    rows = np.ascontiguousarray(pixels[::-1, :, ::-1]).tobytes()
    for marking, name, shown, becomes in (("", "", plain, AS_IS), ("ICC Display P3", "p3", P3_MEANT, KEPT)):
        profile = oracle.rgb_icc(name) if name else b""
        yield Cell(
            "BMP",
            "24 bits",
            marking,
            "",
            becomes,
            files.bmp(rows, WIDTH, HEIGHT, 24, header_bytes=124, profile=profile),
            shown(pixels / 255),
            mime="image/bmp",
        )
    yield from palettes()
    calibrated = bytearray(files.bmp(rows, WIDTH, HEIGHT, 24, header_bytes=108))
    calibrated[70:74] = bytes(4)  # its own primaries and curves, not sRGB's
    calibrated[74:122] = struct.pack("<9i", *P3_FIXED) + struct.pack("<3I", *[round(1.8 * 65536)] * 3)
    yield Cell(
        "BMP",
        "24 bits",
        "calibrated colours (ignored)",
        "",
        AS_IS,
        bytes(calibrated),
        plain(pixels / 255),  # not held against Chromium, which applied them in some of its versions
    )
    for compression, inside in ((4, "JPEG"), (5, "PNG")):
        yield Cell(
            "BMP",
            f"{inside} inside",
            "",
            "",
            "",
            files.bmp(bytes(100), WIDTH, HEIGHT, 0, compression=compression),
            None,
            "wraps",
        )


def palettes() -> Iterator[Cell]:
    """Indices of 1 to 8 bits, and palettes with fewer and with more colours than these can name."""
    for bits, count, name in (
        *((bits, 2**bits, "") for bits in (1, 2, 4, 8)),
        (8, 200, " of 200 colours"),
        (8, 1000, " of 1000 colours"),
        (4, 20, " of 20 colours"),
    ):
        table = np.round(np.linspace(30, 220, count)).astype(np.uint8)
        palette = np.stack([table, 255 - table, table, np.zeros_like(table)], -1)
        index = np.round(GREYS[..., 0] * (min(count, 2**bits) - 1)).astype(np.uint8)[..., None]
        stored = files.packed(index[::-1], bits)
        length = len(stored) // HEIGHT
        lines = [stored[n * length : (n + 1) * length] + bytes(-length % 4) for n in range(HEIGHT)]
        data = bytearray(files.bmp(b"".join(lines), WIDTH, HEIGHT, bits, palette=palette.tobytes()))
        data[46:50] = count.to_bytes(4, "little")
        shown = palette[index[..., 0], 2::-1].astype(float)
        yield Cell("BMP", f"palette, {bits} bits{name}", "", "", AS_IS, bytes(data), shown, mime="image/bmp")
