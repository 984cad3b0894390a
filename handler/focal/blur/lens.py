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

from ..arrays import Floats, Pixels, Words
from ..options import DEFAULT_STRENGTH_FRAC
from .background import LEAST_CELLS, RADIUS_CELLS, lay_subject, purity
from .cells import Tile, cell_means, common_size, each_tile, enlarge_cells, pad_cells, reduce_to_cells, tiles
from .circle import SUBJECT_DEPTH, on_grid, sides_of_edge, signed_radius
from .grain import Grain, grain_field, lay_grain, measure_grain
from .layers import Layered, lay_over, layer_cells, share_of_coarser
from .linear_light import decode, dither, encode, mean_light
from .nearly_sharp import LEAST_RADIUS_PX, NearlySharp, mix_in
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
    light = _even(reduce_to_cells(pixels, side, mean_light, np.float32), factor // side)
    subject = _even(reduce_to_cells(alpha, side), factor // side)
    of_subject, of_rest = sides_of_edge(on_grid(disparity, side, subject.shape, alpha.shape), subject)
    in_focus = 2 - np.clip(np.abs(of_subject - np.float32(focus)) * np.float32(1 / SUBJECT_DEPTH), 1, 2)
    circles = signed_radius(np.where((subject >= 128) & (in_focus < 1), of_subject, of_rest), focus, radius_px)
    sharp, shares = subject, None  # of the subject, what is in focus, and how much of it, where that is not all of it
    if in_focus.min() < 1:
        sharp, shares = np.rint(subject * in_focus).astype(np.uint8), np.asarray(pad_cells(in_focus), np.float32)
    circles[cv2.erode(sharp, np.ones((3, 3), np.uint8)) == 255] = -factor  # beneath it nothing is seen

    layered, guesses = _layers_on_grid(light, subject, sharp, circles, factor, side, bokeh)
    nearly_sharp = NearlySharp(np.abs(circles), side)
    out = backdrop(encode(layered.together()), side, height, width)
    covered = _covered(layered, nearly_sharp.drawn | (sharp > 0))
    if covered.any():  # by what is laid over all the rest, at last
        each_tile(partial(_uncover, out, pad_cells(encode(layered.behind)), covered), height, width, side)
    nearly_sharp.draw(pixels, np.asarray(pad_cells(layered.behind), np.float32), out)
    each_tile(partial(_lay_subject, out, pixels, alpha, guesses, shares), height, width, side)
    if layered.before is not None and covered.any():
        each_tile(partial(_cover, out, pad_cells(layered.before), covered), height, width, side)
    if grain and (found := measure_grain(pixels)):
        _lay_grain(out, alpha, shares, found, nearly_sharp.softened, layered, side)
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


def _lay_subject(
    out: Pixels, pixels: Pixels, alpha: Pixels, guesses: list[Pixels], shares: Floats | None, tile: Tile
) -> None:
    """Lay what of a tile is subject over it, as far as it is in focus.

    shares: float32 (h + 2, w + 2), 0..1, padded, how much each place of the subject is; None if all of it is.
    """
    place = out[tile.pixels]
    if shares is None or not cv2.hasNonZero(alpha[tile.pixels]):
        lay_subject(out, pixels, alpha, guesses, tile)
        return
    blurred = place.copy()
    lay_subject(out, pixels, alpha, guesses, tile)
    mix_in(place, blurred, _enlarge(shares, tile, place))


def _lay_grain(
    out: Pixels, alpha: Pixels, shares: Floats | None, grain: Grain, softened: Floats, layered: Layered, side: int
) -> None:
    """Give what is blurred the photo's grain, by how much of it the blur has taken.   shares: as for _lay_subject"""
    bright = cv2.convertScaleAbs(encode(layered.together()), alpha=1 / 256)
    level = cv2.LUT(cv2.cvtColor(bright, cv2.COLOR_RGB2GRAY), grain.to_add)
    covered = np.zeros_like(level) if layered.before is None else layered.before[..., 3]
    everywhere = np.asarray(pad_cells(level * np.maximum(softened, covered)), np.float32)  # but on the subject
    over = np.asarray(pad_cells(level * covered), np.float32)  # what lies over the subject, too
    field = grain_field(grain)
    for tile in tiles(out.shape[0], out.shape[1], side):
        here, place = alpha[tile.pixels], out[tile.pixels]
        amount = _enlarge(everywhere, tile, place)
        if cv2.hasNonZero(here):
            share = here * np.float32(1 / 255)
            if shares is not None:
                share *= _enlarge(shares, tile, place)
            amount = np.asarray(cv2.blendLinear(_enlarge(over, tile, place), amount, share, 1 - share), np.float32)
        lay_grain(place, field, amount, tile.top * side, tile.left * side)


def _covered(layered: Layered, drawn: Pixels) -> Pixels:
    """Which of the drawn cells are covered, if only a little, by what is before the plane in focus.   uint8 (h, w)"""
    if layered.before is None:
        return np.zeros_like(drawn)
    near = cv2.dilate(layered.before[..., 3], np.ones((3, 3), np.uint8))
    return np.asarray(drawn & (near > 1 / 512), np.uint8)


def _enlarge(cells: NDArray[Any], tile: Tile, place: Pixels) -> NDArray[Any]:
    """A tile's pixels of padded cells, as many as there are in `place`."""
    return enlarge_cells(cells, tile)[: place.shape[0], : place.shape[1]]


def _uncover(out: Pixels, behind: Words, covered: Pixels, tile: Tile) -> None:
    """Draw a tile's covered cells without what covers them.   behind: uint16 (h + 2, w + 2, 3), padded"""
    if over := tile.box_of(covered):
        place = out[over.pixels]
        dither(_enlarge(behind, over, place), place)


def _cover(out: Pixels, before: NDArray[Any], covered: Pixels, tile: Tile) -> None:
    """Lay what is before the plane in focus over a tile; pixels that it leaves free stay as they are."""
    if over := tile.box_of(covered):
        place = out[over.pixels]
        here = np.asarray(_enlarge(before, over, place), np.float32)
        kept = place.copy()
        dither(encode(lay_over(decode(kept), here)), place)
        cv2.copyTo(kept, (here[..., 3] == 0).view(np.uint8), place)


def _pixels_a_cell(radius_px: float, longer_px: int) -> int:
    """By how much the photo is reduced: a power of two, so that ever finer cells lead down to the pixels."""
    wanted = min(max(radius_px / RADIUS_CELLS, longer_px / MOST_CELLS, 1), max(longer_px / LEAST_CELLS, 1))
    return 1 << math.ceil(math.log2(wanted) - 0.2)
