"""The photo as a fast lens takes it: each place blurred by its own depth. docs/depth.md walks through it.

As in background.py, what is blurred is computed in cells and enlarged. Places nearly in focus are drawn between those
cells and the photo; the subject is laid over them with its matte, and what is before the subject over that.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats, Pixels
from ..options import DEFAULT_STRENGTH_FRAC
from .background import LEAST_CELLS, RADIUS_CELLS, lay_subject, purity
from .cells import Tile, cell_means, enlarge_cells, pad_cells, reduce_to_cells, tiles
from .circle import SUBJECT_DEPTH, on_grid, sides_of_edge, signed_radius
from .grain import Grain, grain_field, lay_grain, measure_grain
from .layers import Layered, lay_over, layer_cells, share_of_coarser
from .linear_light import decode, dither, encode, mean_light
from .nearly_sharp import LEAST_RADIUS_PX, NearlySharp
from .pull_push import fill
from .upsample import backdrop

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
    if pixels.shape[:2] != alpha.shape:
        raise ValueError(f"pixels {pixels.shape[:2]} and alpha {alpha.shape} differ in size")
    height, width = alpha.shape
    longer = max(height, width)
    radius_px = strength_frac * longer / 2
    if radius_px < 0.5:
        return pixels.copy()
    factor = _pixels_a_cell(radius_px, longer)
    side = max(1, factor // 2)
    light = _even(reduce_to_cells(pixels, side, mean_light, np.float32), factor // side)
    subject = _even(reduce_to_cells(alpha, side), factor // side)
    of_subject, of_rest = sides_of_edge(on_grid(disparity, side, subject.shape, alpha.shape), subject)
    in_focus = 2 - np.clip(np.abs(of_subject - np.float32(focus)) * np.float32(1 / SUBJECT_DEPTH), 1, 2)
    by_depth_alone = (subject >= 128) & (in_focus < 0.5)
    circles = signed_radius(np.where(by_depth_alone, of_subject, of_rest), focus, radius_px)
    if in_focus.min() < 1:
        alpha = _sharp_part(alpha, in_focus, side)
        subject = np.rint(subject * in_focus).astype(np.uint8)
    circles[cv2.erode(subject, np.ones((3, 3), np.uint8)) == 255] = -factor  # beneath it nothing is seen

    layered, guesses = _layers_on_grid(light, subject, circles, factor, side, bokeh)
    nearly_sharp = NearlySharp(np.abs(circles), side)
    out = backdrop(encode(layered.together()), side, height, width)
    behind = np.asarray(pad_cells(layered.behind), np.float32)
    before = None if layered.before is None else np.asarray(pad_cells(layered.before), np.float32)
    covered = _covered(layered, nearly_sharp.touched | (subject > 0))
    for tile in tiles(height, width, side):
        if over := tile.box_of(covered):
            _write(_enlarge(behind, over, out), out[over.pixels])
        if finer := tile.box_of(nearly_sharp.touched):
            nearly_sharp.draw(pixels, behind, finer, out)
        lay_subject(out, pixels, alpha, guesses, tile)
        if over and before is not None:
            _lay_before(out, before, over)
    if grain and (found := measure_grain(pixels)):
        _lay_grain(out, alpha, found, nearly_sharp.softened, layered, side)
    return out


def _layers_on_grid(
    light: Floats, subject: Pixels, circles: Floats, factor: int, side: int, bokeh: str
) -> tuple[Layered, list[Pixels]]:
    """What is blurred, on a grid of cells of `side` pixels, blurred in cells of `factor`, as large or twice as large.

    light: float32 (h, w, 3).   subject: uint8 (h, w), what is sharp whatever its circle.
    circles: float32 (h, w), signed radii in pixels.
    Returns the layers, and guesses of the foreground's and the background's colour as `lay_subject` wants them.
    """
    ratio, done = factor // side, _radius_done(factor, side)
    share = share_of_coarser(np.abs(circles), LEAST_RADIUS_PX if side == 1 else side, factor * (done or 1))
    own, sharp = np.asarray(cell_means(light, ratio), np.float32), np.asarray(cell_means(subject, ratio), np.uint8)
    radius = circles[::ratio, ::ratio] * np.float32(1 / factor)
    pure = purity(255 - sharp)
    background = fill(own, pure * np.clip(2 - radius, 0.01, 1))
    foreground = fill(own, purity(sharp))
    finer = np.maximum(sharp * np.float32(1 / 255), 1 - np.asarray(cell_means(share, ratio), np.float32))
    cells = layer_cells(own, radius, pure, finer, background, bokeh, radius_done=done)
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


def _lay_grain(out: Pixels, alpha: Pixels, grain: Grain, softened: Floats, layered: Layered, side: int) -> None:
    """Give what is blurred the photo's grain, by how much of it the blur has taken."""
    bright = cv2.convertScaleAbs(encode(layered.together()), alpha=1 / 256)
    level = cv2.LUT(cv2.cvtColor(bright, cv2.COLOR_RGB2GRAY), grain.to_add)
    covered = np.zeros_like(level) if layered.before is None else layered.before[..., 3]
    sharp = pad_cells(level * np.maximum(softened, covered))  # where the subject is not
    over = pad_cells(level * covered)  # what lies over the subject, too
    field = grain_field(grain)
    for tile in tiles(out.shape[0], out.shape[1], side):
        here, (height, width) = alpha[tile.pixels], alpha[tile.pixels].shape
        amount = enlarge_cells(sharp, tile)[:height, :width]
        if cv2.hasNonZero(here):
            share = here * np.float32(1 / 255)
            amount = cv2.blendLinear(enlarge_cells(over, tile)[:height, :width], amount, share, 1 - share)
        lay_grain(out[tile.pixels], field, np.asarray(amount, np.float32), tile.top * side, tile.left * side)


