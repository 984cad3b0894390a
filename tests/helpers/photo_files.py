"""Small photos in a folder, for commands that work on many."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np


def ball(x: int = 80) -> np.ndarray:
    """A red ball on grass, uint8 (120, 160, 3), RGB."""
    pixels = np.full((120, 160, 3), (90, 160, 120), np.uint8)
    cv2.circle(pixels, (x, 60), 35, (220, 90, 40), -1)
    return pixels


def write_balls(folder: Path, count: int, suffix: str = ".jpg") -> list[str]:
    """Write that many different photos of balls. Returns their names."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"ball-{n:03d}{suffix}" for n in range(count)]
    for n, name in enumerate(names):
        cv2.imwrite(str(folder / name), cv2.cvtColor(ball(50 + n % 60), cv2.COLOR_RGB2BGR))
    return names


def make_unlistable_folder(folder: Path) -> Path:
    """Make folders within folders until the innermost has too long a path to be listed, by root either. Returns it."""
    place, inner = os.open(folder, os.O_RDONLY), folder
    while len(os.fsencode(inner)) < os.pathconf(folder, "PC_PATH_MAX"):
        inner /= "deep" * 60
        os.mkdir(inner.name, dir_fd=place)
        outer, place = place, os.open(inner.name, os.O_RDONLY, dir_fd=place)
        os.close(outer)
    os.close(place)
    return inner
