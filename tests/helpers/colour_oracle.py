"""What samples mean, worked out from the specifications with numpy, or by LittleCMS from a file's own profile."""

from __future__ import annotations

import io
import math
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from tests.helpers.format_files import curve, icc_profile

Values = npt.NDArray[Any]

# RGB to XYZ under D65, as the specifications print them.
SRGB = np.array(
    [[0.4123908, 0.3575843, 0.1804808], [0.2126390, 0.7151687, 0.0721923], [0.0193308, 0.1191948, 0.9505322]]
)
P3 = np.array([[0.4865709, 0.2656677, 0.1982173], [0.2289746, 0.6917385, 0.0792869], [0.0, 0.0451134, 1.0439444]])
ADOBE = np.array(
    [[0.5766690, 0.1855582, 0.1882286], [0.2973450, 0.6273636, 0.0752915], [0.0270314, 0.0706889, 0.9913375]]
)
BT2020 = np.array([[0.6369580, 0.1446169, 0.1688810], [0.2627002, 0.6779981, 0.0593017], [0.0, 0.0280727, 1.0609851]])
TO_D50 = np.array(
    [[1.0478112, 0.0228866, -0.0501270], [0.0295424, 0.9904844, -0.0170491], [-0.0092345, 0.0150436, 0.7521316]]
)


def srgb_curve(v: Values) -> Values:
    """Encoded -> linear."""
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def encoded(light: Values) -> Values:
    """Linear -> sRGB, 0 to 255."""
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def in_srgb(light: Values, primaries: Values) -> Values:
    """Linear RGB of other primaries -> sRGB, 0 to 255."""
    return encoded(light @ primaries.T @ np.linalg.inv(SRGB).T)


def pq_nits(v: Values) -> Values:
    """SMPTE ST 2084."""
    power = v ** (32 / 2523)
    return 10_000 * (np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (16384 / 2610)


def hlg_nits(v: Values) -> Values:
    """ITU-R BT.2100, on a screen of 1000 nits; v: BT.2020."""
    a, b = 0.17883277, 0.28466892
    c = 0.5 - a * math.log(4 * a)
    scene = np.where(v <= 0.5, v * v / 3, (np.exp((np.maximum(v, 0.5) - c) / a) + b) / 12)
    return 1000 * scene * (scene @ np.array([0.2627, 0.6780, 0.0593]))[..., None] ** 0.2


def shown_of_hdr(nits: Values, peak_nits: float = 1000.0) -> Values:
    """Nits in BT.2020 (h, w, 3) -> sRGB, 0 to 255: the reference-white curve, point by point along its Bézier curve."""
    relative, top = nits / 203, peak_nits / 203
    knee = 1 - 0.5 * min(math.log(top) / math.log(1000 / 203), 1)
    t = np.linspace(0, 1, 20_001)
    start, middle, end = np.array([1, knee]), np.array([0.35 + 0.65 / knee, 0.35 * knee + 0.65]), np.array([top, 1])
    x, y = ((1 - t) ** 2 * start[n] + 2 * t * (1 - t) * middle[n] + t**2 * end[n] for n in (0, 1))
    greatest = np.maximum(relative.max(-1, keepdims=True), 1e-9)
    wanted = np.where(greatest <= 1, greatest * knee, np.interp(greatest, x, y))
    return in_srgb(relative * wanted / greatest, BT2020)


@cache
def rgb_icc(name: str) -> bytes:
    """A profile of RGB: p3, adobe, linear (sRGB's primaries) or srgb."""
    primaries = {"p3": P3, "adobe": ADOBE}.get(name, SRGB)
    columns = (TO_D50 @ primaries).T
    fixed = [
        b"XYZ " + bytes(4) + b"".join(round(v * 65536).to_bytes(4, signed=True) for v in column) for column in columns
    ]
    table = b"".join(round(float(srgb_curve(np.array(k / 1023))) * 65535).to_bytes(2) for k in range(1024))
    tone = {"linear": curve(1.0), "adobe": curve(563 / 256)}.get(name, b"curv" + bytes(4) + (1024).to_bytes(4) + table)
    tags = dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), fixed, strict=True)) | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), tone)
    return icc_profile(b"RGB ", tags)


@cache
def grey_icc(gamma: float) -> bytes:
    """A profile of grey."""
    return icc_profile(b"GRAY", {b"kTRC": curve(gamma)}, b"prtr")


@cache
def cmyk_icc(points: int = 5) -> bytes:
    """A profile of CMYK, of a press that prints darker than arithmetic; points: of its table, for each ink."""
    k = np.linspace(0, 1, points)
    c, m, y, b = (v**0.8 for v in np.meshgrid(k, k, k, k, indexing="ij"))
    inks = [
        (1 - 0.95 * c) * (1 - 0.1 * m),
        (1 - 0.25 * c) * (1 - 0.85 * m),
        (1 - 0.1 * c) * (1 - 0.4 * m) * (1 - 0.9 * y),
    ]
    return _icc_of_table(b"CMYK", b"prtr", srgb_curve(np.stack(inks, -1) * (1 - 0.93 * b)[..., None]))


@cache
def scanner_icc(points: int = 9) -> bytes:
    """A profile of RGB of a scanner: how its colours (gamma 1.8) look, and not which give a colour that is wanted."""
    light = np.linspace(0, 1, points) ** 1.8
    return _icc_of_table(b"RGB ", b"scnr", np.stack(np.meshgrid(light, light, light, indexing="ij"), -1))


def _icc_of_table(model: bytes, device: bytes, light: Values) -> bytes:
    """A profile with a table from a model's channels to L*a*b*; light: linear RGB of sRGB, (points, points, …, 3)."""
    points, channels = len(light), light.ndim - 1
    xyz = light @ (TO_D50 @ SRGB).T / np.array([0.9642, 1, 0.8249])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    lightness, red, yellow = 116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])
    lab = (
        np.stack([lightness * 652.8, (red + 128) * 256, (yellow + 128) * 256], -1).clip(0, 65535).round().astype(">u2")
    )
    ends = (0).to_bytes(2) + (65535).to_bytes(2)
    lut = b"mft2" + bytes(4) + bytes((channels, 3, points, 0))
    lut += b"".join((65536 * (n % 4 == 0)).to_bytes(4) for n in range(9)) + (2).to_bytes(2) * 2
    return icc_profile(model, {b"A2B0": lut + ends * channels + lab.tobytes() + ends * 3}, device, b"Lab ")


def by_profile(samples: Values, mode: str, profile: bytes, intent: int = 0) -> Values:
    """uint8 samples of a Pillow mode -> sRGB, 0 to 255, exactly as LittleCMS calculates it."""
    image = Image.frombytes(mode, samples.shape[1::-1], samples.tobytes())
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    flags, srgb = ImageCms.Flags.NOOPTIMIZE, ImageCms.createProfile("sRGB")
    shown = ImageCms.profileToProfile(image, source, srgb, intent, outputMode="RGB", flags=flags)
    return np.asarray(shown).astype(float)


def seen(pixels: Values, profile: bytes | None) -> Values:
    """What a colour-managed viewer shows of a photo: sRGB, 0 to 255."""
    return pixels.astype(float) if profile is None else by_profile(pixels, "RGB", profile, intent=1)
