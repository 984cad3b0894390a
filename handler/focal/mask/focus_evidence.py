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

LONGEST_PX = 640
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
    grey = _grey(pixels)
    pixel, sharpness, strength = _edges(grey)
    if not len(pixel):
        return np.ones(size, np.float32)
    (height, width), (rows, columns) = grey.shape, size
    y, x = np.divmod(pixel, width)
    node = y * rows // height * columns + x * columns // width
    sums, weights = (
        cv2.GaussianBlur(np.bincount(node, values, rows * columns).reshape(size), (0, 0), REACH_NODES)
        for values in (sharpness * strength, strength)
    )
    mean = float(np.vdot(sharpness, strength)) / float(strength.sum())
    prior = PRIOR * float(strength.sum()) / (rows * columns)
    return np.asarray((sums + prior * mean) / (weights + prior), np.float32)


def _grey(pixels: Pixels) -> Pixels:
    """In grey and of LONGEST_PX at most; bilinear, the fastest, as long as that leaves no pixel out."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    scale = LONGEST_PX / max(grey.shape)
    if scale < 1:
        height, width = (max(1, round(side * scale)) for side in grey.shape)
        kernel = cv2.INTER_LINEAR if scale >= 1 / 2 else cv2.INTER_AREA
        grey = cv2.resize(grey, (width, height), interpolation=kernel)
    return np.asarray(grey, np.uint8)


def _edges(grey: Pixels) -> tuple[npt.NDArray[np.intp], Floats, Floats]:
    """The pixels on the edges of a picture, uint8 (h, w), their sharpness and their strength.

    Returns their places, counted row by row, (n,); float32 (n,), 0..1; float32 (n,), > 0.

    A step of blur b has the ratio sqrt((b² + COARSE²) / (b² + FINE²)) of its two gradients, at most COARSE / FINE and
    at least 1; b includes what the derivative over two pixels blurs by itself. Each gradient is the sum of its absolute
    components: the direction of an edge, and so what such a sum overestimates, is the same in both.
    """
    across, down = _derivatives(grey, FINE_PX)
    fine = cv2.add(across, down)
    upright = across > down
    ridge = (upright & (fine >= cv2.dilate(fine, _ROW))) | (~upright & (fine >= cv2.dilate(fine, _COLUMN)))
    pixel = np.flatnonzero(ridge & (fine > SOBEL_GAIN * WEAKEST_EDGE))
    strength = fine.ravel()[pixel].astype(np.float32)
    coarse = sum(np.float32(component.ravel()[pixel]) for component in _derivatives(grey, COARSE_PX))
    ratio = strength / np.maximum(coarse, 1)
    sharpness = np.clip((ratio - 1) / np.float32(COARSE_PX / FINE_PX - 1), 0, 1)
    return pixel, sharpness, np.minimum(strength, SOBEL_GAIN * STRONGEST_EDGE)


def _derivatives(grey: Pixels, sigma_px: float) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    """Magnitudes of the derivatives along rows and columns, times SOBEL_GAIN, of the smoothed picture."""
    across, down = (np.asarray(x, np.int16) for x in cv2.spatialGradient(cv2.GaussianBlur(grey, (0, 0), sigma_px)))
    return np.abs(across), np.abs(down)


_ROW, _COLUMN = np.ones((1, 3), np.uint8), np.ones((3, 1), np.uint8)
