"""Make many different photos from a few: crops of them, some mirrored, brighter or darker."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import skimage.data
from focal.photo.decode import decode_photo
from focal.settings import Settings
from PIL import Image

# scikit-image's real photos in colour.
NAMES = ("astronaut", "chelsea", "coffee", "rocket")
SMALLEST_MEGAPIXELS, LARGEST_MEGAPIXELS = 0.2, 0.5
PART = 0.7  # the smallest crop, as a fraction of each side


def make_photos(folder: Path, count: int, more: Path | None = None) -> None:
    """Write `count` JPEGs of 0.2 to 0.5 megapixels, the same at each call.

    more: a folder of photos to use as sources in addition to scikit-image's.
    """
    sources = [np.asarray(getattr(skimage.data, name)()) for name in NAMES]
    if more:
        sources += [decode_photo(file.read_bytes(), Settings()).pixels for file in sorted(more.iterdir())]
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    for n in range(count):
        Image.fromarray(_varied(sources[n % len(sources)], random)).save(folder / f"photo-{n:05d}.jpg", quality=90)


def _varied(pixels: npt.NDArray[np.uint8], random: np.random.Generator) -> npt.NDArray[np.uint8]:
    """A random variation of a photo, uint8 (H, W, 3)."""
    sides = np.array(pixels.shape[:2])
    part = (sides * random.uniform(PART, 1, 2)).astype(int)
    top, left = random.integers(0, sides - part + 1)
    height, width = part
    scale = np.sqrt(1e6 * random.uniform(SMALLEST_MEGAPIXELS, LARGEST_MEGAPIXELS) / (height * width))
    image = Image.fromarray(pixels[top : top + height, left : left + width])
    image = image.resize((round(width * scale), round(height * scale)), Image.Resampling.LANCZOS)
    gain = random.uniform(0.8, 1.2)
    varied = np.clip(np.asarray(image) * gain, 0, 255).astype(np.uint8)
    return varied[:, ::-1] if random.integers(2) else varied
