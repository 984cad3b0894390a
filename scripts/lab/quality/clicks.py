"""Clicks on the subjects of scenes, and scenes with two subjects to choose between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
from focal.arrays import Pixels

from .hard_scenes import Scene, empty_part, limit_size, paste, subject_box

CLICKS = 5
# Clicks stay this many pixels away from the subject's edge.
EDGE_PX = 2
PAIR_SIZE = (360, 540)
# The largest size of each subject, of the picture's width and height.
WIDEST_FRAC, HIGHEST_FRAC = 0.4, 0.8


def clicks(scene: Scene, rng: np.random.Generator) -> Iterator[tuple[tuple[float, float], Scene]]:
    """Random points inside the reference, as fractions (x, y), each with the scene whose reference is only the
    connected part under it.
    """
    inside = (scene.mask > 127).astype(np.uint8)
    kernel = np.ones((2 * EDGE_PX + 1,) * 2, np.uint8)
    inner = cv2.erode(inside, kernel, borderValue=0)
    rows, columns = np.nonzero(inner if inner.any() else inside)
    part = cv2.connectedComponents(inside)[1]
    for n in rng.integers(0, len(rows), CLICKS) if len(rows) else []:
        y, x = rows[n], columns[n]
        point = (x + 0.5) / part.shape[1], (y + 0.5) / part.shape[0]
        yield point, replace(scene, mask=np.where(part == part[y, x], scene.mask, 0).astype(np.uint8))


def pairs(scenes: Sequence[Scene]) -> Iterator[Scene]:
    """Each scene's subject next to another's, on the background of a third. The same at each call."""
    rng = np.random.default_rng(5)
    scenes = [limit_size(scene) for scene in scenes]
    backgrounds = [part for scene in scenes if (part := empty_part(scene)) is not None]
    for n, scene in enumerate(scenes if backgrounds else []):
        other = scenes[(n + len(scenes) // 3 + 1) % len(scenes)]
        canvas = _filled(backgrounds[(3 * n + 1) % len(backgrounds)])
        masks = [_pasted(canvas, one, side, rng) for side, one in enumerate((scene, other))]
        yield Scene(f"{scene.name}+{other.name}", canvas, np.maximum(*masks))


def _filled(background: Pixels) -> Pixels:
    """The background, enlarged and cut to PAIR_SIZE."""
    height, width = PAIR_SIZE
    scale = max(height / background.shape[0], width / background.shape[1])
    size = max(width, round(background.shape[1] * scale)), max(height, round(background.shape[0] * scale))
    return cv2.resize(background, size, interpolation=cv2.INTER_CUBIC)[:height, :width].astype(np.uint8)


def _pasted(canvas: Pixels, scene: Scene, side: int, rng: np.random.Generator) -> Pixels:
    """Paste the scene's subject into the left (0) or the right (1) half; returns its mask."""
    height, width = PAIR_SIZE
    top, bottom, left, right = subject_box(scene.mask)
    scale = min(WIDEST_FRAC * width / (right - left), HIGHEST_FRAC * height / (bottom - top)) * rng.uniform(0.8, 1)
    size = max(1, int((right - left) * scale)), max(1, int((bottom - top) * scale))
    subject, alpha = (
        cv2.resize(x[top:bottom, left:right], size, interpolation=cv2.INTER_AREA).astype(np.uint8)
        for x in (scene.pixels, scene.mask)
    )
    y, x = int((height - size[1]) * rng.uniform(0.3, 0.95)), int(width * (0.25 + 0.5 * side) - size[0] / 2)
    return paste(canvas, subject, alpha, y, x)
