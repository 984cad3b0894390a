"""The photo as a fast lens takes it: each place blurred by its own depth. docs/depth.md walks through it.

As in background.py, what is blurred is computed in cells and enlarged. Places nearly in focus are drawn between those
cells and the photo; the subject is laid over them with its matte, and what is before the subject over that.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np

from ..arrays import Floats, Pixels, Words
from ..options import DEFAULT_STRENGTH_FRAC
from .background import LEAST_CELLS, RADIUS_CELLS, layer_guess, purity
from .cells import common_size, halved_means, pad_cells, reduce_to_cells, with_surroundings
from .circle import Circles, find_circles, on_grid
from .drawing import Scene, SubjectLayer, draw, near_field
from .grain import FIELD_PX, measure_grain
from .grain_levels import grain_levels
from .layers import lay_over, layer_cells
from .linear_light import encode, mean_light_roughly
from .mixing import mixing_weight
from .pull_push import fill
from .pyramid import Pyramid, pyramid_of

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
    circles = find_circles(on_grid(disparity, factor, subject.shape, alpha.shape), subject, focus, radius_px)
    cells = _defocus(light, subject, circles, factor, bokeh)

    far = blurred = encode(cells.far)
    pyramid, near, coverage = cells.pyramid, None, None
    if cells.near is not None:
        blurred, coverage = _encode_together(far, cells.far, cells.near), cells.near[..., 3]
        near = near_field(cells.near, blurred, far, with_surroundings(cells.sharp > 0) | pyramid.reached_by_pixels)
        pyramid = pyramid.hidden_by(coverage)
    found = measure_grain(pixels) if grain else None
    return draw(
        Scene(
            pixels,
            factor,
            blurred,
            np.asarray(pad_cells(far), np.uint16),
            pyramid,
            _subject_layer(alpha, subject, light, cells.background, circles.in_focus),
            near,
            grain_levels(found, blurred, pyramid, coverage) if found else None,
        )
    )


class Defocused(NamedTuple):
    """A photo's cells, each spread by its circle.

    far: float32 (h, w, 3), near: float32 (h, w, 4) or None, as in Layered.
    pyramid: of what is nearly sharp.   sharp: uint8 (h, w), how much of a cell is subject in focus.
    background: float32 (h, w, 3), the light of what is not subject, carried on beneath it.
    """

    far: Floats
    near: Floats | None
    pyramid: Pyramid
    sharp: Pixels
    background: Floats


def _defocus(light: Floats, subject: Pixels, circles: Circles, factor: int, bokeh: str) -> Defocused:
    """Spread each cell by its circle.

    light: float32 (h, w, 3).   subject: uint8 (h, w), 255 subject.   circles: radii in pixels.   factor: side of a cell
    in pixels.
    """
    sharp = np.rint(subject * circles.in_focus).astype(np.uint8)
    hides = cv2.erode(sharp, np.ones((3, 3), np.uint8)) == 255  # what is beneath it is not seen
    radius_px = np.where(hides, np.float32(-factor), circles.radius)
    way = WAY_CELLS if factor > 1 else 0
    pyramid = pyramid_of(np.abs(radius_px), factor, factor * (way or 1))

    radius = radius_px * np.float32(1 / factor)
    free = purity(255 - subject)
    background = fill(light, free * np.clip(2 - radius, 0.01, 1))
    leaving = cv2.subtract(subject, sharp) * np.float32(LEAVING / 255)  # what of the subject is blurred by its depth
    admitted = np.maximum(free, np.minimum(leaving, 1))
    finer = np.maximum(sharp * np.float32(1 / 255), 1 - pyramid.cells)
    layered = layer_cells(light, radius, admitted, finer, background, bokeh, radius_done=way)
    return Defocused(layered.far, layered.near, pyramid, sharp, background)


def _encode_together(code: Words, far: Floats, near: Floats) -> Words:
    """The codes, uint16 (h, w, 3), of what is far with what is near over it; parameters as in Layered, code: of far."""
    x, y, width, height = cv2.boundingRect((near[..., 3] > 0).view(np.uint8))
    if not width:  # nothing admitted is near
        return code
    box, together = (slice(y, y + height), slice(x, x + width)), code.copy()
    together[box] = encode(lay_over(far[box], near[box]))
    return together


def _subject_layer(alpha: Pixels, subject: Pixels, light: Floats, background: Floats, in_focus: Floats) -> SubjectLayer:
    """The subject, ready to be laid over.   alpha: uint8 (H, W).   The others: float32 or uint8 (h, w, …), of cells."""
    guesses = [layer_guess(fill(light, purity(subject))), layer_guess(background)]
    if in_focus.min() == 1:
        return SubjectLayer(alpha, guesses, None)
    return SubjectLayer(alpha, guesses, np.asarray(pad_cells(mixing_weight(1 - in_focus)), np.uint8))


def _pixels_a_cell(radius_px: float, longer_px: int) -> int:
    """By how much the photo is reduced: a power of two, so that ever finer cells lead down to the pixels.

    No cell is larger than the noise that is repeated for grain.
    """
    wanted = min(max(radius_px / RADIUS_CELLS, longer_px / MOST_CELLS, 1), max(longer_px / LEAST_CELLS, 1), FIELD_PX)
    return 1 << round(math.log2(wanted))
