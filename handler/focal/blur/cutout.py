"""The subject cut out: on transparency, or laid over a plain colour.

At its soft edge it has its own colour, without the old background's, as in the blurred picture: the same guesses of
either layer's colour serve both.
"""

import math

import cv2
import numpy as np

from ..arrays import Pixels
from .background import LEAST_CELLS, MOST_CELLS, lay_subject, layer_guess, purity
from .cells import Tile, common_size, enlarge_onto, reduce_to_cells, tiles
from .composite import subject_colour
from .linear_light import mean_light
from .pull_push import fill

OPAQUE = 255


def cut_out(pixels: Pixels, alpha: Pixels, background: tuple[int, int, int] | None = None) -> Pixels:
    """The subject without its surroundings.

    pixels: uint8 (H, W, 3), RGB.   alpha: uint8 (H, W), 255 subject, 0 background.
    background: the colour behind it, each channel 0 to 255; None for transparency.
    Returns a new array: over a background uint8 (H, W, 3), else uint8 (H, W, 4) with `alpha` as straight alpha, whose
    colour is black where it is 0. Where alpha is 255, the colour is that of `pixels` bit for bit.
    Raises ValueError if pixels and alpha differ in height or width.
    """
    height, width = common_size(pixels, alpha)
    longer = max(height, width)
    factor = max(1, min(math.ceil(longer / MOST_CELLS), longer // LEAST_CELLS))
    light = reduce_to_cells(pixels, factor, mean_light, np.float32)
    subject = reduce_to_cells(alpha, factor)
    guesses = [layer_guess(fill(light, purity(share))) for share in (subject, 255 - subject)]
    if background is not None:
        out = np.full_like(pixels, np.array(background, np.uint8))
        for tile in tiles(height, width, factor):
            lay_subject(out, pixels, alpha, guesses, tile)
        return out
    out = np.zeros((height, width, 4), np.uint8)
    for tile in tiles(height, width, factor):
        _cut_tile(out, pixels, alpha, guesses, tile)
    return out


def _cut_tile(out: Pixels, pixels: Pixels, alpha: Pixels, guesses: list[Pixels], tile: Tile) -> None:
    """Write what of a tile is subject, with its alpha, into `out`; guesses as for `lay_subject`."""
    here = alpha[tile.pixels]
    if not cv2.hasNonZero(here):
        return
    own = pixels[tile.pixels]
    if cv2.hasNonZero(cv2.inRange(here, 1, OPAQUE - 1)):
        foreground, background = (enlarge_onto(guess, tile, own) for guess in guesses)
        colour = np.rint(subject_colour(own, here, foreground, background)).astype(np.uint8)
    else:
        colour = own
    place = out[tile.pixels]
    place[..., 3] = here
    cv2.copyTo(cv2.merge([colour, here]), (here > 0).view(np.uint8), place)
