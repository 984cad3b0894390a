"""Smaller copies: that of a large photo which all see who need it as a whole, and those of the size asked for."""

import cv2
import numpy as np

from ..arrays import Pixels

# The network and the mask work on 320 pixels or fewer: reduced from this size, they are nearly the same pixels.
SHORTEST_SIDE_PX = 512


def preview(pixels: Pixels) -> Pixels:
    """The picture halved again and again, while its shorter side keeps SHORTEST_SIDE_PX.

    uint8 (H, W, 3) -> (h, w, 3): each pixel the mean of those it stands for, to within 1 code value; what remains at
    the right and the lower border, less than one of them, is left out. A small picture is its own preview.
    """
    while min(height := pixels.shape[0] // 2, width := pixels.shape[1] // 2) >= SHORTEST_SIDE_PX:
        # Of all reductions the one by two is the fastest: OpenCV has it in vector instructions.
        even = pixels[: 2 * height, : 2 * width]
        pixels = np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return pixels


def reduce_to(image: Pixels, longest_px: int) -> Pixels:
    """A picture with at most `longest_px` on its longer side, each pixel the mean of those it stands for.

    uint8 (H, W, …) -> uint8 (h, w, …); one that is no longer stays itself.
    """
    height, width = image.shape[:2]
    if max(height, width) <= longest_px:
        return image
    scale = longest_px / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
