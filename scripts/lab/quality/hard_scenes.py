"""Hard scenes made of photos with masks: situations that are rare in evaluation sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from focal.arrays import Pixels

LONGEST_PX = 640
BACKGROUND_PX = 480
# How much of the subject a close-up cuts off at each side, of its height and width.
CLOSE_CUT_FRAC = 0.06
# The subject's longer side, of the picture's.
PASTED_FRACS = {"tiny": 0.3, "pasted": 0.55}
NIGHT_GAIN, NIGHT_GAMMA, NIGHT_FLOOR, NIGHT_NOISE = 0.28, 1.3, 0.06, 5.0
# The smallest background, as a share of the photo, and its most elongated shape.
LEAST_BACKGROUND_FRAC, MOST_ASPECT = 0.14, 1.9
SEARCH_GRID = 24


@dataclass(frozen=True)
class Scene:
    """A photo, uint8 (h, w, 3), and its reference mask, uint8 (h, w)."""

    name: str
    pixels: Pixels
    mask: Pixels


def hard_scenes(scenes: Sequence[Scene]) -> Iterator[Scene]:
    """Of each scene: a close-up that fills the frame, one with the subject at a side, one at night, and two with it
    pasted at a small size on another scene's background. The same at each call.
    """
    rng = np.random.default_rng(7)
    scenes = [limit_size(scene) for scene in scenes]
    backgrounds = [part for scene in scenes if (part := empty_part(scene)) is not None]
    for n, scene in enumerate(scenes):
        yield _close(scene)
        yield _off_centre(scene, to_the_left=n % 2 == 0)
        yield _night(scene, rng)
        if backgrounds:
            for name, frac in PASTED_FRACS.items():
                yield _pasted(scene, backgrounds[(5 * n + 3) % len(backgrounds)], frac, name, rng)


def empty_part(scene: Scene) -> Pixels | None:
    """The largest part of a photo without any subject, or None if it is too small or too narrow."""
    height, width = scene.mask.shape
    taken = (
        cv2.resize((scene.mask > 5).astype(np.float32), (SEARCH_GRID, SEARCH_GRID), interpolation=cv2.INTER_AREA) > 0
    )
    sums = np.pad(taken.astype(int).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    best, found = LEAST_BACKGROUND_FRAC * SEARCH_GRID**2, None
    for top, left in np.ndindex(SEARCH_GRID, SEARCH_GRID):
        for bottom in range(top + 1, SEARCH_GRID + 1):
            for right in range(left + 1, SEARCH_GRID + 1):
                if sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]:
                    break  # a wider one contains the same subject
                area, aspect = (bottom - top) * (right - left), (right - left) * width / ((bottom - top) * height)
                if area > best and 1 / MOST_ASPECT < aspect < MOST_ASPECT:
                    best, found = area, (top, bottom, left, right)
    if found is None:
        return None
    rows, columns = (np.array(found[k : k + 2]) * side // SEARCH_GRID for k, side in ((0, height), (2, width)))
    return scene.pixels[slice(*rows), slice(*columns)]


def _close(scene: Scene) -> Scene:
    top, bottom, left, right = subject_box(scene.mask)
    dy, dx = int(CLOSE_CUT_FRAC * (bottom - top)), int(CLOSE_CUT_FRAC * (right - left))
    return _cut(scene, "close", slice(top + dy, bottom - dy), slice(left + dx, right - dx))


def _off_centre(scene: Scene, *, to_the_left: bool) -> Scene:
    _, _, left, right = subject_box(scene.mask)
    return _cut(scene, "off", slice(None), slice(left, None) if to_the_left else slice(None, right))


def _night(scene: Scene, rng: np.random.Generator) -> Scene:
    dim = NIGHT_FLOOR + NIGHT_GAIN * (scene.pixels / 255) ** NIGHT_GAMMA
    noisy = 255 * dim + rng.normal(0, NIGHT_NOISE, dim.shape)
    return Scene(f"{scene.name}-night", noisy.clip(0, 255).astype(np.uint8), scene.mask)


def _pasted(scene: Scene, background: Pixels, frac: float, name: str, rng: np.random.Generator) -> Scene:
    scale = BACKGROUND_PX / max(background.shape)
    canvas = cv2.resize(background, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    top, bottom, left, right = subject_box(scene.mask)
    subject, alpha = scene.pixels[top:bottom, left:right], scene.mask[top:bottom, left:right]
    height, width = canvas.shape[:2]
    k = min(frac * BACKGROUND_PX / max(alpha.shape), 0.9 * height / alpha.shape[0], 0.9 * width / alpha.shape[1])
    size = max(1, int(alpha.shape[1] * k)), max(1, int(alpha.shape[0] * k))
    subject, alpha = (cv2.resize(x, size, interpolation=cv2.INTER_AREA).astype(np.uint8) for x in (subject, alpha))
    y, x = int((height - size[1]) * rng.uniform(0.3, 0.95)), int((width - size[0]) * rng.uniform(0.1, 0.9))
    return Scene(f"{scene.name}-{name}", canvas, paste(canvas, subject, alpha, y, x))


def paste(canvas: Pixels, subject: Pixels, alpha: Pixels, top: int, left: int) -> Pixels:
    """Lay a subject, uint8 (h, w, 3) with alpha (h, w), over the canvas in place; returns its mask of that size."""
    mask = np.zeros(canvas.shape[:2], np.uint8)
    there = slice(top, top + alpha.shape[0]), slice(left, left + alpha.shape[1])
    share = alpha[..., None] / 255
    canvas[there] = np.rint(subject * share + canvas[there] * (1 - share))
    mask[there] = alpha
    return mask


def _cut(scene: Scene, name: str, rows: slice, columns: slice) -> Scene:
    return Scene(f"{scene.name}-{name}", scene.pixels[rows, columns].copy(), scene.mask[rows, columns].copy())


def subject_box(mask: Pixels) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of the subject; of everything if there is none."""
    x, y, width, height = cv2.boundingRect((mask > 127).astype(np.uint8))
    return (y, y + height, x, x + width) if width else (0, mask.shape[0], 0, mask.shape[1])


def limit_size(scene: Scene) -> Scene:
    """The scene with at most LONGEST_PX on its longer side."""
    scale = min(1, LONGEST_PX / max(scene.mask.shape))
    size = max(1, round(scene.mask.shape[1] * scale)), max(1, round(scene.mask.shape[0] * scale))
    pixels, mask = (
        cv2.resize(x, size, interpolation=cv2.INTER_AREA).astype(np.uint8) for x in (scene.pixels, scene.mask)
    )
    return Scene(scene.name, pixels, mask)
