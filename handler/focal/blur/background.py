"""The background blurred as a lens does it, the subject untouched. docs/blur.md walks through it.

The blur is computed on a reduced copy (what a disc of many pixels has smoothed holds no detail) and enlarged. The
subject is laid over it tile by tile, and only pixels around the subject's edge need more than a copy.
"""

import math

import cv2
import numpy as np

from ..arrays import Floats, Pixels
from ..options import DEFAULT_STRENGTH_FRAC
from .cells import Tile, common_size, enlarge_onto, pad_cells, reduce_to_cells, tiles
from .composite import composite
from .linear_light import HALVED_CELL_PX, encode, mean_light
from .normalised_blur import FALLBACK_WEIGHT, defocus
from .pull_push import fill
from .upsample import backdrop

RADIUS_CELLS = 5  # of a disc: enlarged, the blur is within 1/255 of one made at full size, and its discs are round
LEAST_CELLS, MOST_CELLS = 250, 1024  # on the longer side, however strong or weak the blur
PURITY = 128  # exponent: a cell with half a percent of the other layer in it counts half, with 4 % next to nothing


def blur_background(
    pixels: Pixels, alpha: Pixels, *, strength_frac: float = DEFAULT_STRENGTH_FRAC, bokeh: str = "lens"
) -> Pixels:
    """Blur all but the subject.

    pixels: uint8 (H, W, 3), RGB.   alpha: uint8 (H, W), 255 subject, 0 background.
    strength_frac: diameter of the background's circle of confusion over the photo's longer side.
    bokeh: "lens", discs, or "gaussian", soft.
    Returns uint8 (H, W, 3), a new array. Where alpha is 255 it equals `pixels` bit for bit.
    Raises ValueError if pixels and alpha differ in height or width.
    """
    height, width = common_size(pixels, alpha)
    longer = max(height, width)
    radius_px = strength_frac * longer / 2
    if radius_px < 0.5:
        return pixels.copy()
    factor = _pixels_a_cell(radius_px, longer)
    light = reduce_to_cells(pixels, factor, mean_light, np.float32)
    subject = reduce_to_cells(alpha, factor)
    pure = purity(255 - subject)

    background = fill(light, pure)
    blurred = defocus(light, pure, background, _radius_left(radius_px, factor), bokeh)
    guesses = [layer_guess(fill(light, purity(subject))), layer_guess(background)]
    out = backdrop(encode(blurred), factor, height, width)
    for tile in tiles(height, width, factor):
        lay_subject(out, pixels, alpha, guesses, tile)
    return out


def _pixels_a_cell(radius_px: float, longer_px: int) -> int:
    """By how much the photo is reduced for a blur of this radius."""
    coarse_enough = max(int(radius_px / RADIUS_CELLS), math.ceil(longer_px / MOST_CELLS))
    factor = max(1, min(coarse_enough, longer_px // LEAST_CELLS))
    return factor - factor % 2 if factor > HALVED_CELL_PX else factor


def _radius_left(radius_px: float, factor: int) -> float:
    """Radius, in cells, of the disc that makes up the whole blur together with the cells' mean and their enlargement.

    Variances add: a disc has radius² / 4, the mean over a cell 1/12 and bilinear enlargement 1/6 along each axis.
    """
    radius = radius_px / factor
    return math.sqrt(max(radius**2 - 1, 0)) if factor > 1 else radius


def layer_guess(light: Floats) -> Pixels:
    """The light of a layer's cells, float32 (h, w, 3), as a guess of its colour: uint8 (h + 2, w + 2, 3), padded."""
    return np.asarray(pad_cells(np.asarray(cv2.convertScaleAbs(encode(light), alpha=1 / 256))), np.uint8)


def purity(share: Pixels) -> Floats:
    """How much a cell counts for the layer that fills `share` / 255 of it.   uint8 (h, w) -> float32 (h, w), 0..1"""
    table = (np.arange(256) / 255) ** PURITY
    return np.asarray(cv2.LUT(share, np.where(table < FALLBACK_WEIGHT**2, 0, table).astype(np.float32)), np.float32)


def lay_subject(out: Pixels, pixels: Pixels, alpha: Pixels, guesses: list[Pixels], tile: Tile) -> None:
    """Lay what of a tile is subject over the new background, `out`.

    guesses: of the foreground's and the background's colour, uint8 (h + 2, w + 2, 3), padded as `pad_cells` does it.
    """
    here = alpha[tile.pixels]
    if not cv2.hasNonZero(here):
        return
    x, y, width, height = cv2.boundingRect(cv2.inRange(here, 1, 254))
    if width:
        edge = tile.around(x, y, width, height)
        place = edge.pixels
        foreground, background = (enlarge_onto(guess, edge, pixels[place]) for guess in guesses)
        out[place] = composite(pixels[place], alpha[place], foreground, background, out[place])
    cv2.copyTo(pixels[tile.pixels], (here == 255).view(np.uint8), out[tile.pixels])
