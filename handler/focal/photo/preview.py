"""Smaller copies: that of a large photo which all see who need it as a whole, and those of a size that is asked for."""

from functools import partial

import cv2
import numpy as np

from ..arrays import Pixels
from ..machine.cores import side_by_side

# The network and the mask work on 320 pixels or fewer: reduced from this size, they are nearly the same pixels.
SHORTEST_SIDE_PX = 512
BAND_PX = 1 << 18  # of the halved picture


def preview(pixels: Pixels) -> Pixels:
    """The picture halved again and again, while its shorter side keeps SHORTEST_SIDE_PX.

    uint8 (H, W, 3) -> (h, w, 3): each pixel the mean of those it stands for, to within 1 code value; what remains at
    the right and the lower border, less than one of them, is left out. A small picture is its own preview.
    """
    while min(height := pixels.shape[0] // 2, width := pixels.shape[1] // 2) >= SHORTEST_SIDE_PX:
        # Of all reductions the one by two is the fastest: OpenCV has it in vector instructions.
        half = np.empty((height, width, 3), np.uint8)
        rows = max(1, BAND_PX // width)
        side_by_side(*(partial(_halve, pixels, half[top : top + rows], top) for top in range(0, height, rows)))
        pixels = half
    return pixels


def _halve(pixels: Pixels, half: Pixels, top: int) -> None:
    """Fill some rows of the halved picture, the first of which is `top`."""
    even = pixels[2 * top : 2 * (top + len(half)), : 2 * half.shape[1]]
    cv2.resize(even, half.shape[1::-1], dst=half, interpolation=cv2.INTER_AREA)


def shrunk(picture: Pixels, width: int, height: int) -> Pixels:
    """A smaller picture, uint8 (H, W, …) -> (height, width, …), each pixel the mean of those that it stands for.

    The pixels are those of OpenCV's INTER_AREA, which takes three quarters of the time if it is given float32, in which
    it adds up parts of pixels; whole ones it adds up faster, and rounds halves up.
    """
    if picture.shape[0] % height == 0 and picture.shape[1] % width == 0:
        return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    means = cv2.resize(picture.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    return np.rint(means).astype(np.uint8)


def shrunk_by_halves(picture: Pixels, width: int, height: int) -> Pixels:
    """As `shrunk`, nearly, and some twenty times as fast for a much smaller picture.

    It is halved while it keeps twice that size, so that the means are those of whole pixels twice as small; what
    remains at the right and the lower border, less than one of these, is left out. An enlarged picture shows its
    pixels as squares.
    """
    while picture.shape[0] >= 4 * height and picture.shape[1] >= 4 * width:
        half = picture.shape[1] // 2, picture.shape[0] // 2
        even = picture[: 2 * half[1], : 2 * half[0]]
        picture = np.asarray(cv2.resize(even, half, interpolation=cv2.INTER_AREA), np.uint8)
    return shrunk(picture, width, height)


def resized(picture: Pixels, width: int, height: int) -> Pixels:
    """A picture at another size of its shape, uint8 (H, W, …) -> (height, width, …): means, or bilinear if it grows."""
    if picture.shape[:2] == (height, width):
        return picture
    kernel = cv2.INTER_AREA if picture.shape[0] > height else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=kernel), np.uint8)


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
