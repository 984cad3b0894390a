"""A mask that the client sends: its own, or an answer's maskImage, edited. It takes the place of class and saliency."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..arrays import Pixels
from ..errors import InvalidOption
from .photo import Photo
from .preview import resized
from .shape import is_rounded_copy

LOSSLESS = ("PNG", "GIF", "BMP", "TIFF")
# The others do not keep black and white: what is this near to them counts as them, for only white is left untouched.
NOISE = 6
# Of a transparent image, so much of the visible part must be black and white, both, to be a mask by its colours.
DRAWN_FRACTION = 0.9


@dataclass(frozen=True)
class ClientMask:
    """A client's mask: the encoded image, and what the client knows of the photo from an earlier answer."""

    image: bytes
    label: str | None = None
    probability: float | None = None


def alpha_of(mask: Photo, height: int, width: int) -> Pixels:
    """The alpha that a decoded mask image, of a photo's shape at any size, stands for: white is sharp, black blurred.

    What is transparent is blurred. Of a transparent image whose visible part is not black and white, such as a cut-out,
    only the transparency counts.
    Returns uint8 (height, width). Raises InvalidOption if the shapes differ.
    """
    h, w = mask.pixels.shape[:2]
    if not is_rounded_copy((h, w), (height, width)):
        raise InvalidOption(
            f"maskImage is {w} by {h} pixels, another shape than the upright photo's {width} by {height}; "
            "send a mask of the same shape."
        )
    grey = resized(_kept(mask), width, height)
    return grey if mask.source_format in LOSSLESS else without_noise(grey)


def without_noise(grey: Pixels) -> Pixels:
    """A mask that a lossy format has kept, uint8 (h, w): what is within NOISE of black or white becomes it again."""
    return np.asarray(cv2.LUT(grey, _WITHOUT_NOISE), np.uint8)


def _kept(mask: Photo) -> Pixels:
    """How much of each of the mask's own pixels is kept, uint8 (h, w)."""
    grey = np.asarray(cv2.cvtColor(mask.pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    if mask.alpha is None or mask.alpha.min() == 255:
        return grey
    visible = grey[mask.alpha == 255]
    black, white = (visible <= NOISE).sum(), (visible >= 255 - NOISE).sum()
    if not (black and white and black + white >= DRAWN_FRACTION * visible.size):
        return mask.alpha
    return np.asarray(cv2.subtract(grey, 255 - mask.alpha), np.uint8)  # off the white on which it was laid


_WITHOUT_NOISE = np.arange(256, dtype=np.uint8)
_WITHOUT_NOISE[: NOISE + 1] = 0
_WITHOUT_NOISE[255 - NOISE :] = 255
