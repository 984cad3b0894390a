"""Pillow's images as pictures: the samples of every mode, converted strip by strip."""

from __future__ import annotations

import numpy as np
from PIL import Image

from .picture import Model, Picture, Samples

# Pillow's modes that are pictures as they are, with or without alpha; others are converted to one of these.
MODELS: dict[str, tuple[Model, bool]] = {
    "L": ("GRAY", False),
    "LA": ("GRAY", True),
    "RGB": ("RGB", False),
    "RGBA": ("RGB", True),
    "CMYK": ("CMYK", False),
}
CONVERTED = {"1": "L", "La": "LA", "RGBa": "RGBA", "PA": "RGBA"}
TRANSPARENT = {"1": "LA", "L": "LA"}


def picture_of(image: Image.Image) -> Picture:
    """An image's picture, of nothing but its pixels; they are decoded here."""
    image.load()
    mode = CONVERTED.get(image.mode, image.mode if image.mode in MODELS else "RGB")
    if image.has_transparency_data and mode not in ("LA", "RGBA"):
        mode = TRANSPARENT.get(mode, "RGBA")

    def rows(top: int, bottom: int) -> Samples:
        strip = image.crop((0, top, image.width, bottom))
        samples = np.asarray(strip if strip.mode == mode else strip.convert(mode))  # it copies even what is of the mode
        return samples.reshape(*samples.shape[:2], -1)

    return Picture(str(image.format), *image.size, MODELS[mode][0], rows, MODELS[mode][1])
