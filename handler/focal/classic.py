"""The published algorithm of the original Focal: the compatibility mode, and the baseline of every comparison.

Its sizes are absolute (51 px, 5 px), so its result depends on the photo's resolution; that is how it was published.
"""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

from .arrays import Pixels
from .photo.views import SHORTEST_VIEW_PX

VIEW_LONGER_SIDE_PX = 224
THRESHOLD = 10  # of 255
MASK_KERNEL_PX, MASK_SIGMA_PX = 51, 11
BLUR_KERNEL_PX, BLUR_SIGMA_PX = 5, 5
STRIP_ROWS = 256  # the composite's working memory is this many rows, whatever the photo's height


def classic_view(pixels: Pixels) -> Pixels:
    """The whole picture, uint8 (H, W, 3), reduced to at most 224 px as Pillow's thumbnail does.

    Smaller pictures keep their size, but a side is never under the 64 px that the networks need (the published code
    crashed there).
    """
    thumbnail = Image.fromarray(pixels)
    thumbnail.thumbnail((VIEW_LONGER_SIDE_PX, VIEW_LONGER_SIDE_PX))
    size = max(thumbnail.width, SHORTEST_VIEW_PX), max(thumbnail.height, SHORTEST_VIEW_PX)
    return np.array(thumbnail if size == thumbnail.size else thumbnail.resize(size))


def classic_mask(saliency: Pixels) -> Pixels:
    """The published mask of a grey saliency map, uint8 (H, W) -> uint8 (H, W): threshold, then Gaussian blur."""
    binary = cv2.threshold(saliency, THRESHOLD, 255, cv2.THRESH_BINARY)[1]
    return cv2.GaussianBlur(binary, (MASK_KERNEL_PX, MASK_KERNEL_PX), MASK_SIGMA_PX, dst=binary).astype(np.uint8)


def classic_blur(pixels: Pixels, mask: Pixels) -> Pixels:
    """The published picture: `pixels` (H, W, 3) where `mask` (H, W) is 255, a slight Gaussian blur of it where 0."""
    blurred = cv2.GaussianBlur(pixels, (BLUR_KERNEL_PX, BLUR_KERNEL_PX), BLUR_SIGMA_PX).astype(np.uint8)
    for top in range(0, len(pixels), STRIP_ROWS):
        rows = slice(top, top + STRIP_ROWS)
        weight = mask[rows, :, None].astype(np.uint16)
        # at most 255 · 255 + 127, so 16 bits hold it
        blurred[rows] = (pixels[rows] * weight + blurred[rows] * (255 - weight) + 127) // 255
    return blurred