def _covered(layered: Layered, drawn: Pixels) -> Pixels:
    """Which of the drawn cells are covered, if only a little, by what is before the plane in focus.   uint8 (h, w)"""
    if layered.before is None:
        return np.zeros_like(drawn)
    near = cv2.dilate(layered.before[..., 3], np.ones((3, 3), np.uint8))
    return np.asarray(drawn & (near > 1 / 512), np.uint8)


def _enlarge(cells: Floats, tile: Tile, picture: Pixels) -> Floats:
    """A tile's pixels of padded cells, float32; within the picture."""
    height, width = picture[tile.pixels].shape[:2]
    return np.asarray(enlarge_cells(cells, tile)[:height, :width], np.float32)


def _lay_before(out: Pixels, before: Floats, tile: Tile) -> None:
    """Lay what is before the plane in focus over a tile; pixels that it leaves free stay as they are."""
    here = _enlarge(before, tile, out)
    kept = out[tile.pixels].copy()
    _write(lay_over(decode(kept), here), out[tile.pixels])
    cv2.copyTo(kept, (here[..., 3] == 0).view(np.uint8), out[tile.pixels])


def _write(light: Floats, out: Pixels) -> None:
    """Encode a tile's light into its pixels."""
    drawn = np.empty(out.shape, np.uint8)
    dither(encode(light), drawn)
    out[:] = drawn


def _pixels_a_cell(radius_px: float, longer_px: int) -> int:
    """By how much the photo is reduced: a power of two, so that ever finer cells lead down to the pixels."""
    wanted = min(max(radius_px / RADIUS_CELLS, longer_px / MOST_CELLS, 1), max(longer_px / LEAST_CELLS, 1))
    return 1 << math.ceil(math.log2(wanted) - 0.2)


def _sharp_part(alpha: Pixels, in_focus: Floats, side: int) -> Pixels:
    """Alpha of what of the subject is in focus.   in_focus: float32, 0..1, on a grid of cells of `side` pixels."""
    sharp, padded = np.empty_like(alpha), pad_cells(in_focus)
    for tile in tiles(alpha.shape[0], alpha.shape[1], side):
        here = alpha[tile.pixels]
        share = enlarge_cells(padded, tile)[: here.shape[0], : here.shape[1]]
        sharp[tile.pixels] = np.rint(here * share).astype(np.uint8)
    return sharp
