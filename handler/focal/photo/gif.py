"""GIF: its first frame, on the canvas that browsers leave transparent around it."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from PIL import Image

from .limits import CheckSize
from .picture import CHANNELS, Picture, Samples
from .pillow import picture_of


def read(data: bytes, check_size: CheckSize) -> Picture:
    """Open a GIF. Raises PhotoTooLarge, and anything on a damaged file."""
    with Image.open(io.BytesIO(data), formats=["GIF"]) as image:
        check_size(*image.size)
        left, top, right, bottom = image.tile[0].extents or (0, 0, *image.size)
        picture = picture_of(image)
    if (left, top, right, bottom) == (0, 0, *image.size):
        return picture

    def rows(first: int, last: int) -> Samples:
        samples = picture.rows(first, last)
        inside = np.zeros((last - first, picture.width), bool)
        inside[max(top - first, 0) : max(bottom - first, 0), left:right] = True
        colours = samples[..., : CHANNELS[picture.model]]
        alpha = samples[..., -1] if picture.has_alpha else np.uint8(255)
        return np.dstack([colours, np.where(inside, alpha, np.uint8(0))])

    return replace(picture, samples=rows, has_alpha=True)
