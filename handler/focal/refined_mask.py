"""From saliency, features and photo to the soft mask of the subject. Nothing here is trained; docs/mask.md walks through it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from focal.diffusion import affinity, describe_cells, diffuse
from focal.guided_filter import guided_filter
from focal.saliency import Saliency

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]

WORKING_SIDE_PX = 224
GRID_CELLS = 28  # on the longer side
SMOOTHING = 0.02  # sigma of the saliency, of the longer side
LAYER_WEIGHTS = (0.7, 1.0, 0.7, 1.5)  # three layers of the network, then Lab colour
BORDER_PRIOR, BORDER_WIDTH = (
    0.3,
    0.06,
)  # photos hold their background at the left, right and top border; feet touch the bottom
COARSE_RADIUS, FINE_RADIUS = 0.1, 1 / 37  # of the longer side
EPS = 1e-4
THRESHOLD_OFFSET = 0.08  # above Otsu's
SMALL_PART = 0.1  # of the largest part's saliency: less is dropped
SMALL_HOLE = 0.02  # of the picture: less is filled


def refined_mask(pixels: Bytes, saliency: Saliency) -> Floats:
    """The subject's soft mask.

    pixels: uint8 (H, W, 3), RGB.   saliency: gradient float32 (3, h, w) and features over the whole of the same picture.
    Returns float32 (h', w'), 0..1, longer side WORKING_SIDE_PX, the aspect of the photo.
    """
    photo = _shrink(pixels, WORKING_SIDE_PX)
    guide = photo.astype(np.float32) / 255
    h, w = _scaled(pixels, GRID_CELLS)
    colour = cv2.cvtColor(cv2.resize(guide, (w, h), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB) / 100
    cells = describe_cells((*saliency.features, colour.transpose(2, 0, 1)), LAYER_WEIGHTS, (h, w))
    seed = cv2.resize(smooth_saliency(saliency.gradient), (w, h), interpolation=cv2.INTER_AREA) - border_prior((h, w))
    diffused = stretch(diffuse(seed.ravel(), affinity(cells, (h, w)))).reshape(h, w)
    score = cv2.resize(diffused, guide.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    score = np.clip(guided_filter(guide, score, _px(COARSE_RADIUS), EPS), 0, 1)
    parts = keep_parts(score > otsu_threshold(score) + THRESHOLD_OFFSET, score)
    return np.clip(guided_filter(guide, parts.astype(np.float32), _px(FINE_RADIUS), EPS), 0, 1)


def smooth_saliency(gradient: Floats) -> Floats:
    """Edges and texture to a smooth map: sqrt(Σ|g|), blurred, its brightest 2 % clipped.   (3, h, w) -> (h, w), 0..1"""
    s = cv2.GaussianBlur(np.sqrt(np.abs(gradient).sum(0)), (0, 0), SMOOTHING * max(gradient.shape[1:]))
    return np.clip(s / (np.percentile(s, 98) + 1e-12), 0, 1)


def border_prior(size: tuple[int, int]) -> Floats:
    """How much each cell is presumed background for lying near the left, right or top border.   (h, w), 0..BORDER_PRIOR"""
    h, w = size
    y, x = np.mgrid[:h, :w].astype(np.float32)
    distance = np.minimum.reduce([x / w, (w - 1 - x) / w, y / h])
    return BORDER_PRIOR * np.exp(-distance / BORDER_WIDTH)


def stretch(f: Floats) -> Floats:
    """Linearly to 0..1 between the 2nd and the 98th percentile."""
    low, high = np.percentile(f, [2, 98])
    return np.clip((f - low) / (high - low + 1e-9), 0, 1).astype(np.float32)


def otsu_threshold(score: Floats) -> float:
    """Otsu's threshold (1979) of a map in 0..1."""
    return float(cv2.threshold((score * 255).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)[0]) / 255


def keep_parts(mask: Bools, score: Floats) -> Bools:
    """Drop parts that hold little of the score beside the largest one; fill small holes.   bool (h, w) -> bool (h, w)"""
    count, part = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    if count == 1:
        return mask
    mass = np.bincount(part.ravel(), weights=score.ravel(), minlength=count)
    mass[0] = 0
    kept = np.isin(part, np.flatnonzero(mass >= SMALL_PART * mass.max())) & mask
    _, hole, stats, _ = cv2.connectedComponentsWithStats((~kept).astype(np.uint8), connectivity=4)
    open_to_border = np.unique(np.concatenate([hole[0], hole[-1], hole[:, 0], hole[:, -1]]))
    small = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] < SMALL_HOLE * mask.size)
    return kept | np.isin(hole, np.setdiff1d(small, open_to_border))


def _px(fraction: float) -> int:
    return round(fraction * WORKING_SIDE_PX)


def _scaled(pixels: Bytes, long: int) -> tuple[int, int]:
    """Height and width of the picture with `long` on its longer side, at least 1."""
    h, w = pixels.shape[:2]
    return max(1, round(h * long / max(h, w))), max(1, round(w * long / max(h, w)))


def _shrink(pixels: Bytes, long: int) -> Bytes:
    h, w = _scaled(pixels, long)
    return cv2.resize(pixels, (w, h), interpolation=cv2.INTER_AREA)
