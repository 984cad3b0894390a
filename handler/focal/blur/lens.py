"""The photo as a fast lens takes it: each place blurred by its own depth. docs/depth.md walks through it.

As in background.py, what is blurred is computed in cells and enlarged. Places nearly in focus are drawn between those
cells and the photo; the subject is laid over them with its matte, and what is before the subject over that.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from ..arrays import Floats, Pixels
from ..options import DEFAULT_STRENGTH_FRAC
from .background import LEAST_CELLS, RADIUS_CELLS, layer_guess, purity
from .cells import common_size, halved_means, reduce_to_cells, tiles
from .circle import SUBJECT_DEPTH, on_grid, sides_of_edge, signed_radius
from .drawing import Drawing, GrainOnGrid
from .grain import FIELD_PX, HALF_FROM_MIDDLE, measure_grain
from .layers import layer_cells
from .linear_light import encode, mean_light_roughly
from .nearly_sharp import NearlySharp
from .pull_push import fill
from .upsample import backdrop

LEAVING = 4  # a subject that is a quarter out of focus is spread like all that is blurred
# Radius of the disc that blurs as much as the cells' way to the pixels does. Variances add: along each axis a disc has
# radius² / 4, the mean over a cell and bilinear enlargement 1/4 together, a little less as code values are enlarged.
WAY_CELLS = 0.9
MOST_CELLS = 512  # on the longer side: what is finer is drawn as nearly sharp


def blur_by_depth(
    pixels: Pixels,
    alpha: Pixels,
    disparity: Floats,
    focus: float,
    *,
    strength_frac: float = DEFAULT_STRENGTH_FRAC,
    bokeh: str = "lens",
    grain: bool = True,
) -> Pixels:
    """Blur each place by its distance from the plane in focus.

    pixels: uint8 (H, W, 3), RGB.   alpha: uint8 (H, W), 255 subject, 0 background.
    disparity: float32 (h, w), 0 (farthest) to 1 (nearest), of the photo's shape at any resolution.
    focus: the disparity in focus, 0..1.
    strength_frac: diameter of the circle of confusion at that end of the scale which is farther from the focus, over
    the photo's longer side.   bokeh: "lens", discs, or "gaussian", soft.
    grain: whether what is blurred gets the photo's grain back.
    Returns uint8 (H, W, 3), a new array. Where the circle's radius is below half a pixel it equals `pixels` bit for
    bit, and so it does where alpha is 255 and the disparity is within SUBJECT_DEPTH of the focus, unless something
    before the plane in focus is blurred over it.
    Raises ValueError if pixels and alpha differ in height or width.
    """
    height, width = common_size(pixels, alpha)
    longer = max(height, width)
    radius_px = strength_frac * longer / 2
    if radius_px < 0.5:
        return pixels.copy()
    factor = _pixels_a_cell(radius_px, longer)
    light = reduce_to_cells(pixels, factor, mean_light_roughly, np.float32)
    subject = reduce_to_cells(alpha, factor, halved_means)
    of_subject, of_rest = sides_of_edge(on_grid(disparity, factor, subject.shape, alpha.shape), subject)
    in_focus = 2 - np.clip(np.abs(of_subject - np.float32(focus)) * np.float32(1 / SUBJECT_DEPTH), 1, 2)
    circles = signed_radius(np.where((subject >= 128) & (in_focus < 1), of_subject, of_rest), focus, radius_px)
    in_focus[cv2.dilate(subject, np.ones((3, 3), np.uint8)) == 0] = 1
    leaves = in_focus.min() < 1
    sharp = np.rint(subject * in_focus).astype(np.uint8) if leaves else subject
    circles[cv2.erode(sharp, np.ones((3, 3), np.uint8)) == 255] = -factor  # beneath it nothing is seen

    way = WAY_CELLS if factor > 1 else 0
    nearly_sharp = NearlySharp(np.abs(circles), factor, factor * (way or 1))
    free = purity(255 - subject)
    radius = circles * np.float32(1 / factor)
    background = fill(light, free * np.clip(2 - radius, 0.01, 1))
    guesses = [layer_guess(fill(light, purity(subject))), layer_guess(background)]
    leaving = cv2.subtract(subject, sharp) * np.float32(LEAVING / 255)  # what of the subject is blurred by its depth
    admitted = np.maximum(free, np.minimum(leaving, 1))
    finer = np.maximum(sharp * np.float32(1 / 255), 1 - nearly_sharp.blurred)
    layered = layer_cells(light, radius, admitted, finer, background, bokeh, radius_done=way)
    blurred = encode(layered.together())
    found = measure_grain(pixels) if grain else None
    of_grain = GrainOnGrid(found, blurred, nearly_sharp, layered.before) if found else None
    leaving_focus = in_focus if leaves else None
    drawing = Drawing(pixels, alpha, blurred, layered, nearly_sharp, guesses, sharp, leaving_focus, of_grain)
    if of_grain:
        out = backdrop(blurred, factor, height, width, of_grain.dither_gaps, raised=HALF_FROM_MIDDLE)
    else:
        out = backdrop(blurred, factor, height, width)
    for tile in tiles(height, width, factor, across=4):  # wide ones cost fewer calls
        drawing.sharpen(out, tile)
    for tile in tiles(height, width, factor):
        drawing.draw(out, tile)
    return out


def _pixels_a_cell(radius_px: float, longer_px: int) -> int:
    """By how much the photo is reduced: a power of two, so that ever finer cells lead down to the pixels.

    No cell is larger than the noise that is repeated for grain.
    """
    wanted = min(max(radius_px / RADIUS_CELLS, longer_px / MOST_CELLS, 1), max(longer_px / LEAST_CELLS, 1), FIELD_PX)
    return 1 << round(math.log2(wanted))
