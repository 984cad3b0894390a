"""The photo as a fast lens takes it: each place blurred by its own depth. docs/depth.md walks through it.

As in background.py, what is blurred is computed in cells and enlarged. Places nearly in focus are drawn between those
cells and the photo; the subject is laid over them with its matte, and what is before the subject over that.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats, Pixels
from ..options import DEFAULT_STRENGTH_FRAC
from .background import LEAST_CELLS, RADIUS_CELLS, purity
from .cells import cell_means, common_size, each_tile, pad_cells, reduce_to_cells
from .circle import SUBJECT_DEPTH, on_grid, sides_of_edge, signed_radius
from .drawing import Drawing, GrainOnGrid
from .grain import measure_grain
from .layers import Layered, layer_cells, share_of_coarser
from .linear_light import encode, mean_light_roughly
from .nearly_sharp import LEAST_RADIUS_PX, NearlySharp
from .pull_push import fill
from .upsample import backdrop

LEAVING = 4  # a subject that is a quarter out of focus is spread like all that is blurred
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
    side = max(1, factor // 2)
    light = _even(reduce_to_cells(pixels, side, mean_light_roughly, np.float32), factor // side)
    subject = _even(reduce_to_cells(alpha, side), factor // side)
    of_subject, of_rest = sides_of_edge(on_grid(disparity, side, subject.shape, alpha.shape), subject)
    in_focus = 2 - np.clip(np.abs(of_subject - np.float32(focus)) * np.float32(1 / SUBJECT_DEPTH), 1, 2)
    circles = signed_radius(np.where((subject >= 128) & (in_focus < 1), of_subject, of_rest), focus, radius_px)
    in_focus[cv2.dilate(subject, np.ones((3, 3), np.uint8)) == 0] = 1
    leaves = in_focus.min() < 1
    sharp = np.rint(subject * in_focus).astype(np.uint8) if leaves else subject
    circles[cv2.erode(sharp, np.ones((3, 3), np.uint8)) == 255] = -factor  # beneath it nothing is seen

    layered, guesses = _layers_on_grid(light, subject, sharp, circles, factor, side, bokeh)
    nearly_sharp, blurred = NearlySharp(np.abs(circles), side), encode(layered.together())
    found = measure_grain(pixels) if grain else None
    of_grain = GrainOnGrid(found, blurred, nearly_sharp.softened, layered.before) if found else None
    drawing = Drawing(pixels, alpha, layered, nearly_sharp, guesses, sharp, in_focus if leaves else None, of_grain)
    out = backdrop(blurred, side, height, width)
    each_tile(partial(drawing.draw, out), height, width, side)
    return out


def _layers_on_grid(
    light: Floats, subject: Pixels, sharp: Pixels, circles: Floats, factor: int, side: int, bokeh: str
) -> tuple[Layered, list[Pixels]]:
    """What is blurred, on a grid of cells of `side` pixels, blurred in cells of `factor`, as large or twice as large.

    light: float32 (h, w, 3).   subject: uint8 (h, w).   sharp: uint8 (h, w), what of it is sharp whatever its circle.
    circles: float32 (h, w), signed radii in pixels.
    Returns the layers, and guesses of the foreground's and the background's colour as `lay_subject` wants them.
    """
    ratio, done = factor // side, _radius_done(factor, side)
    share = share_of_coarser(np.abs(circles), LEAST_RADIUS_PX if side == 1 else side, factor * (done or 1))
    own, whole, sharp = (cell_means(grid, ratio) for grid in (light, subject, sharp))
    radius = circles[::ratio, ::ratio] * np.float32(1 / factor)
    free = purity(255 - whole)
    background = fill(own, free * np.clip(2 - radius, 0.01, 1))
    foreground = fill(own, purity(whole))
    leaving = cv2.subtract(whole, sharp) * np.float32(LEAVING / 255)  # what of the subject is blurred by its depth
    admitted = np.maximum(free, np.minimum(leaving, 1))
    finer = np.maximum(sharp * np.float32(1 / 255), 1 - np.asarray(cell_means(share, ratio), np.float32))
    cells = layer_cells(own, radius, admitted, finer, background, bokeh, radius_done=done)
    behind = _to_grid(cells.behind, ratio)
    before = None if cells.before is None else np.asarray(_to_grid(cells.before, ratio), np.float32)
    guesses = [cv2.convertScaleAbs(encode(x), alpha=1 / 256) for x in (foreground, background)]
    padded = [np.asarray(pad_cells(_to_grid(guess, ratio)), np.uint8) for guess in guesses]
    mixed = np.asarray(light + cv2.merge([share] * 3) * (behind - light), np.float32)
    return Layered(mixed, before), padded


def _radius_done(factor: int, side: int) -> float:
    """Radius, in cells of `factor` pixels, of the disc that blurs as much as the cells' way to the pixels does.

    Variances add: along each axis a disc has radius² / 4, the mean over a cell 1/12, the way to cells half as large
    3/16 and that from those to the pixels a quarter of 1/6.
    """
    if factor == 1:
        return 0
    return 2 * math.sqrt(1 / 12 + 3 / 16 + (1 / 24 if side > 1 else 0))


def _to_grid(cells: NDArray[Any], ratio: int) -> NDArray[Any]:
    """Cells cut into ratio × ratio smaller ones, bilinear."""
    return cells if ratio == 1 else cv2.resize(cells, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_LINEAR)


def _even(grid: NDArray[Any], ratio: int) -> NDArray[Any]:
    """Repeat a grid's last row and column where its sides are not multiples of a ratio."""
    missing = -grid.shape[0] % ratio, -grid.shape[1] % ratio
    return cv2.copyMakeBorder(grid, 0, missing[0], 0, missing[1], cv2.BORDER_REPLICATE)


def _pixels_a_cell(radius_px: float, longer_px: int) -> int:
    """By how much the photo is reduced: a power of two, so that ever finer cells lead down to the pixels."""
    wanted = min(max(radius_px / RADIUS_CELLS, longer_px / MOST_CELLS, 1), max(longer_px / LEAST_CELLS, 1))
    return 1 << math.ceil(math.log2(wanted) - 0.2)
