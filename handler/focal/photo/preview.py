"""A small copy of a large photo, made once for all that need the photo as a whole."""

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
