"""What is transparent is laid on white, as a browser shows it on an empty page."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..arrays import Pixels
from .picture import CHANNELS, Picture, Samples


def on_white(pixels: Pixels, alpha: Pixels) -> Pixels:
    """uint8 (h, w, 3) and straight alpha, uint8 (h, w) -> uint8 (h, w, 3)."""
    away = cv2.multiply(cv2.bitwise_not(pixels), cv2.cvtColor(alpha, cv2.COLOR_GRAY2RGB), scale=1 / 255)
    return np.asarray(cv2.bitwise_not(away), np.uint8)


def straight(premultiplied: Samples) -> Samples:
    """Samples (h, w, channels), the last of them alpha that the others are multiplied by -> straight alpha."""
    most = 2 ** (8 * premultiplied.itemsize) - 1
    alpha = premultiplied[..., -1:].astype(np.float32)
    result = np.minimum(premultiplied.astype(np.float32) * (most / np.maximum(alpha, 1)) + 0.5, most)
    result[..., -1:] = alpha
    return np.asarray(result.astype(premultiplied.dtype))


def transparent_around(picture: Picture, left: int, top: int, right: int, bottom: int) -> Picture:
    """A picture on whose canvas only this rectangle is drawn."""
    if (left, top, right, bottom) == (0, 0, picture.width, picture.height):
        return picture

    def rows(first: int, last: int) -> Samples:
        samples = picture.rows(first, last)
        inside = np.zeros((last - first, picture.width), bool)
        inside[max(top - first, 0) : max(bottom - first, 0), left:right] = True
        colours = samples[..., : CHANNELS[picture.model]]
        alpha = samples[..., -1] if picture.has_alpha else np.uint8(255)
        return np.dstack([colours, np.where(inside, alpha, np.uint8(0))])

    return replace(picture, samples=rows, has_alpha=True)
