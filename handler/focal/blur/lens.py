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
from .background import LEAST_CELLS, RADIUS_CELLS, lay_subject, purity
from .cells import Tile, cell_means, enlarge_cells, pad_cells, reduce_to_cells, tiles
from .circle import SUBJECT_DEPTH, on_grid, sides_of_edge, signed_radius
from .grain import Grain, grain_field, lay_grain, measure_grain
from .layers import Layered, lay_over, layer_cells
from .linear_light import decode, dither, encode, mean_light
from .nearly_sharp import NearlySharp
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
    light = reduce_to_cells(pixels, factor, mean_light, np.float32)
    shape = light.shape[0] * (factor // side), light.shape[1] * (factor // side)

    subject = _to_shape(reduce_to_cells(alpha, side), shape)
    of_subject, of_rest = sides_of_edge(on_grid(disparity, side, shape, (height, width)), subject)
    in_focus = 2 - np.clip(np.abs(of_subject - np.float32(focus)) * np.float32(1 / SUBJECT_DEPTH), 1, 2)
    by_depth_alone = (subject >= 128) & (in_focus < 0.5)
    circles = signed_radius(np.where(by_depth_alone, of_subject, of_rest), focus, radius_px)
    if in_focus.min() < 1:
        alpha = _sharp_part(alpha, in_focus, side)
        subject = np.rint(subject * in_focus).astype(np.uint8)
    circles[cv2.erode(subject, np.ones((3, 3), np.uint8)) == 255] = -factor  # beneath it nothing is seen
    nearly_sharp = NearlySharp(np.abs(circles), side, factor)

    subject = np.asarray(cell_means(subject, factor // side), np.uint8)
    circles = circles[:: factor // side, :: factor // side] * np.float32(1 / factor)
    pure = purity(255 - subject)
    background = fill(light, pure * np.clip(2 - circles, 0.01, 1))
    foreground = fill(light, purity(subject))
    sharp = np.maximum(subject * np.float32(1 / 255), 1 - nearly_sharp.share_of_cells)
    layered = layer_cells(light, circles, pure, sharp, background, bokeh, radius_done=min(factor - 1, 1))
    guesses = [pad_cells(np.asarray(cv2.convertScaleAbs(encode(x), alpha=1 / 256))) for x in (foreground, background)]

    out = backdrop(encode(layered.together()), factor, height, width)
    behind = pad_cells(layered.behind)
    drawn = nearly_sharp.touched | (subject > 0)
    before, covered = _before(layered, drawn)
    for tile in tiles(height, width, factor):
        over = tile.box_of(covered)
        if over:
            _write(_enlarge(behind, over, out), out[over.pixels])
        if finer := tile.box_of(nearly_sharp.touched):
            nearly_sharp.draw(pixels, behind, finer, out)
        lay_subject(out, pixels, alpha, guesses, tile)
        if over and before is not None:
            _lay_before(out, before, over)
    if grain and (found := measure_grain(pixels)):
        _lay_grain(out, alpha, found, nearly_sharp.softened, layered, side)
    return out


def _lay_grain(out: Pixels, alpha: Pixels, grain: Grain, softened: Floats, layered: Layered, side: int) -> None:
    """Give what is blurred the photo's grain, by how much of it the blur has taken."""
    shape = softened.shape[::-1]
    bright = cv2.convertScaleAbs(encode(layered.together()), alpha=1 / 256)
    level = cv2.LUT(cv2.cvtColor(bright, cv2.COLOR_RGB2GRAY), grain.level)
    covered = np.zeros_like(level) if layered.before is None else layered.before[..., 3]
    level, covered = (cv2.resize(x, shape, interpolation=cv2.INTER_LINEAR) for x in (level, covered))
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


def _before(layered: Layered, drawn: Pixels) -> tuple[Floats | None, Pixels]:
    """What is before the plane in focus, padded as `pad_cells` does it, and which of the drawn cells it covers."""
    if layered.before is None:
        return None, np.zeros_like(drawn)
    before = pad_cells(layered.before)
    near = cv2.dilate(before[..., 3], np.ones((3, 3), np.uint8))[1:-1, 1:-1]
    return before, drawn & (near > 1 / 512)


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


def _to_shape(grid: Pixels, shape: tuple[int, int]) -> Pixels:
    """Repeat a grid's last row and column where whole cells reach farther."""
    missing = shape[0] - grid.shape[0], shape[1] - grid.shape[1]
    return np.asarray(cv2.copyMakeBorder(grid, 0, missing[0], 0, missing[1], cv2.BORDER_REPLICATE), np.uint8)


def _sharp_part(alpha: Pixels, in_focus: Floats, side: int) -> Pixels:
    """Alpha of what of the subject is in focus.   in_focus: float32, 0..1, on a grid of cells of `side` pixels."""
    sharp, padded = np.empty_like(alpha), pad_cells(in_focus)
    for tile in tiles(alpha.shape[0], alpha.shape[1], side):
        here = alpha[tile.pixels]
        share = enlarge_cells(padded, tile)[: here.shape[0], : here.shape[1]]
        sharp[tile.pixels] = np.rint(here * share).astype(np.uint8)
    return sharp
