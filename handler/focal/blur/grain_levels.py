"""How much of a photo's grain each cell gets, in each part of the picture that is drawn."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np

from ..arrays import Floats, Pixels, Shorts, Words
from .cells import Tile, enlarge_onto, pad_cells, with_surroundings
from .grain import Grain, grain_field, round_with_grain, with_grain
from .pyramid import Pyramid


class Level(NamedTuple):
    """How much grain each cell gets.

    cells: int16 (h + 2, w + 2), padded, in LEVEL_UNITs.   reached: uint8 (h, w), the cells into which that reaches.
    """

    cells: Shorts
    reached: Pixels


class GrainLevels(NamedTuple):
    """The grain of a picture, by its parts.

    field: the grain itself, see `grain_field`.   blurred: of what is blurred in cells.
    lost: what is lost where the photo's pixels are mixed with what is blurred.
    near: of what lies before the plane in focus; None if nothing does.
    """

    field: Shorts
    blurred: Level
    lost: Level
    near: Level | None

    def dither_gaps(self, code: Words, first: int, out: Pixels) -> None:
        """Round the gaps of the backdrop from one on, and lay the blur's grain over them; see `backdrop`.

        All rows of a gap have the mean level of the cells above and below; along them it is interpolated.
        """
        count, f, width, _ = code.shape
        cells = self.blurred.cells
        above, below = cells[first : first + count], cells[first + 1 : first + count + 1]
        levels = cv2.resize((above + below) // 2, None, fx=f, fy=1, interpolation=cv2.INTER_LINEAR)[:, f : f + width]
        round_with_grain(code, out, np.asarray(cv2.merge([levels] * 3), np.int16), self.field, first)


def grain_levels(grain: Grain, blurred: Words, pyramid: Pyramid, coverage: Floats | None) -> GrainLevels:
    """The levels of a photo's grain, by the brightness of what it is laid over.

    blurred: uint16 (h, w, 3), 256ths of a code value.   coverage: float32 (h, w), 0..1, by what is near.
    What a circle leaves of the grain is left out; so is what the pixels have in common with what they are mixed with,
    as much as is left by half the variance of its circle.
    """
    bright = cv2.cvtColor(cv2.convertScaleAbs(blurred, alpha=1 / 256), cv2.COLOR_RGB2GRAY)
    whole = np.asarray(cv2.LUT(bright, grain.to_add), np.float32)
    alike = grain.left_by(np.full_like(whole, pyramid.least_px / math.sqrt(2)))
    return GrainLevels(
        grain_field(grain),
        _level(whole * np.sqrt(1 - grain.left_by(pyramid.drawn_px))),
        _level(whole * np.sqrt(pyramid.mixed * (1 - alike))),
        None if coverage is None else _level(whole * coverage),
    )


def lay_level(out: Pixels, level: Level, field: Shorts, tile: Tile) -> None:
    """Lay grain of a level over a tile of a picture.   out: uint8 (H, W, 3), overwritten.   field: see GrainLevels."""
    if box := tile.box_of(level.reached):
        place = out[box.pixels]
        levels = np.asarray(enlarge_onto(level.cells, box, place), np.int16)
        place[:] = with_grain(place, field, levels, box.top * box.factor, box.left * box.factor)


def _level(cells: Floats) -> Level:
    level = np.rint(cells).astype(np.int16)
    return Level(np.asarray(pad_cells(level), np.int16), with_surroundings(level > 0))
