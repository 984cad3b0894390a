"""A cell of the matrix, the values from which its files are made, and what those mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.helpers import colour_oracle as oracle

Values = npt.NDArray[Any]

WIDTH, HEIGHT = 36, 24
# What becomes of the colours, in words.
KEPT, CURVED, CONVERTED, TONED, DROPPED, AS_IS = (
    "keeps profile and samples",
    "profile of its primaries",
    "becomes sRGB",
    "sRGB, tone-mapped",
    "misfit, dropped",
    "sRGB",
)


@dataclass(frozen=True)
class Cell:
    """A file and what is right.

    meant: the sRGB that a viewer must see, 0..255 (h, w, 3), or None if it is refused.   refusal: words of the refusal.
    mime: if Chromium reads the file and follows all that it says; else "".
    tolerance: how far code values may be from the right ones, at most; of a lossy file (None), 2 on average.
    """

    format: str
    mode: str
    marking: str
    transparency: str
    becomes: str
    file: bytes
    meant: Values | None
    refusal: str = ""
    tolerance: float | None = 2.0
    orientation: int = 0
    mime: str = ""

    @property
    def name(self) -> str:
        """A name for the test."""
        parts = (self.format, self.mode, self.marking, self.transparency)
        turn = f"orientation {self.orientation}" if self.orientation else ""
        return ", ".join(part for part in (*parts, turn) if part)


ROW, COLUMN = np.mgrid[0:HEIGHT, 0:WIDTH]
COLOURS = np.stack([0.45 + 0.2 * COLUMN / WIDTH, 0.35 + 0.2 * ROW / HEIGHT, np.full(ROW.shape, 0.4)], -1)
GREYS = (0.02 + 0.96 * COLUMN / WIDTH)[..., None]
INKS = np.stack([0.7 * COLUMN / WIDTH, 0.6 * ROW / HEIGHT, np.full(ROW.shape, 0.2), np.full(ROW.shape, 0.1)], -1)
OPACITY = np.where(COLUMN < WIDTH // 3, 0.0, np.where(COLUMN < 2 * WIDTH // 3, 1.0, ROW / HEIGHT))[..., None]


def quantised(values: Values, bits: int) -> Values:
    """0..1 -> integers of so many bits."""
    return np.round(values * (2**bits - 1)).astype(np.uint64)


def fractions(samples: Values, bits: int) -> Values:
    """Integers of so many bits -> 0..1."""
    return samples.astype(float) / (2**bits - 1)


def plain(v: Values) -> Values:
    """sRGB, or grey as sRGB."""
    return three(255 * v)


def three(v: Values) -> Values:
    """Grey -> three channels."""
    return np.repeat(v, 3, -1) if v.shape[-1] == 1 else v


def of_curve(decode: Callable[[Values], Values], primaries: Values = oracle.SRGB) -> Callable[[Values], Values]:
    """What a space of this curve and these primaries shows."""
    return lambda v: oracle.in_srgb(three(decode(v)), primaries)


def power(gamma: float) -> Callable[[Values], Values]:
    """What greys, or sRGB's primaries, show by a power curve."""
    return of_curve(lambda v: v**gamma)


P3_MEANT = of_curve(oracle.srgb_curve, oracle.P3)
LINEAR_MEANT = of_curve(lambda v: v)
ADOBE_MEANT = of_curve(lambda v: v ** (563 / 256), oracle.ADOBE)
BT2020_MEANT = of_curve(oracle.srgb_curve, oracle.BT2020)


def pq_meant(v: Values) -> Values:
    """PQ in BT.2020."""
    return oracle.shown_of_hdr(oracle.pq_nits(three(v)))


def hlg_meant(v: Values) -> Values:
    """HLG in BT.2020."""
    return oracle.shown_of_hdr(oracle.hlg_nits(three(v)))


def laid_on_white(becomes: str, marking: str) -> str:
    """What becomes of colours that are laid on white: sRGB, unless their profile says the same."""
    return CONVERTED if becomes in (KEPT, CURVED) and marking not in ("ICC sRGB", "ICC linear RGB") else becomes


def on_white(shown: Values, opacity: Values | None) -> Values:
    """What is transparent, on white."""
    return shown if opacity is None else shown * opacity + 255 * (1 - opacity)


def eight(values: Values) -> Image.Image:
    """An image of 8 bits."""
    pixels = np.round(values * 255).astype(np.uint8)
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def cmyk_meant(v: Values) -> Values:
    """CMYK without a profile."""
    return 255 * (1 - v[..., :3]) * (1 - v[..., 3:])
