"""A picture blurred by depth, drawn tile by tile at the photo's own size, from what was found on a grid of cells.

All that is laid over a tile is laid while it is in a core's cache: what is nearly sharp, grain, the subject, and what
is before it.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats, Pixels, Shorts, Words
from .background import lay_subject
from .cells import Tile, enlarge_cells, pad_cells
from .grain import Grain, grain_field, lay_grain, round_with_grain
from .layers import Layered, lay_over
from .linear_light import decode, dither, encode
from .nearly_sharp import NearlySharp, add_parts, in_parts, mix_in, mixing_weight, with_surroundings


class Level(NamedTuple):
    """How much grain each cell gets.

    cells: int16 (h + 2, w + 2), padded, in LEVEL_UNITs.   reached: uint8 (h, w), the cells into which that reaches.
    """

    cells: Shorts
    reached: Pixels


def _level(cells: Floats) -> Level:
    level = np.rint(cells).astype(np.int16)
    return Level(np.asarray(pad_cells(level), np.int16), with_surroundings(level > 0))


class GrainOnGrid:
    """How much of a photo's grain each cell gets.

    blurred: uint16 (h, w, 3), 256ths of a code value.   before: float32 (h, w, 4), see Layered.

    What a circle leaves of the grain is left out; so is what the pixels have in common with what they are mixed with,
    as much as is left by half the variance of its circle.
    """

    def __init__(self, grain: Grain, blurred: Words, nearly_sharp: NearlySharp, before: Floats | None) -> None:
        bright = cv2.cvtColor(cv2.convertScaleAbs(blurred, alpha=1 / 256), cv2.COLOR_RGB2GRAY)
        level = np.asarray(cv2.LUT(bright, grain.to_add), np.float32)
        self._field = grain_field(grain)
        self._behind = _level(level * np.sqrt(1 - grain.left_by(nearly_sharp.drawn_px))).cells  # of what is blurred
        alike = grain.left_by(np.full_like(level, nearly_sharp.least_px / math.sqrt(2)))
        self.lost = _level(level * np.sqrt(nearly_sharp.mixed * (1 - alike)))  # where the pixels are mixed in
        if before is not None:
            self.before = _level(level * before[..., 3])  # what lies over that brings its own

    def dither_gaps(self, code: Words, first: int, out: Pixels) -> None:
        """Round the gaps of the backdrop from one on, and lay grain of the level behind over them; see `backdrop`.

        All rows of a gap have the mean level of the cells above and below; along them it is interpolated.
        """
        count, f, width, _ = code.shape
        above, below = self._behind[first : first + count], self._behind[first + 1 : first + count + 1]
        levels = cv2.resize((above + below) // 2, None, fx=f, fy=1, interpolation=cv2.INTER_LINEAR)[:, f : f + width]
        round_with_grain(code, out, np.asarray(cv2.merge([levels] * 3), np.int16), self._field, first)

    def lay(self, level: Level, out: Pixels, tile: Tile, *, upside_down: bool = False) -> None:
        """Lay grain of one of the levels over a tile of the picture `out`, uint8 (H, W, 3).

        upside_down: takes other grain than what may lie there already.
        """
        if box := tile.box_of(level.reached):
            field = self._field[::-1] if upside_down else self._field
            place = out[box.pixels]
            lay_grain(place, field, _enlarge(level.cells, box, place), box.top * box.factor, box.left * box.factor)


class Drawing:
    """What the tiles are drawn from.

    pixels: uint8 (H, W, 3), the photo.   alpha: uint8 (H, W), the subject.
    layered: what is blurred; `blurred`: all of it, uint16 (h, w, 3), in 256ths of a code value.
    guesses: see `lay_subject`.
    sharp: uint8 (h, w), the subject, as far as it is in focus.   in_focus: float32 (h, w), 0..1, how far that is; None
    if all of it is.
    """

    def __init__(
        self,
        pixels: Pixels,
        alpha: Pixels,
        blurred: Words,
        layered: Layered,
        nearly_sharp: NearlySharp,
        guesses: list[Pixels],
        sharp: Pixels,
        in_focus: Floats | None,
        grain: GrainOnGrid | None,
    ) -> None:
        self._pixels, self._alpha, self._guesses = pixels, alpha, guesses
        self._nearly_sharp, self._grain = nearly_sharp, grain
        self._leaving = None if in_focus is None else pad_cells(mixing_weight(1 - in_focus))
        behind = blurred if layered.before is None else encode(layered.behind)
        self._behind = np.asarray(pad_cells(behind), np.uint16)
        self._before: Floats | None = None
        if layered.before is not None:
            self._before = np.asarray(pad_cells(layered.before), np.float32)
            nearly_sharp.cover(layered.before[..., 3])
            drawn = with_surroundings(sharp > 0) | nearly_sharp.sharp
            near = with_surroundings(layered.before[..., 3] > 1 / 512)
            self._covered = near & with_surroundings(drawn > 0)
            self._drawn = pad_cells(mixing_weight(drawn.astype(np.float32)))
            self._uncovering = pad_cells(in_parts((behind.astype(np.float32) - blurred) * np.float32(1 / 256)))

    def sharpen(self, out: Pixels, tile: Tile) -> None:
        """Draw what is nearly sharp into a tile of the enlarged blur, `out`, uint8 (H, W, 3); before `draw`."""
        self._nearly_sharp.sharpen(self._pixels, self._behind, out, tile)

    def draw(self, out: Pixels, tile: Tile) -> None:
        """Draw all that is laid over a tile of what was sharpened, `out`, uint8 (H, W, 3)."""
        pixels = tile.box_of(self._nearly_sharp.sharp)
        covered = tile.box_of(self._covered) if self._before is not None else None
        kept = out[covered.pixels].copy() if covered else None
        if covered:
            add_parts(out[covered.pixels], _enlarge(self._uncovering, covered, out[covered.pixels]))
        if pixels:
            self._nearly_sharp.mix_in_pixels(self._pixels, out, pixels)
            if self._grain:
                self._grain.lay(self._grain.lost, out, pixels, upside_down=True)
        self._lay_subject(out, tile)
        if covered and kept is not None and self._before is not None:
            place = out[covered.pixels]
            self._cover(self._before, out, covered)
            # Where nothing was drawn, the blur is all there is to see; it differs a little, for it was mixed in cells.
            mix_in(kept, place, _enlarge(self._drawn, covered, place))
            place[:] = kept

    def _lay_subject(self, out: Pixels, tile: Tile) -> None:
        """Lay what of a tile is subject over it, as far as it is in focus."""
        if self._leaving is None or not self._leaving[tile.with_rim].any():
            lay_subject(out, self._pixels, self._alpha, self._guesses, tile)
            return
        place = out[tile.pixels]
        blurred = place.copy()
        lay_subject(out, self._pixels, self._alpha, self._guesses, tile)
        mix_in(place, blurred, _enlarge(self._leaving, tile, place))

    def _cover(self, before: Floats, out: Pixels, tile: Tile) -> None:
        """Lay what is `before` the plane in focus over a tile; pixels that it leaves free stay as they are."""
        place = out[tile.pixels]
        here = np.asarray(_enlarge(before, tile, place), np.float32)
        kept = place.copy()
        dither(encode(lay_over(decode(kept), here)), place)
        if self._grain:
            self._grain.lay(self._grain.before, out, tile)
        cv2.copyTo(kept, (here[..., 3] == 0).view(np.uint8), place)


def _enlarge(cells: NDArray[Any], tile: Tile, place: Pixels) -> NDArray[Any]:
    """A tile's pixels of padded cells, as many as there are in `place`."""
    return enlarge_cells(cells, tile)[: place.shape[0], : place.shape[1]]
