"""Places whose circle of confusion is smaller than a cell: drawn between the photo itself and the blurred cells.

From cells of half the size, a quarter, and so on down to the pixels, each level of the pyramid twice as sharp as the
one before, a place gets the two that its own circle lies between, mixed to its own variance (Williams, "Pyramidal
parametrics", SIGGRAPH 1983). What the levels add is laid over the blur, so that nothing shows where it ends. What is
sharp comes back bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats, Pixels, Shorts, Words
from .cells import Tile, pad_cells, with_surroundings
from .layers import share_of_coarser
from .linear_light import halved_squares
from .mixing import in_parts, mixing_weight

LEAST_RADIUS_PX = 0.5  # a circle below this is a pixel


@dataclass(frozen=True)
class Pyramid:
    """The shares of the finer levels at each place of a grid.

    cells: float32 (h, w), 0..1, how much of what is seen at a place is blurred in cells.
    pixels: float32 (h, w), 0..1, how much of what is finer than the second level are the pixels themselves.
    levels: float32 (h, w), 0..1, by the side of a level's cells, how much of what is finer than the next level it is.
    least_px: radius of the circle in the sharpest picture that the pixels are mixed with.
    drawn_px: float32 (h, w), radius of the circles in what is mixed with them.
    """

    cells: Floats
    pixels: Floats
    levels: Mapping[int, Floats]
    least_px: float
    drawn_px: Floats

    def hidden_by(self, coverage: Floats) -> Pyramid:
        """The same without a share of what is finer than the blur; the pixels stay.   coverage: float32 (h, w), 0..1"""
        return replace(self, levels={side: share * (1 - coverage) for side, share in self.levels.items()})

    @cached_property
    def reached_by_pixels(self) -> Pixels:
        """Into which cells the pixels themselves reach, uint8 (h, w)."""
        return with_surroundings(self.pixels > 0)

    @cached_property
    def reached(self) -> Mapping[int, Pixels]:
        """Into which cells the levels reach, uint8 (h, w), by their side; the smaller, the fewer."""
        return {side: with_surroundings(share > 0) for side, share in self.levels.items()}

    @cached_property
    def mixing_weight(self) -> Pixels:
        """How much of the pixels is mixed in, uint8 (h + 2, w + 2), padded, as `mixed` wants it."""
        return mixing_weight(np.asarray(pad_cells(self.pixels), np.float32))

    @cached_property
    def _padded(self) -> Mapping[int, Floats]:
        return {side: np.asarray(pad_cells(share), np.float32) for side, share in self.levels.items()}

    @property
    def mixed(self) -> Floats:
        """How much of both pixels and what they are mixed with is in the mixture.   float32 (h, w), 0..1/2

        Of two pictures with nothing in common and the same variance, it has that much less than they have.
        """
        return np.asarray(2 * self.pixels * (1 - self.pixels), np.float32)

    def box_of_detail(self, tile: Tile) -> Tile | None:
        """The part of a tile into which any level finer than its cells, and coarser than the pixels, reaches."""
        return tile.box_of(self.reached[tile.factor // 2]) if self.reached else None

    def detail(self, photo: Pixels, blurred: Words, box: Tile) -> Shorts:
        """What makes a blurred box as sharp as cells of 2 pixels are, for `with_parts`.   int16 (h, w, 3)

        photo: uint8 (H, W, 3).   blurred: uint16 (h + 2, w + 2, 3), padded, what is blurred in cells, in 256ths of a
        code value.
        Code values are mixed and enlarged, as they are where all is blurred: interpolated light looks different.
        Around the box a cell of each size takes part.
        """
        squares = halved_squares(_patch(photo, box), box.factor)
        cells = blurred[box.with_rim] * np.float32(1 / 256)
        more = np.zeros_like(cells)
        for side in sorted(squares, reverse=True):
            scale, more = box.factor // side, _enlarged(more, 2, 1)
            if part := box.box_of(self.reached[side]):
                top, left = part.top - box.top, part.left - box.left
                height, width = part.bottom - part.top, part.right - part.left
                around = scale // 2 - 1  # that there is more of them than of `more`
                place = more[top * scale : (top + height) * scale + 2, left * scale : (left + width) * scale + 2]
                own = squares[side][top * scale + around :, left * scale + around :][: len(place), : place.shape[1]]
                step = np.sqrt(own, dtype=np.float32)
                step -= _enlarged(cells[top : top + height + 2, left : left + width + 2], scale, scale - 1)
                step -= place
                step *= cv2.merge([_enlarged(self._padded[side][part.with_rim], scale, scale - 1)] * 3)
                place += step
        return _enlarged(in_parts(more), 2, 2)


def pyramid_of(radius_px: Floats, factor: int, blurred_px: float) -> Pyramid:
    """The pyramid of places whose circles have these radii.

    radius_px: float32 (h, w), unsigned.   factor: side of the grid's cells in pixels, a power of two.
    blurred_px: the radius from which on a circle is drawn in cells alone.
    """
    sides = [1 << level for level in range(max(1, factor.bit_length() - 1))]
    radii = [LEAST_RADIUS_PX, *sides[1:], blurred_px]
    shares = [share_of_coarser(radius_px, fine, coarse) for fine, coarse in pairwise(radii)]
    # Where no circle lies between a pixel's and a cell's, as at the edge of a thing, these two alone are mixed.
    between = with_surroundings((shares[0] > 0) & (shares[-1] < 1))
    levels = {
        side: np.asarray((1 - share) * between, np.float32) for side, share in zip(sides[1:], shares[1:], strict=True)
    }
    return Pyramid(shares[-1], 1 - shares[0], levels, radii[1], np.maximum(radius_px, np.float32(radii[1])))


def _enlarged(cells: NDArray[Any], scale: int, rim: int) -> NDArray[Any]:
    """Cells `scale` times as fine, bilinear, without a rim of so many of these."""
    large = cv2.resize(cells, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    return large[rim : len(large) - rim, rim : large.shape[1] - rim]


def _patch(pixels: Pixels, tile: Tile) -> Pixels:
    """A tile's pixels and half a cell around it, the photo mirrored at its border."""
    (height, width), f, rim = pixels.shape[:2], tile.factor, tile.factor // 2
    top, left, bottom, right = tile.top * f - rim, tile.left * f - rim, tile.bottom * f + rim, tile.right * f + rim
    inner = pixels[max(top, 0) : bottom, max(left, 0) : right]
    missing = max(-top, 0), max(bottom - height, 0), max(-left, 0), max(right - width, 0)
    return np.asarray(cv2.copyMakeBorder(inner, *missing, cv2.BORDER_REFLECT), np.uint8) if any(missing) else inner
