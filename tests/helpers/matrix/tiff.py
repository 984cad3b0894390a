"""TIFF: depths, photometric interpretations, planes, packings, floats, alpha, profiles, and what is refused."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import imagecodecs
import numpy as np
import tifffile

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
    ROW,
    WIDTH,
    Cell,
    Values,
    cmyk_meant,
    fractions,
    on_white,
    plain,
    power,
    quantised,
)

INTEGERS = (1, 2, 4, 8, 10, 12, 14, 16, 24, 32)
PACKINGS: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "": (1, lambda data: data),
    "LZW": (5, lambda data: bytes(imagecodecs.lzw_encode(data))),
    "deflate": (8, lambda data: zlib.compress(data)),
    "old deflate": (32_946, lambda data: zlib.compress(data)),
    "PackBits": (32_773, lambda data: bytes(imagecodecs.packbits_encode(data))),
    "Zstandard": (50_000, lambda data: bytes(imagecodecs.zstd_encode(data))),
    "LZMA": (34_925, lambda data: bytes(imagecodecs.lzma_encode(data))),
}


def tiff_file(
    samples: Values,
    bits: int,
    photometric: int,
    *,
    planar: bool = False,
    packing: str = "",
    strips: int = 2,
    order: str = "<",
    floats: bool = False,
    **more: object,
) -> bytes:
    """A TIFF of samples (h, w, n), chunky or plane by plane, in strips."""
    count = samples.shape[2]
    number, pack = PACKINGS[packing]
    rows = HEIGHT // strips
    planes = [samples[..., n : n + 1] for n in range(count)] if planar else [samples]
    parts = [plane[n * rows : (n + 1) * rows] for plane in planes for n in range(strips)]
    if floats:
        data = [part.astype(f"{order}f{bits // 8}").tobytes() for part in parts]
    elif bits in (16, 32):
        data = [part.astype(f"{order}u{bits // 8}").tobytes() for part in parts]
    else:
        data = [files.packed(part, bits) for part in parts]
        if bits == 24 and order == "<":
            data = [np.frombuffer(part, np.uint8).reshape(-1, 3)[:, ::-1].tobytes() for part in data]
    tags = {"t259": (3, [number]), "t278": (4, [rows])} | more
    if planar:
        tags["t284"] = (3, [2])
    if floats:
        tags["t339"] = (3, [3] * count)
    return files.tiff(
        [pack(part) for part in data], WIDTH, samples.shape[0], bits, photometric, samples=count, order=order, **tags
    )


def tiff_cell(mode: str, file: bytes, meant: Values, **more: Any) -> Cell:
    """A TIFF without a marking unless it says so."""
    values = {"marking": "", "transparency": "", "becomes": AS_IS} | more
    return Cell("TIFF", mode, file=file, meant=meant, **values)


def tiff_cells() -> Iterator[Cell]:
    """Depths, photometric interpretations, planes, packings, floats, alpha and profiles."""
    for bits, order in product(INTEGERS, "<>"):
        end = ", big-endian" if order == ">" else ""
        for kind, photometric in (("grey", 1), ("white-is-zero", 0)):
            samples = quantised(GREYS, bits)
            stored = samples if photometric else np.uint64(2**bits - 1) - samples
            yield tiff_cell(
                f"{kind}, {bits} bits{end}",
                tiff_file(stored, bits, photometric, order=order),
                plain(fractions(samples, bits)),
            )
        for planar in (False, True):
            samples = quantised(COLOURS, bits)
            if bits >= 8:
                yield tiff_cell(
                    f"RGB, {bits} bits{', plane by plane' if planar else ''}{end}",
                    tiff_file(samples, bits, 2, planar=planar, order=order),
                    plain(fractions(samples, bits)),
                )
    for packing, (bits, planar) in product(tuple(PACKINGS)[1:], ((8, False), (16, False), (16, True), (12, False))):
        samples = quantised(COLOURS, bits)
        yield tiff_cell(
            f"RGB, {bits} bits, {packing}{', plane by plane' if planar else ''}",
            tiff_file(samples, bits, 2, **{"packing": packing, "planar": planar}),
            plain(fractions(samples, bits)),
        )
    yield from float_tiffs()
    yield from alpha_tiffs()
    yield from profiled_tiffs()
    yield from calibrated_tiffs()
    yield from other_tiffs()


def float_tiffs() -> Iterator[Cell]:
    """Floats of 0..1, 0..255 and 0..65535, and some with highlights."""
    for (kind, photometric, source), bits, white in product(
        (("grey", 1, GREYS), ("white-is-zero", 0, GREYS), ("RGB", 2, COLOURS)), (16, 32, 64), (1, 255, 65535)
    ):
        if white == 65535 and bits == 16:
            continue
        stored = (source if photometric else 1 - source) * white
        yield tiff_cell(
            f"{kind}, floats of {bits} bits, 0..{white}",
            tiff_file(stored, bits, photometric, floats=True),
            plain(source),
        )
    bright = COLOURS.copy()
    bright[0, :3] = 40.0
    yield tiff_cell(
        "RGB, floats of 32 bits, with highlights",
        tiff_file(bright, 32, 2, floats=True),
        np.where(bright > 1, 255, plain(COLOURS)),
    )


def alpha_tiffs() -> Iterator[Cell]:
    """Straight and premultiplied alpha, chunky and plane by plane."""
    for (kind, photometric, source), bits, (said, extra), planar in product(
        (("grey", 1, GREYS), ("RGB", 2, COLOURS), ("CMYK", 5, INKS)),
        (8, 16),
        (("alpha", 2), ("premultiplied alpha", 1)),
        (False, True),
    ):
        if kind == "CMYK" and extra == 1:
            continue
        opacity = fractions(quantised(OPACITY, bits), bits)
        colours = fractions(quantised(source, bits), bits)
        stored = np.dstack([colours * opacity if extra == 1 else colours, opacity])
        kept = quantised(stored, bits)
        shown = cmyk_meant if kind == "CMYK" else plain
        yield tiff_cell(
            f"{kind}, {bits} bits{', plane by plane' if planar else ''}",
            tiff_file(kept, bits, photometric, planar=planar, t338=(3, [extra])),
            on_white(shown(colours), opacity),
            transparency=said,
            tolerance=2.0 if extra == 2 or bits == 16 else 5.0,
        )


def profiled_tiffs() -> Iterator[Cell]:
    """Profiles that fit and that do not, in 8 and 16 bits."""
    for bits in (8, 16):
        for name, meant, becomes in (
            ("p3", P3_MEANT, KEPT),
            ("adobe", ADOBE_MEANT, KEPT),
            ("linear", LINEAR_MEANT, CURVED),
        ):
            samples = quantised(COLOURS, bits)
            yield tiff_cell(
                f"RGB, {bits} bits",
                tiff_file(samples, bits, 2, t34675=(7, oracle.rgb_icc(name))),
                meant(fractions(samples, bits)),
                marking=f"ICC {name}",
                becomes=becomes,
            )
        for gamma in (1.0, 1.8):
            samples = quantised(GREYS, bits)
            yield tiff_cell(
                f"grey, {bits} bits",
                tiff_file(samples, bits, 1, t34675=(7, oracle.grey_icc(gamma))),
                power(gamma)(fractions(samples, bits)),
                marking=f"ICC grey, gamma {gamma:g}",
                becomes=CONVERTED,
            )
        for points in (5, 21):
            inks = quantised(INKS, bits)
            yield tiff_cell(
                f"CMYK, {bits} bits",
                tiff_file(inks, bits, 5, t34675=(7, oracle.cmyk_icc(points))),
                oracle.by_profile(quantised(INKS, 8).astype(np.uint8), "CMYK", oracle.cmyk_icc(points)),
                marking="ICC CMYK" + (" of 1.2 MB" if points == 21 else ""),
                becomes=CONVERTED,
                tolerance=3.0,
            )
        misfits = (
            ("RGB", 2, COLOURS, plain, "CMYK", oracle.cmyk_icc()),
            ("RGB", 2, COLOURS, plain, "grey", oracle.grey_icc(1.0)),
            ("CMYK", 5, INKS, cmyk_meant, "RGB", oracle.rgb_icc("p3")),
            ("grey", 1, GREYS, plain, "CMYK", oracle.cmyk_icc()),
        )
        for kind, photometric, source, shown, other, profile in misfits:
            samples = quantised(source, bits)
            yield tiff_cell(
                f"{kind}, {bits} bits",
                tiff_file(samples, bits, photometric, t34675=(7, profile)),
                shown(fractions(samples, bits)),
                marking=f"ICC of {other}",
                becomes=DROPPED,
            )


def fractions_tag(*values: float) -> tuple[int, bytes]:
    """A tag of fractions, little-endian."""
    return 5, b"".join(struct.pack("<II", round(value * 1e6), 1_000_000) for value in values)


def light_tag(gamma: float, bits: int, channels: int) -> tuple[int, list[int]]:
    """A TransferFunction: the light of each value."""
    table = np.round(65_535 * np.linspace(0, 1, 2**bits) ** gamma)
    return 3, [int(value) for value in np.tile(table, channels)]


def calibrated_tiffs() -> Iterator[Cell]:
    """Chromaticities, transfer functions, and dots of ink that do not use the whole range."""
    white = fractions_tag(0.3127, 0.3290)
    p3 = {"t318": white, "t319": fractions_tag(0.680, 0.320, 0.265, 0.690, 0.150, 0.060)}
    srgb = {"t318": white, "t319": fractions_tag(0.640, 0.330, 0.300, 0.600, 0.150, 0.060)}
    for bits in (8, 16):
        samples, greys, inks = quantised(COLOURS, bits), quantised(GREYS, bits), quantised(INKS, bits)
        told: tuple[tuple[str, dict[str, Any], Callable[[Values], Values], str], ...] = (
            ("chromaticities of Display P3", p3, P3_MEANT, CURVED),
            ("chromaticities of sRGB", srgb, plain, AS_IS),
            ("transfer functions of 1.8", {"t301": light_tag(1.8, bits, 3)}, power(1.8), KEPT),
            ("one transfer function of 1.0", {"t301": light_tag(1.0, bits, 1)}, LINEAR_MEANT, CURVED),
        )
        for marking, tags, meant, becomes in told:
            shown = meant(fractions(samples, bits))
            file = tiff_file(samples, bits, 2, **tags)
            yield tiff_cell(f"RGB, {bits} bits", file, shown, marking=marking, becomes=becomes)
        for gamma in (1.0, 1.8):
            yield tiff_cell(
                f"grey, {bits} bits",
                tiff_file(greys, bits, 1, t301=light_tag(gamma, bits, 1)),
                power(gamma)(fractions(greys, bits)),
                marking=f"transfer function of {gamma:g}",
                becomes=CONVERTED,
            )
        most = 2**bits - 1
        for name, none, full in (("from 5 to 95 %", round(0.05 * most), round(0.95 * most)), ("reversed", most, 0)):
            dots = np.round(none + fractions(inks, bits) * (full - none)).astype(np.uint64)
            file = tiff_file(dots, bits, 5, t336=(3, [none, full]))
            yield tiff_cell(f"CMYK, {bits} bits, dots {name}", file, cmyk_meant(fractions(inks, bits)))


def lab_meant(lab: Values) -> Values:
    """CIE L*a*b* (0..100, -128..127) under D50 -> sRGB."""
    fy = (lab[..., 0] + 16) / 116
    f = np.stack([fy + lab[..., 1] / 500, fy, fy - lab[..., 2] / 200], -1)
    xyz = np.where(f > 6 / 29, f**3, (f * 116 - 16) * 27 / 24389) * np.array([0.9642, 1, 0.8249])
    return oracle.encoded(xyz @ np.linalg.inv(oracle.TO_D50 @ oracle.SRGB).T)


def other_tiffs() -> Iterator[Cell]:
    """Palettes, L*a*b*, thumbnails, raw files, and what is not supported."""
    for bits in (1, 2, 4, 8, 16):
        count = 2**bits
        index = (COLUMN * min(count, 36) // WIDTH * (count // min(count, 36)))[..., None].astype(np.uint64)
        colours = np.stack([np.linspace(0.3, 0.7, count), np.linspace(0.6, 0.4, count), np.full(count, 0.45)])
        table = quantised(colours, 16)
        yield tiff_cell(
            f"palette, {bits} bits",
            tiff_file(index, bits, 3, t320=(3, [int(v) for v in table.ravel()])),
            plain(fractions(table.T[index[..., 0].astype(int)], 16)),
        )
    lab = np.stack([30 + 50 * COLUMN / WIDTH, 40.0 - 60 * ROW / HEIGHT, np.full(ROW.shape, 20.0)], -1)
    stored = {
        (8, 8): np.stack([lab[..., 0] * 2.55, lab[..., 1] % 256, lab[..., 2] % 256], -1),
        (16, 8): np.stack([lab[..., 0] * 655.35, lab[..., 1] * 256 % 65536, lab[..., 2] * 256 % 65536], -1),
        (8, 9): np.stack([lab[..., 0] * 2.55, lab[..., 1] + 128, lab[..., 2] + 128], -1),
    }
    for (bits, photometric), values in stored.items():
        kept = np.floor(values + 1e-6).astype(np.uint64)
        yield tiff_cell(
            f"{'ICC ' if photometric == 9 else 'CIE '}L*a*b*, {bits} bits",
            tiff_file(kept, bits, photometric),
            lab_meant(np.floor(lab)),
            becomes=CONVERTED,
            tolerance=6.0,
        )
    signed = {
        "signed, 16 bits": (16, quantised(GREYS, 15)),
        "signed, 8 bits (taken as unsigned)": (8, quantised(GREYS, 8)),
    }
    for name, (bits, values) in signed.items():
        yield tiff_cell(
            f"grey, {name}",
            tiff_file(values, bits, 1, t339=(3, [2])),
            plain(fractions(values, (bits - (bits == 16)))),
        )
    yield tiff_cell("thumbnail before the photo", thumbnail_first(), plain(fractions(quantised(COLOURS, 8), 8)))
    refused = {
        "camera raw (DNG)": (tiff_file(quantised(COLOURS, 8), 8, 2, t50706=(1, bytes((1, 4, 0, 0)))), "raw file"),
        "camera raw (colour filters)": (tiff_file(quantised(GREYS, 16), 16, 32_803), "raw file"),
        "photometric interpretation LogLuv": (
            tiff_file(quantised(COLOURS, 8), 8, 32_845),
            "photometric interpretation 32845 (LogLuv)",
        ),
        "inks other than CMYK": (tiff_file(quantised(COLOURS, 8), 8, 5, t332=(3, [2])), "other inks"),
        "complex numbers": (tiff_file(quantised(GREYS, 32), 32, 1, t339=(3, [6])), "a TIFF of 32-bit complex numbers"),
        "compression unknown": (files.tiff([bytes(100)], WIDTH, HEIGHT, 8, 1, t259=(3, [60_000])), "compression 60000"),
        "compression JBIG": (files.tiff([bytes(100)], WIDTH, HEIGHT, 1, 1, t259=(3, [34_661])), "34661 (JBIG)"),
        "floats of 1 bit": (tiff_file(quantised(GREYS, 1), 1, 1, t339=(3, [3])), "1-bit floating-point numbers"),
        "channels of several depths": (
            tiff_file(quantised(COLOURS, 8), 8, 2, t258=(3, [8, 8, 16])),
            "samples of 8, 8, 16 bits",
        ),
        "fax compression of 8 bits": (files.tiff([bytes(100)], WIDTH, HEIGHT, 8, 1, t259=(3, [4])), "fax compression"),
        "camera raw (Nikon)": (tiff_file(quantised(GREYS, 16), 16, 32_803, t271=(2, b"NIKON\0")), "Nikon NEF"),
    }
    for mode, (data, words) in refused.items():
        yield Cell("TIFF", mode, "", "", "", data, None, words)


def thumbnail_first() -> bytes:
    """A TIFF whose first page is a reduced picture, and whose second is the photo."""

    buffer = io.BytesIO()
    pixels = quantised(COLOURS, 8).astype(np.uint8)
    with tifffile.TiffWriter(buffer) as writer:
        writer.write(255 - pixels[::4, ::4], photometric="rgb", subfiletype=1)
        writer.write(pixels, photometric="rgb")
    return buffer.getvalue()
