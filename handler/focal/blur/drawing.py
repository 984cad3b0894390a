"""A picture blurred by depth, drawn tile by tile at the photo's own size, from what was found on a grid of cells.

All that is laid over a tile is laid while it is in a core's cache: what is nearly sharp, grain, the subject, and what
is before it.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats, Pixels, Words
from .background import lay_subject
from .cells import Tile, enlarge_cells, pad_cells
from .grain import Grain, grain_field, lay_grain, round_with_grain
from .layers import Layered, lay_over
from .linear_light import decode, dither, encode
from .nearly_sharp import PARTS, NearlySharp, add_parts, mix_in, mixing_weight, with_surroundings


class GrainOnGrid:
    """How much of a photo's grain each cell gets.

    blurred: uint16 (h, w, 3), 256ths of a code value.   lost: float32 (h, w), 0..1, see NearlySharp.grain_lost.
    before: float32 (h, w, 4), see Layered.   width: of the photo.
    """

    def __init__(self, grain: Grain, blurred: Words, lost: Floats, before: Floats | None, width: int) -> None:
        bright = cv2.cvtColor(cv2.convertScaleAbs(blurred, alpha=1 / 256), cv2.COLOR_RGB2GRAY)
        level = cv2.LUT(bright, grain.to_add)
        self._field = grain_field(grain, width)
        self.behind = pad_cells(np.rint(level).astype(np.int16))  # of what is blurred
        self.lost = pad_cells(np.rint(level * lost).astype(np.int16))  # of what is nearly sharp
        if before is not None:
            # What lies over that brings its own.
            self.before = pad_cells(np.rint(level * before[..., 3]).astype(np.int16))

    def dither_gaps(self, code: Words, first: int, out: Pixels) -> None:
        """Round the gaps of the backdrop from one on, and lay grain of the level behind over them; see `backdrop`.

        A cell's rows all have its level; along them it is interpolated.
        """
        count, f, width, _ = code.shape
        levels = cv2.resize(self.behind[first : first + count + 1], None, fx=f, fy=1, interpolation=cv2.INTER_LINEAR)
        levels = np.asarray(cv2.merge([levels[:, f : f + width]] * 3), np.int16)
        half = f - f // 2  # rows of a gap that belong to the cells above it
        parts = [(slice(f * gap, f * gap + half), levels[gap]) for gap in range(count)]
        parts += [(slice(f * gap + half, f * (gap + 1)), levels[gap + 1]) for gap in range(count) if f > 1]
        rows = code.reshape(-1, width, 3)
        round_with_grain(rows, out.reshape(-1, width, 3), parts, self._field, first * f - half)

    def lay(self, level: NDArray[Any], place: Pixels, tile: Tile, *, upside_down: bool = False) -> None:
        """Lay grain of one of the levels over a tile, whose pixels are `place`.

        upside_down: takes other grain than what may lie there already.
        """
        if level[tile.with_rim].any():
            top, left = tile.top * tile.factor, tile.left * tile.factor
            field = self._field[::-1] if upside_down else self._field
            lay_grain(place, field, _enlarge(level, tile, place), top, left)


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
            uncovering = (behind.astype(np.float32) - blurred) * np.float32(PARTS / 256)
            self._uncovering = pad_cells(np.rint(uncovering).astype(np.int16))

    def draw(self, out: Pixels, tile: Tile) -> None:
        """Draw all that is laid over a tile of the enlarged blur, `out`."""
        finer, pixels, covered = (
            tile.box_of(self._nearly_sharp.touched),
            tile.box_of(self._nearly_sharp.sharp),
            tile.box_of(self._covered) if self._before is not None else None,
        )
        if finer:
            self._nearly_sharp.sharpen(self._pixels, self._behind, out, finer)
        kept = out[covered.pixels].copy() if covered else None
        if covered:
            add_parts(out[covered.pixels], _enlarge(self._uncovering, covered, out[covered.pixels]))
        if pixels:
            self._nearly_sharp.mix_in_pixels(self._pixels, out, pixels)
            if self._grain:
                self._grain.lay(self._grain.lost, out[pixels.pixels], pixels, upside_down=True)
        self._lay_subject(out, out[tile.pixels], tile)
        if covered and kept is not None and self._before is not None:
            place = out[covered.pixels]
            self._cover(self._before, place, covered)
            # Where nothing was drawn, the blur is all there is to see; it differs a little, for it was mixed in cells.
            mix_in(kept, place, _enlarge(self._drawn, covered, place))
            place[:] = kept

    def _lay_subject(self, out: Pixels, place: Pixels, tile: Tile) -> None:
        """Lay what of a tile is subject over it, as far as it is in focus."""
        if self._leaving is None or not self._leaving[tile.with_rim].any():
            lay_subject(out, self._pixels, self._alpha, self._guesses, tile)
            return
        blurred = place.copy()
        lay_subject(out, self._pixels, self._alpha, self._guesses, tile)
        mix_in(place, blurred, _enlarge(self._leaving, tile, place))

    def _cover(self, before: Floats, place: Pixels, tile: Tile) -> None:
        """Lay what is `before` the plane in focus over a tile; pixels that it leaves free stay as they are."""
        here = np.asarray(_enlarge(before, tile, place), np.float32)
        kept = place.copy()
        dither(encode(lay_over(decode(kept), here)), place)
        if self._grain:
            self._grain.lay(self._grain.before, place, tile)
        cv2.copyTo(kept, (here[..., 3] == 0).view(np.uint8), place)


def _enlarge(cells: NDArray[Any], tile: Tile, place: Pixels) -> NDArray[Any]:
    """A tile's pixels of padded cells, as many as there are in `place`."""
    return enlarge_cells(cells, tile)[: place.shape[0], : place.shape[1]]
