"""Places whose circle of confusion is smaller than a cell: drawn between the photo itself and the blurred cells.

From cells of half the size, a quarter, and so on down to the pixels, each twice as sharp as the one before, a place
gets the two that its own circle lies between, mixed to its own variance (Williams, "Pyramidal parametrics", SIGGRAPH
1983). What the cells add is laid over the blur, so that nothing shows where it ends. What is sharp comes back bit for
bit.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Bools, Floats, Pixels, Shorts, Words
from .cells import Tile, pad_cells
from .layers import share_of_coarser
from .linear_light import halved_squares

LEAST_RADIUS_PX = 0.5  # a circle below this is a pixel
PARTS = 64  # of a code value, in an int16


class NearlySharp:
    """The shares of the finer pictures at each place of a grid.

    radius_px: float32 (h, w), of the circles, unsigned.   factor: side of the grid's cells in pixels, a power of two.
    blurred_px: the radius from which on a circle is drawn in cells alone.
    """

    def __init__(self, radius_px: Floats, factor: int, blurred_px: float) -> None:
        sides = [1 << level for level in range(max(1, factor.bit_length() - 1))]
        radii = [LEAST_RADIUS_PX, *sides[1:], blurred_px]
        shares = [share_of_coarser(radius_px, fine, coarse) for fine, coarse in pairwise(radii)]
        self.blurred = shares[-1]  # float32 (h, w), 0..1, how much of what is seen at a place is blurred in cells
        self.sharp = with_surroundings(shares[0] < 1)  # uint8 (h, w): into which cells the pixels themselves reach
        self._own = np.asarray(pad_cells(1 - shares[0]), np.float32)
        self.least_px = radii[1]  # radius of the circle in the sharpest picture that the pixels are mixed with
        self.drawn_px = np.maximum(radius_px, self.least_px)  # float32 (h, w), those in what is mixed with them
        # Where no circle lies between a pixel's and a cell's, as at the edge of a thing, these two alone are mixed.
        between = with_surroundings((shares[0] > 0) & (shares[-1] < 1))
        finer = zip(sides[1:], shares[1:], strict=True)
        self._weights = {side: np.asarray(pad_cells((1 - share) * between), np.float32) for side, share in finer}
        self._find_reached()

    def cover(self, coverage: Floats) -> None:
        """Hide a share of what is finer than the blur, but not the pixels.   coverage: float32 (h, w), 0..1"""
        for weight in self._weights.values():
            weight *= 1 - np.asarray(pad_cells(coverage), np.float32)
        self._find_reached()

    def _find_reached(self) -> None:
        """Into which cells the means over each size reach, uint8 (h, w), by its side; the smaller, the fewer."""
        self._reached = {side: with_surroundings(weight[1:-1, 1:-1] > 0) for side, weight in self._weights.items()}

    @property
    def mixed(self) -> Floats:
        """How much of both pixels and what they are mixed with is in the mixture.   float32 (h, w), 0..1/2

        Of two pictures with nothing in common and the same variance, it has that much less than they have.
        """
        own = self._own[1:-1, 1:-1]
        return np.asarray(2 * own * (1 - own), np.float32)

    def sharpen(self, pixels: Pixels, blurred: Words, out: Pixels, tile: Tile) -> None:
        """Make a tile of the blurred picture as sharp as it is in cells of 2 pixels.

        pixels: uint8 (H, W, 3), the photo.   blurred: uint16 (h + 2, w + 2, 3), padded, what is blurred in cells, in
        256ths of a code value.   out: uint8 (H, W, 3), that at the photo's size, overwritten.
        """
        if self._reached and (box := tile.box_of(self._reached[tile.factor // 2])):
            add_parts(out[box.pixels], self._sharper(pixels, blurred[box.with_rim], box))

    def mix_in_pixels(self, pixels: Pixels, out: Pixels, box: Tile) -> None:
        """Mix a box's own pixels into the picture `out`; both uint8 (H, W, 3)."""
        weight, own = mixing_weight(self._own[box.with_rim]), pixels[box.pixels]
        mix_in(out[box.pixels], own, _enlarged(weight, box.factor, box.factor)[: own.shape[0], : own.shape[1]])

    def _sharper(self, pixels: Pixels, blurred: Words, box: Tile) -> Shorts:
        """What makes a blurred box as sharp as cells of 2 pixels are, see `in_parts`.   int16 (h, w, 3)

        Code values are mixed and enlarged, as they are where all is blurred: interpolated light looks different.
        blurred: of the box, and of a cell around it.   Around the box a cell of each size takes part.
        """
        squares = halved_squares(_patch(pixels, box), box.factor)
        cells = blurred * np.float32(1 / 256)
        more = np.zeros_like(cells)
        for side in sorted(squares, reverse=True):
            scale, more = box.factor // side, _enlarged(more, 2, 1)
            if part := box.box_of(self._reached[side]):
                top, left = part.top - box.top, part.left - box.left
                height, width = part.bottom - part.top, part.right - part.left
                around = scale // 2 - 1  # that there is more of them than of `more`
                place = more[top * scale : (top + height) * scale + 2, left * scale : (left + width) * scale + 2]
                own = squares[side][top * scale + around :, left * scale + around :][: len(place), : place.shape[1]]
                step = np.sqrt(own, dtype=np.float32)
                step -= _enlarged(cells[top : top + height + 2, left : left + width + 2], scale, scale - 1)
                step -= place
                step *= cv2.merge([_enlarged(self._weights[side][part.with_rim], scale, scale - 1)] * 3)
                place += step
        return _enlarged(in_parts(more), 2, 2)


def in_parts(more: Floats) -> Shorts:
    """Code values to add, float32 (h, w, 3), as `add_parts` wants them once they are enlarged: int16, in PARTS.

    Half a code value is added, for `add_parts` rounds down.
    """
    return np.asarray(np.rint(more * np.float32(PARTS) + np.float32(PARTS / 2)), np.int16)


def add_parts(place: Pixels, parts: Shorts) -> None:
    """Add to a picture.

    place: uint8 (h, w, 3), overwritten.   parts: int16, of the same shape or larger, see `in_parts`.
    """
    # One type at a time: numpy takes twice as long for a sum of two.
    total = parts[: place.shape[0], : place.shape[1]] >> (PARTS.bit_length() - 1)
    total += place.astype(np.int16)
    place[:] = np.clip(total, 0, 255, out=total)


def mixing_weight(share: Floats) -> Pixels:
    """A share, float32 (h, w), 0..1, as `mix_in` wants it: uint8, in steps of 1/128."""
    return np.rint(128 * share).astype(np.uint8)


def mix_in(place: Pixels, other: Pixels, weight: Pixels) -> None:
    """Mix another picture into one, both uint8 (h, w, 3).   weight: uint8 (h, w), of the other, see `mixing_weight`"""
    mixed, own = other.astype(np.int16), place.astype(np.int16)
    mixed -= own
    mixed *= np.asarray(cv2.merge([weight] * 3), np.uint8).astype(np.int16)  # 128 · 255 is an int16, too
    mixed += 64
    mixed >>= 7
    mixed += own
    place[:] = mixed


def with_surroundings(chosen: Bools) -> Pixels:
    """Chosen places of a grid and their neighbours, into which they are enlarged.   bool (h, w) -> uint8 (h, w)"""
    return np.asarray(cv2.dilate(chosen.view(np.uint8), np.ones((3, 3), np.uint8)), np.uint8)


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
