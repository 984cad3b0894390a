"""Where the camera focused: how sharp the edges of a photo are, told apart from how strong they are.

The blur of an edge is read from the ratio of its gradients in two smoothed copies of the photo (Zhuo and Sim, "Defocus
map estimation from a single image", Pattern Recognition 2011): contrast cancels out, so a faint sharp edge counts as
sharp, a strong soft one as soft, and a place without edges says nothing of its own.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ..arrays import Floats, Pixels

LONGEST_PX = 768
# Standard deviations of the two Gaussians. The first one takes the noise of sensor and JPEG away.
FINE_PX, COARSE_PX = 0.8, 2.0
# Code values a pixel: a gradient below the first is noise, one above the second counts no more than the second.
WEAKEST_EDGE, STRONGEST_EDGE = 4, 40
# What cv2.Sobel's 3 × 3 kernel makes of a gradient of one code value a pixel.
SOBEL_GAIN = 8
# Around a node, in nodes: how far the edges that describe it may lie.
REACH_NODES = 1.0
# Of the photo's mean strength of edges: how much its mean sharpness counts at each node, which decides only far from
# every edge.
PRIOR = 0.02
# The sharpness that a tenth of the photo lies below. Up to the first value the photo has a plane of focus; from the
# second on nothing in it is out of focus, and what differs is texture.
SOFT, SHARP = 0.35, 0.55
SOFTEST_PERCENTILE, SHARPEST_PERCENTILE = 10, 90
LEAST_RANGE = 0.05


def focus_factor(pixels: Pixels, size: tuple[int, int], most: float) -> Floats:
    """What remains of the evidence at each place of a grid (h, w), as the camera's focus has it.

    pixels: uint8 (H, W, 3), RGB.   most: 0..1, how much the softest places lose in a photo with a plane of focus.
    Returns float32 (h, w), 1 - most..1; 1 everywhere where nothing in the photo is out of focus.
    """
    sharpness = edge_sharpness(pixels, size)
    softest, sharpest = np.percentile(sharpness, [SOFTEST_PERCENTILE, SHARPEST_PERCENTILE])
    trust = np.clip((SHARP - softest) / (SHARP - SOFT), 0, 1)
    softness = np.clip((sharpest - sharpness) / max(sharpest - softest, LEAST_RANGE), 0, 1)
    return np.asarray(1 - most * trust * softness, np.float32)


def edge_sharpness(pixels: Pixels, size: tuple[int, int]) -> Floats:
    """How sharp the edges around each place of a grid (h, w) are, at LONGEST_PX on the longer side or fewer.

    pixels: uint8 (H, W, 3), RGB.
    Returns float32 (h, w), 0..1: about 0.5 for a step and more for a thin line, 0.06 for a blur of 4 pixels; 1
    everywhere in a photo without edges.
    """
    sharpness, strength = _edges(_grey(pixels))
    sums, weights = (
        cv2.GaussianBlur(cv2.resize(x, size[::-1], interpolation=cv2.INTER_AREA), (0, 0), REACH_NODES)
        for x in (sharpness * strength, strength)
    )
    total = float(strength.mean())
    if total == 0:
        return np.ones(size, np.float32)
    mean = float((sharpness * strength).mean()) / total
    return np.asarray((sums + PRIOR * total * mean) / (weights + PRIOR * total), np.float32)


def _grey(pixels: Pixels) -> Pixels:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    scale = LONGEST_PX / max(grey.shape)
    if scale < 1:
        height, width = (max(1, round(side * scale)) for side in grey.shape)
        grey = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)


def _edges(grey: Pixels) -> tuple[Floats, Floats]:
    """Sharpness, 0..1, and strength, >= 0, of the edges of a picture, uint8 (h, w); elsewhere their strength is 0.

    A step of blur b has the ratio sqrt((b² + COARSE²) / (b² + FINE²)) of its two gradients, at most COARSE / FINE and
    at least 1; b includes what the derivative over two pixels blurs by itself. Each gradient is the sum of its absolute
    components: the direction of an edge, and so what such a sum overestimates, is the same in both.
    """
    across, down = _derivatives(grey, FINE_PX)
    fine, coarse = across + down, np.add(*_derivatives(grey, COARSE_PX))
    ridge = np.where(across > down, fine >= cv2.dilate(fine, _ROW), fine >= cv2.dilate(fine, _COLUMN))
    edge = ridge & (fine > SOBEL_GAIN * WEAKEST_EDGE)
    ratio = np.asarray(cv2.divide(fine, np.maximum(coarse, 1), dtype=cv2.CV_32F), np.float32)
    sharpness = np.clip((ratio - 1) / np.float32(COARSE_PX / FINE_PX - 1), 0, 1)
    strength = np.minimum(fine, SOBEL_GAIN * STRONGEST_EDGE) * edge
    return sharpness, strength.astype(np.float32)


def _derivatives(grey: Pixels, sigma_px: float) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    """Magnitudes of the derivatives along rows and columns, times SOBEL_GAIN, of the smoothed picture."""
    smooth = cv2.GaussianBlur(grey, (0, 0), sigma_px)
    across, down = (np.asarray(cv2.Sobel(smooth, cv2.CV_16S, *order), np.int16) for order in ((1, 0), (0, 1)))
    return np.abs(across), np.abs(down)


_ROW, _COLUMN = np.ones((1, 3), np.uint8), np.ones((3, 1), np.uint8)
