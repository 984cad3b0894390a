"""PNG: colour types, depths, markings, alpha, colour keys and palettes, and APNG."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from itertools import product

import numpy as np

from tests.helpers import colour_oracle as oracle
from tests.helpers import format_files as files
from tests.helpers.matrix.cell import (
    ADOBE_MEANT,
    AS_IS,
    BT2020_MEANT,
    COLOURS,
    COLUMN,
    CONVERTED,
    CURVED,
    DROPPED,
    GREYS,
    HEIGHT,
    KEPT,
    LINEAR_MEANT,
    OPACITY,
    P3_MEANT,
    TONED,
    WIDTH,
    Cell,
    Values,
    fractions,
    hlg_meant,
    laid_on_white,
    of_curve,
    on_white,
    plain,
    pq_meant,
    quantised,
)
from tests.helpers.pictures import png_chunk


def iccp(profile: bytes) -> tuple[bytes, bytes]:
    """A chunk with a profile."""
    return b"iCCP", b"p\0\0" + zlib.compress(profile)


GAMMA_1 = (b"gAMA", struct.pack(">I", 100_000))
GAMMA_22 = (b"gAMA", struct.pack(">I", 45_455))
P3_POINTS = (b"cHRM", struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000))
NO_POINTS = (b"cHRM", struct.pack(">8I", 31270, 32900, 0, 0, 0, 0, 0, 0))
SRGB_CHUNK = (b"sRGB", b"\0")


def cicp(primaries: int, transfer: int) -> tuple[bytes, bytes]:
    """A chunk with code points."""
    return b"cICP", bytes((primaries, transfer, 0, 1))


Marking = tuple[tuple[tuple[bytes, bytes], ...], Callable[[Values], Values], str]
PNG_MARKINGS: dict[str, Marking] = {
    "": ((), plain, AS_IS),
    "sRGB chunk over gAMA": ((SRGB_CHUNK, GAMMA_1), plain, AS_IS),
    "ICC sRGB": ((iccp(oracle.rgb_icc("srgb")),), plain, KEPT),
    "ICC Display P3": ((iccp(oracle.rgb_icc("p3")),), P3_MEANT, KEPT),
    "ICC Adobe RGB": ((iccp(oracle.rgb_icc("adobe")),), ADOBE_MEANT, KEPT),
    "ICC linear RGB": ((iccp(oracle.rgb_icc("linear")),), LINEAR_MEANT, CURVED),
    "ICC over gAMA": ((iccp(oracle.rgb_icc("p3")), GAMMA_1), P3_MEANT, KEPT),
    "ICC of CMYK": ((iccp(oracle.cmyk_icc()),), plain, DROPPED),
    "ICC damaged": ((iccp(b"no profile"),), plain, DROPPED),
    "gAMA 1": ((GAMMA_1,), LINEAR_MEANT, CONVERTED),
    "gAMA 1/2.2": ((GAMMA_22,), plain, AS_IS),
    "gAMA 1/1.8": (((b"gAMA", struct.pack(">I", 55_556)),), of_curve(lambda v: v**1.8), CONVERTED),
    "cHRM alone": ((P3_POINTS,), plain, AS_IS),
    "gAMA and cHRM of P3": ((GAMMA_22, P3_POINTS), of_curve(lambda v: v ** (1 / 0.45455), oracle.P3), CURVED),
    "gAMA, cHRM of no space": ((GAMMA_1, NO_POINTS), plain, AS_IS),
    "cICP sRGB over ICC": ((cicp(1, 13), iccp(oracle.rgb_icc("p3"))), plain, AS_IS),
    "cICP Display P3": ((cicp(12, 13),), P3_MEANT, CURVED),
    "cICP BT.2020, sRGB curve": ((cicp(9, 13),), BT2020_MEANT, CURVED),
    "cICP BT.709": ((cicp(1, 1),), of_curve(lambda v: v**2.4), CONVERTED),
    "cICP gamma 2.8": ((cicp(1, 5),), of_curve(lambda v: v**2.8), CONVERTED),
    "cICP linear": ((cicp(1, 8),), LINEAR_MEANT, CONVERTED),
    "cICP PQ": ((cicp(9, 16),), pq_meant, TONED),
    "cICP HLG": ((cicp(9, 18),), hlg_meant, TONED),
    "cICP unknown": ((cicp(200, 200),), plain, AS_IS),
    "EXIF Adobe RGB": (((b"eXIf", files.adobe_rgb_exif()[6:]),), ADOBE_MEANT, CURVED),
}
GREY_MARKINGS: dict[str, Marking] = {
    "ICC grey, gamma 1": ((iccp(oracle.grey_icc(1.0)),), LINEAR_MEANT, CONVERTED),
    "ICC grey, gamma 1.8": ((iccp(oracle.grey_icc(1.8)),), of_curve(lambda v: v**1.8), CONVERTED),
}
MISFIT_GREY: dict[str, Marking] = {"ICC of grey": ((iccp(oracle.grey_icc(1.0)),), plain, DROPPED)}
FEW_MARKINGS = ("", "ICC Display P3", "gAMA 1")


def png_cells() -> Iterator[Cell]:
    """Colour types, depths, markings, and alpha or transparent colours."""
    for depth, (kind, colour_type, source) in product(
        (8, 16), (("RGB", 2, COLOURS), ("RGBA", 6, COLOURS), ("grey", 0, GREYS), ("grey with alpha", 4, GREYS))
    ):
        markings = PNG_MARKINGS | (GREY_MARKINGS if colour_type in (0, 4) else MISFIT_GREY)
        for marking, (chunks, shown, becomes) in markings.items():
            samples = quantised(source, depth)
            opacity = quantised(OPACITY, depth) if colour_type & 4 else None
            yield png_cell(
                f"{kind}, {depth} bits", depth, colour_type, samples, opacity, marking, chunks, shown, becomes
            )
    for depth in (1, 2, 4, 8, 16):
        for keyed in (True,) if depth >= 8 else (False, True):
            for marking in FEW_MARKINGS + tuple(GREY_MARKINGS):
                chunks, shown, becomes = (PNG_MARKINGS | GREY_MARKINGS)[marking]
                yield keyed_grey(depth, keyed, marking, chunks, shown, becomes)
    for depth, marking in product((8, 16), FEW_MARKINGS):
        yield keyed_colour(depth, marking)
    for depth, transparent, marking in product((1, 2, 4, 8), (False, True), FEW_MARKINGS):
        yield palette_png(depth, transparent, marking)
    yield from odd_pngs()


def png_cell(
    mode: str,
    depth: int,
    colour_type: int,
    samples: Values,
    opacity: Values | None,
    marking: str,
    chunks: tuple[tuple[bytes, bytes], ...],
    shown: Callable[[Values], Values],
    becomes: str,
) -> Cell:
    """A PNG without a palette."""
    whole = samples if opacity is None else np.dstack([samples, opacity])
    fraction = None if opacity is None else fractions(opacity, depth)
    return Cell(
        "PNG",
        mode,
        marking,
        "alpha" if opacity is not None else "",
        laid_on_white(becomes, marking) if opacity is not None else becomes,
        files.png(whole, depth, colour_type, *chunks),
        on_white(shown(fractions(samples, depth)), fraction),
        # Of a camera's mark Chromium knows nothing; its transparent HDR is multiplied by alpha before, in 8 bits.
        mime="" if marking == "EXIF Adobe RGB" or (becomes == TONED and opacity is not None) else "image/png",
    )


def keyed_grey(
    depth: int,
    keyed: bool,
    marking: str,
    chunks: tuple[tuple[bytes, bytes], ...],
    shown: Callable[[Values], Values],
    becomes: str,
) -> Cell:
    """Grey with a transparent value, or without."""
    samples = quantised(GREYS, depth)
    key = int(samples[HEIGHT // 2, 3 * WIDTH // 4, 0])
    trns = ((b"tRNS", struct.pack(">H", key)),) if keyed else ()
    opacity = (samples != key).astype(float) if keyed else None
    return Cell(
        "PNG",
        f"grey, {depth} bits",
        marking,
        "colour key" if keyed else "",
        laid_on_white(becomes, marking) if keyed else becomes,
        files.png(samples, depth, 0, *chunks, *trns),
        on_white(shown(fractions(samples, depth)), opacity),
        mime="image/png",
    )


def keyed_colour(depth: int, marking: str) -> Cell:
    """RGB with a transparent colour; in 16 bits, one that differs from others by its last bit alone."""
    chunks, shown, becomes = PNG_MARKINGS[marking]
    samples = quantised(COLOURS, depth)
    samples[: HEIGHT // 2, : WIDTH // 2] = key = samples[0, 0].copy()
    samples[: HEIGHT // 2, : WIDTH // 4, 2] += np.uint64(1)
    opacity = (samples != key).any(-1, keepdims=True).astype(float)
    trns = (b"tRNS", struct.pack(">3H", *(int(v) for v in key)))
    return Cell(
        "PNG",
        f"RGB, {depth} bits",
        marking,
        "colour key",
        laid_on_white(becomes, marking),
        files.png(samples, depth, 2, *chunks, trns),
        on_white(shown(fractions(samples, depth)), opacity),
        mime="image/png",
    )


def palette_png(depth: int, transparent: bool, marking: str) -> Cell:
    """A palette of colours, the first of them half transparent."""
    chunks, shown, becomes = PNG_MARKINGS[marking]
    count = 2**depth
    index = (COLUMN * count // WIDTH)[..., None].astype(np.uint64)
    palette = quantised(
        np.stack([np.linspace(0.3, 0.7, count), np.linspace(0.6, 0.4, count), np.full(count, 0.45)], -1), 8
    )
    opacities = np.full(count, 255)
    opacities[0] = 128
    more = ((b"tRNS", bytes([128])),) if transparent else ()
    opacity = fractions(opacities[index[..., 0].astype(int)][..., None], 8) if transparent else None
    return Cell(
        "PNG",
        f"palette, {depth} bits",
        marking,
        "palette" if transparent else "",
        laid_on_white(becomes, marking) if transparent else becomes,
        files.png(index, depth, 3, *chunks, (b"PLTE", palette.astype(np.uint8).tobytes()), *more),
        on_white(shown(fractions(palette[index[..., 0].astype(int)], 8)), opacity),
        mime="image/png",
    )


def odd_pngs() -> Iterator[Cell]:
    """Whole pictures with something odd beside them."""
    samples = quantised(COLOURS, 8)
    text = zlib.compress(b'{"prompt": "a boat"} ' * 80_000)
    long_p3 = oracle.rgb_icc("p3") + bytes(1_100_000)
    long_p3 = struct.pack(">I", len(long_p3)) + long_p3[4:]
    odd: dict[str, tuple[tuple[tuple[bytes, bytes], ...], Callable[[Values], Values], str]] = {
        "1.7 MB of text": (((b"zTXt", b"prompt\0\0" + text),), plain, AS_IS),
        "ICC Display P3 of 1.1 MB": ((iccp(long_p3),), P3_MEANT, CONVERTED),
    }
    for marking, (chunks, shown, becomes) in odd.items():
        yield png_cell("RGB, 8 bits", 8, 2, samples, None, marking, chunks, shown, becomes)
    meant = plain(fractions(samples, 8))
    yield Cell("PNG", "without its end", "", "", AS_IS, files.png(samples, 8, 2, ends=False), meant, mime="image/png")
    yield Cell(
        "PNG",
        "RGB, 16 bits, without its end",
        "",
        "",
        AS_IS,
        files.png(quantised(COLOURS, 16), 16, 2, ends=False),
        plain(COLOURS),
        mime="image/png",
    )
    yield Cell("PNG", "APNG, default image not shown", "", "", AS_IS, apng(hidden=True), plain(COLOURS))
    yield Cell("PNG", "APNG, default image shown", "", "", AS_IS, apng(hidden=False), plain(COLOURS))


def apng(*, hidden: bool) -> bytes:
    """An APNG of the colours; with `hidden`, they are its first frame, and its default image is white."""

    data = files.png(quantised(COLOURS, 8), 8, 2)
    control = struct.pack(">5I", 0, WIDTH, HEIGHT, 0, 0) + struct.pack(">HHBB", 1, 1, 0, 0)
    white = files.png(quantised(np.ones_like(COLOURS), 8), 8, 2)
    shown, unseen = (data[data.index(b"IDAT") + 4 : -16], white[white.index(b"IDAT") + 4 : -16])
    head = data[:33] + png_chunk(b"acTL", struct.pack(">II", 1, 0))
    if hidden:
        frame = png_chunk(b"fcTL", control) + png_chunk(b"fdAT", struct.pack(">I", 1) + shown)
        return head + png_chunk(b"IDAT", unseen) + frame + png_chunk(b"IEND", b"")
    return head + png_chunk(b"fcTL", control) + png_chunk(b"IDAT", shown) + png_chunk(b"IEND", b"")
