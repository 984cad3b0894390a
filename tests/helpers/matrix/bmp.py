"""BMP: bit fields, alpha that is meant and alpha of zero, profiles."""

from __future__ import annotations

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
    three,
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
    table = np.round(np.linspace(30, 220, 256)).astype(np.uint8)
    palette = np.stack([table, table, table, np.zeros_like(table)], -1).tobytes()
    index = np.round(GREYS[..., 0] * 255).astype(np.uint8)
    yield Cell(
        "BMP",
        "palette, 8 bits",
        "",
        "",
        AS_IS,
        files.bmp(index[::-1].tobytes(), WIDTH, HEIGHT, 8, palette=palette),
        three(table[index].astype(float)[..., None]),
        mime="image/bmp",
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
