"""The benchmark's photo: generated at any size, with the detail and file size of a camera's.

It has octaves of noise that fall off as in photographs, a subject of another colour with a sharp edge, and grain. At 12
megapixels its JPEG has 4 MB, like a phone's.
"""

from __future__ import annotations

import io
import math
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

# nominal megapixels -> width, height
SIZES: dict[float, tuple[int, int]] = {
    0.2: (500, 375),
    0.5: (816, 612),
    2: (1632, 1224),
    12: (4000, 3000),
    24: (5656, 4242),
    48: (8000, 6000),
}
JPEG_QUALITY = 93
COARSEST_CELLS = 3  # of the first octave, along the shorter side
PERSISTENCE = 0.72  # of an octave's amplitude in the next finer one
CONTRAST = 45.0  # of 255, of the first octave
GRAIN = 4.0  # of 255, standard deviation
GROUND, SUBJECT = (96, 116, 84), (176, 124, 88)
BLOCK_ROWS = 512


@cache
def photo_file(megapixels: float, image_format: str) -> bytes:
    """The photo of one of SIZES as a file: JPEG or PNG."""
    buffer = io.BytesIO()
    arguments = {"quality": JPEG_QUALITY} if image_format == "JPEG" else {"compress_level": 1}
    Image.fromarray(made_photo(*SIZES[megapixels])).save(buffer, image_format, **arguments)
    return buffer.getvalue()


def made_photo(width: int, height: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    """The photo, uint8 (height, width, 3); the same for the same arguments."""
    random = np.random.default_rng(seed)
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:] = GROUND
    cv2.ellipse(pixels, (width // 2, height * 6 // 10), (width // 5, height // 3), 12, 0, 360, SUBJECT, -1)
    noise = _octaves(random, width, height)
    for top in range(0, height, BLOCK_ROWS):
        rows = slice(top, top + BLOCK_ROWS)
        grain = random.normal(0, GRAIN, pixels[rows].shape).astype(np.float32)
        pixels[rows] = np.clip(pixels[rows] + noise[rows, :, None] + grain, 0, 255)
    return pixels


def _octaves(random: np.random.Generator, width: int, height: int) -> npt.NDArray[np.float32]:
    """Noise, float32 (height, width), mean 0. Each octave is twice as fine, and weaker by PERSISTENCE."""
    noise = np.zeros((height, width), np.float32)
    for octave in range(math.ceil(math.log2(min(width, height) / COARSEST_CELLS))):
        cells = COARSEST_CELLS * 2**octave
        octave_noise = random.uniform(-1, 1, (cells, cells * width // height)).astype(np.float32)
        noise += cv2.resize(octave_noise, (width, height), interpolation=cv2.INTER_CUBIC) * (
            CONTRAST * PERSISTENCE**octave
        )
    return noise
