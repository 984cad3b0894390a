"""What every reader of a format makes of a file: a picture with its samples in reach, and what they mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .spaces import RgbSpace

Samples = npt.NDArray[np.unsignedinteger[Any]]
Model = Literal["GRAY", "RGB", "CMYK", "LAB"]

BITS: dict[int, Literal[8, 16]] = {1: 8, 2: 16}  # of a sample, by its bytes
CHANNELS: dict[Model, int] = {"GRAY": 1, "RGB": 3, "CMYK": 4, "LAB": 3}


@dataclass(frozen=True)
class Extras:
    """What a file has besides its picture: EXIF and XMP, as they are in it, and whether an HDR gain map."""

    exif: bytes | None = None
    xmp: bytes | None = None
    has_gain_map: bool = False


NO_EXTRAS = Extras()


@dataclass(frozen=True)
class Picture:
    """An opened image file.

    samples: an array (height, width, channels), or what gives its rows from `top` to `bottom`; uint8 or uint16 as
    `bits` says. Both use their full range: 0 is black, no ink or transparent, 255 or 65535 is white, full ink or
    opaque; the a and b of LAB are offset by half of it. The channels are those of the colour model and, with
    `has_alpha`, straight alpha as the last.
    marking: the ICC profile or the RGB space in which the file means its samples; None if it says nothing.
    orientation: as EXIF counts it, 1 to 8.
    extras: what the file has besides.
    """

    source_format: str
    width: int
    height: int
    model: Model
    samples: Samples | Callable[[int, int], Samples]
    has_alpha: bool = False
    bits: Literal[8, 16] = 8
    marking: bytes | RgbSpace | None = None
    orientation: int = 1
    extras: Extras = NO_EXTRAS

    def rows(self, top: int, bottom: int) -> Samples:
        """The samples (bottom - top, width, channels)."""
        return self.samples(top, bottom) if callable(self.samples) else self.samples[top:bottom]
