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
from .linear_light import mean_codes

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
        padded = (np.asarray(pad_cells(share), np.float32) for share in shares)
        self._shares = dict(zip(sides, padded, strict=True))
        self._own = 1 - shares[0]
        self.blurred = shares[-1]  # float32 (h, w), 0..1, how much of what is seen at a place is blurred in cells
        # uint8 (h, w): into which cells what is not blurred alone reaches, and into which the pixels themselves.
        self.touched, self.sharp = (with_surroundings(share < 1) for share in (shares[-1], shares[0]))

    def cover(self, coverage: Floats) -> None:
        """Hide a share of what is finer than the blur, bar the pixels themselves.   coverage: float32 (h, w), 0..1"""
        coverage = np.asarray(pad_cells(coverage), np.float32)
        for side, share in self._shares.items():
            if side > 1:
                share += (1 - share) * coverage
        self.touched = with_surroundings(self._shares[max(self._shares)][1:-1, 1:-1] < 1)

    @property
    def grain_lost(self) -> Floats:
        """How much of the photo's grain gets lost where the pixels are mixed with what is laid over the blur.

        Variances add, and the two have nothing in common.   float32 (h, w), 0..1
        """
        return np.asarray(np.sqrt(2 * self._own * (1 - self._own)), np.float32)

    def sharpen(self, pixels: Pixels, blurred: Words, out: Pixels, box: Tile) -> None:
        """Make a box of the blurred picture as sharp as it is in cells of 2 pixels.

        pixels: uint8 (H, W, 3), the photo.   blurred: uint16 (h + 2, w + 2, 3), padded, what is blurred in cells, in
        256ths of a code value.   out: uint8 (H, W, 3), that at the photo's size, overwritten.
        """
        if box.factor > 2:
            add_parts(out[box.pixels], self._sharper(pixels, blurred[box.with_rim], box))

    def mix_in_pixels(self, pixels: Pixels, out: Pixels, box: Tile) -> None:
        """Mix a box's own pixels into it."""
        weight, own = mixing_weight(1 - self._shares[1][box.with_rim]), pixels[box.pixels]
        mix_in(out[box.pixels], own, _enlarged(weight, box.factor, box.factor)[: own.shape[0], : own.shape[1]])

    def _sharper(self, pixels: Pixels, blurred: Words, box: Tile) -> Shorts:
        """What makes a blurred box as sharp as cells of 2 pixels are, in PARTS of a code value.   int16 (h, w, 3)

        Code values are mixed and enlarged, as they are where all is blurred: interpolated light looks different.
        blurred: of the box, and of a cell around it.   Around the box a cell of each size takes part.
        """
        shares = {side: share[box.with_rim] for side, share in self._shares.items() if side > 1}
        finest = next(side for side, share in shares.items() if share.min() < 1)
        finer = mean_codes(_patch(pixels, box), finest, box.factor)
        cells = np.asarray(blurred, np.float32)
        side, more = box.factor, np.zeros_like(cells)
        while side > 2:
            side, more = side // 2, _enlarged(more, 2, 1)
            if side in finer:
                scale = box.factor // side
                around = scale // 2 - 1
                coarser = _enlarged(cells, scale, scale - 1) + more
                own = finer[side][around : around + len(coarser), around : around + coarser.shape[1]]
                share = 1 - _enlarged(shares[side], scale, scale - 1)
                more += (own - coarser) * cv2.merge([share] * 3)
        return _enlarged(np.rint(more * np.float32(PARTS / 256)).astype(np.int16), 2, 2)


def add_parts(place: Pixels, parts: Shorts) -> None:
    """Add PARTS of a code value to a picture.

    place: uint8 (h, w, 3), overwritten.   parts: int16, of the same shape or larger, overwritten
    """
    parts = parts[: place.shape[0], : place.shape[1]]
    parts += PARTS // 2
    parts >>= PARTS.bit_length() - 1
    parts += place
    place[:] = np.clip(parts, 0, 255, out=parts)


def mixing_weight(share: Floats) -> Shorts:
    """A share, 0..1, as `mix_in` wants it: in steps of 1/128."""
    return np.rint(128 * share).astype(np.int16)


def mix_in(place: Pixels, other: Pixels, weight: Shorts) -> None:
    """Mix another picture into one, both uint8 (h, w, 3).   weight: int16 (h, w), of the other, see `mixing_weight`"""
    mixed = np.asarray(cv2.merge([weight] * 3), np.int16)
    mixed *= np.subtract(other, place, dtype=np.int16)  # 128 · 255 is an int16, too
    mixed += 64
    mixed >>= 7
    np.add(place, mixed, out=place, casting="unsafe")


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
