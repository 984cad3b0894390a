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
from .grain import Grain, grain_field, lay_grain
from .layers import Layered, lay_over
from .linear_light import decode, dither, encode
from .nearly_sharp import NearlySharp, mix_in, mixing_weight


class GrainOnGrid:
    """How much of a photo's grain each cell gets, by how much of it the blur has taken.

    blurred: uint16 (h, w, 3), 256ths of a code value.   softened: float32 (h, w), 0..1, see NearlySharp.
    before: float32 (h, w, 4), see Layered.
    """

    def __init__(self, grain: Grain, blurred: Words, softened: Floats, before: Floats | None) -> None:
        bright = cv2.cvtColor(cv2.convertScaleAbs(blurred, alpha=1 / 256), cv2.COLOR_RGB2GRAY)
        level, covered = cv2.LUT(bright, grain.to_add), np.float32(0) if before is None else before[..., 3]
        level *= np.maximum(softened, covered)
        self.field = grain_field(grain)
        self.behind = pad_cells(np.rint(level).astype(np.int16))  # of all that the subject is laid over
        self.before = pad_cells(np.rint(level * covered).astype(np.int16))  # what lies over that brings its own

    def lay(self, level: NDArray[Any], place: Pixels, tile: Tile) -> None:
        """Lay grain of one of the levels over a tile, whose pixels are `place`."""
        if level[tile.top : tile.bottom + 2, tile.left : tile.right + 2].any():
            top, left = tile.top * tile.factor, tile.left * tile.factor
            lay_grain(place, self.field, _enlarge(level, tile, place), top, left)


class Drawing:
    """What the tiles are drawn from.

    pixels: uint8 (H, W, 3), the photo.   alpha: uint8 (H, W), the subject.
    layered: what is blurred.   guesses: see `lay_subject`.
    sharp: uint8 (h, w), the subject, as far as it is in focus.   in_focus: float32 (h, w), 0..1, how far that is; None
    if all of it is.
    """

    def __init__(
        self,
        pixels: Pixels,
        alpha: Pixels,
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
        self._before: Floats | None = None
        if layered.before is not None:
            near = cv2.dilate(layered.before[..., 3], np.ones((3, 3), np.uint8)) > 1 / 512
            self._near, self._near_subject = near.view(np.uint8), (near & (sharp > 0)).view(np.uint8)
            self._behind = np.asarray(pad_cells(encode(layered.behind)), np.uint16)
            self._before = np.asarray(pad_cells(layered.before), np.float32)

    def draw(self, out: Pixels, tile: Tile) -> None:
        """Draw all that is laid over a tile of the enlarged blur, `out`."""
        place, box = out[tile.pixels], self._nearly_sharp.box_in(tile)
        covered = self._covered(tile, box)
        if covered:
            self._uncover(out[covered.pixels], covered)
        if box:
            self._nearly_sharp.draw(self._pixels, out, box)
        if self._grain:
            self._grain.lay(self._grain.behind, place, tile)
        self._lay_subject(out, place, tile)
        if covered and self._before is not None:
            self._cover(self._before, out[covered.pixels], covered)

    def _covered(self, tile: Tile, box: Tile | None) -> Tile | None:
        """The part of a tile that holds what is drawn here and covered, if only a little, by what is before it.

        box: of what is nearly sharp in it.
        """
        if self._before is None:
            return None
        parts = [part for part in (tile.box_of(self._near_subject), box and box.box_of(self._near)) if part]
        return parts[0].joined(parts[-1]) if parts else None

    def _uncover(self, place: Pixels, tile: Tile) -> None:
        """Draw a tile without what covers it."""
        dither(_enlarge(self._behind, tile, place), place)

    def _lay_subject(self, out: Pixels, place: Pixels, tile: Tile) -> None:
        """Lay what of a tile is subject over it, as far as it is in focus."""
        cells = slice(tile.top, tile.bottom + 2), slice(tile.left, tile.right + 2)
        if self._leaving is None or not self._leaving[cells].any():
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
