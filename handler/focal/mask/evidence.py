"""What speaks for each place being the subject, up to the score that the mask is cut from; see docs/mask.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from ..network.saliency import Saliency
from .diffusion import diffusion
from .graph import Floats, affinity, resample
from .guided_filter import GuidedFilter
from .parts import otsu_threshold
from .seed import clip_brightest, inner_saliency, unlike_border, view_px

Pixels = npt.NDArray[np.uint8]

WORKING_SIDE_PX = 224
# A grid of 32 × 24, or as many cells in another shape: its cost is the cube of their number.
GRID_CELLS, FEWEST_CELLS = 768, 4
# Of the three Lab channels beside one layer's hundreds: the network knows what belongs together, colour where it ends.
COLOUR_WEIGHT = 4.4
# Of the second seed: how sharply it turns from outside to inside at Otsu's threshold.
STEEPNESS = 12
# Of the first diffusion, as the range of the map. Above the 99th: a tiny subject is less than 1 % of the cells.
DARKEST_PERCENTILE, BRIGHTEST_PERCENTILE = 1, 99.8
COARSE_RADIUS_PX = WORKING_SIDE_PX // 10
# Colour differences well below 1 % of the range are no edges.
EPS = 1e-4


@dataclass(frozen=True)
class Evidence:
    """The steps on the way to the score.

    guide: float32 (h, w, 3), 0..1, the photo with WORKING_SIDE_PX pixels on its longer side.
    seed: float32 (r, c), 0..1, on the grid of cells: saliency times unlikeness to the border.
    cells: float32 (r, c), 0..1, the diffused seed.   diffuse: the cells' diffusion, float32 (r·c,) -> (r·c,).
    score: float32 (h, w), 0..1, the cells brought to the guide's edges.   unlike: float32 (h, w), >= 0, to the border.
    """

    guide: Floats
    seed: Floats
    cells: Floats
    diffuse: Callable[[Floats], Floats]
    score: Floats
    unlike: Floats


def gather_evidence(pixels: Pixels, saliency: Saliency) -> Evidence:
    """From the photo, uint8 (H, W, 3), RGB, and the saliency of a view over the whole of it."""
    guide = shrink(pixels, WORKING_SIDE_PX)
    size = grid_size(guide)
    unlike = unlike_border(saliency, size)
    seed = clip_brightest(inner_saliency(saliency, size) * unlike)
    diffuse = diffusion(cell_affinity(guide, saliency, size))
    cells = diffuse_twice(seed, diffuse)
    unlike = _enlarge(unlike, guide, cv2.INTER_LINEAR)
    return Evidence(guide, seed, cells, diffuse, score_of_cells(cells, guide), unlike)


def cell_affinity(guide: Floats, saliency: Saliency, size: tuple[int, int]) -> Floats:
    """How much any two cells of a grid look alike, to the network and in Lab colour.   Returns float32 (h·w, h·w)."""
    colour = cv2.cvtColor(cv2.resize(guide, size[::-1], interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB)
    lab = np.ascontiguousarray(np.asarray(colour, np.float32).transpose(2, 0, 1))
    layers = [*(resample(x, view_px(saliency), size) for x in saliency.features), lab]
    return affinity(layers, [1.0] * len(saliency.features) + [COLOUR_WEIGHT])


def diffuse_twice(seed: Floats, diffuse: Callable[[Floats], Floats]) -> Floats:
    """Diffuse the seed over a graph; then once more, from halfway between the seed and the sharpened first result.

    The second pass evens out what the first left in levels: a head brighter than its body.
    seed: float32 (h, w), 0..1.   diffuse: float32 (h·w,) -> (h·w,).   Returns float32 (h, w), 0..1.
    """
    first = stretch(diffuse(seed.ravel()))
    sharp = 1 / (1 + np.exp(-STEEPNESS * (first - np.float32(otsu_threshold(first)))))
    return stretch(diffuse((seed.ravel() + sharp) / 2)).reshape(seed.shape)


def score_of_cells(cells: Floats, guide: Floats) -> Floats:
    """The cells' values, (r, c), brought to the edges of the guide, (h, w, 3).   Returns float32 (h, w), 0..1."""
    return np.clip(GuidedFilter(guide, COARSE_RADIUS_PX, EPS)(_enlarge(cells, guide, cv2.INTER_CUBIC)), 0, 1)


def stretch(x: Floats) -> Floats:
    """Linearly to 0..1 between the DARKEST_ and the BRIGHTEST_PERCENTILE; a constant map to 0."""
    low, high = np.percentile(x, [DARKEST_PERCENTILE, BRIGHTEST_PERCENTILE]).astype(np.float32)
    stretched: Floats = np.clip((x - low) / (high - low + np.float32(1e-6)), 0, 1)
    return stretched


def shrink(pixels: Pixels, longer: int) -> Floats:
    """The picture antialiased, its longer side `longer` pixels.   uint8 (H, W, 3) -> float32 (h, w, 3), 0..1."""
    scale = longer / max(pixels.shape[:2])
    size = [max(1, round(side * scale)) for side in pixels.shape[:2]]
    # torch's 8-bit kernel takes a fifth of the time of OpenCV's INTER_AREA, but no array that may not be written.
    planes = torch.from_numpy(np.require(pixels, requirements=("C", "W"))).permute(2, 0, 1)
    small = F.interpolate(planes[None], size=size, mode="bilinear", antialias=True)[0].permute(1, 2, 0)
    return np.asarray(small.numpy() / np.float32(255))


def grid_size(guide: Floats) -> tuple[int, int]:
    """Height and width of the grid: GRID_CELLS in the picture's shape, at least FEWEST_CELLS each way."""
    height, width = guide.shape[:2]
    scale = (GRID_CELLS / (height * width)) ** 0.5
    rows, columns = (min(GRID_CELLS // FEWEST_CELLS, max(FEWEST_CELLS, round(n * scale))) for n in (height, width))
    return rows, columns


def _enlarge(x: Floats, guide: Floats, interpolation: int) -> Floats:
    """A map of the grid at the size of the guide."""
    return np.asarray(cv2.resize(x, guide.shape[1::-1], interpolation=interpolation), np.float32)
