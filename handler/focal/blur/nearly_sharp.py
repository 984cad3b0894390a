"""Places whose circle of confusion is smaller than a cell: drawn between the photo itself and the blurred cells.

From cells of half the size, a quarter, and so on down to the pixels, each twice as sharp as the one before, a place
gets the two that its own circle lies between, mixed to its own variance (Williams, "Pyramidal parametrics", SIGGRAPH
1983). What is sharp comes back bit for bit.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..arrays import Floats, Pixels, Shorts, Words
from .cells import Tile, cell_means, pad_cells
from .layers import share_of_coarser
from .linear_light import dither, encode, mean_light_roughly

LEAST_RADIUS_PX = 0.5  # a circle below this is a pixel


class NearlySharp:
    """The shares of the finer pictures at each place of a grid.

    radius_px: float32 (h, w), of the circles, unsigned.   side_px: of the grid's cells, a power of two. What has a
    radius of side_px or more is blurred already.
    """

    def __init__(self, radius_px: Floats, side_px: int) -> None:
        self._radius_px, self._side = radius_px, side_px
        sides = [1 << level for level in range(side_px.bit_length() - 1)]
        self._shares = [
            pad_cells(share_of_coarser(radius_px, LEAST_RADIUS_PX if side == 1 else side, 2 * side)) for side in sides
        ]
        self._touched = np.zeros(radius_px.shape, np.uint8)
        if sides:
            self._touched = (cv2.erode(self._shares[-1], np.ones((3, 3), np.uint8))[1:-1, 1:-1] < 1).view(np.uint8)

    def box_in(self, tile: Tile) -> Tile | None:
        """The part of a tile that is drawn, None if nothing of it is."""
        return tile.box_of(self._touched)

    @property
    def softened(self) -> Floats:
        """How much of the pixels' own grain the blur takes away, float32 (h, w), 0..1."""
        own = 1 - share_of_coarser(self._radius_px, LEAST_RADIUS_PX, 2)
        return np.asarray(np.sqrt(np.clip(1 - own * own, 0, 1)), np.float32)

    def draw(self, pixels: Pixels, out: Pixels, box: Tile) -> None:
        """Draw the nearly sharp places of a box over the blurred ones, which are left as they are at its border.

        pixels: uint8 (H, W, 3), the photo.   out: uint8 (H, W, 3), the blurred picture, overwritten in the box.
        """
        place, own = out[box.pixels], pixels[box.pixels]
        near = slice(box.top, box.bottom + 2), slice(box.left, box.right + 2)
        finer, inner = own, tuple(slice(box.factor, box.factor + size) for size in own.shape[:2])
        if len(self._shares) > 1 and self._shares[0][near].max() > 0:
            finest = next(1 << level for level, share in enumerate(self._shares) if share[near].min() < 1)
            side = max(finest, 2)
            codes = self._mixed(mean_light_roughly(_patch(pixels, box), side), side, near)
            for _ in range(side.bit_length() - 1):
                codes = _doubled(codes)
            finer = np.empty_like(own)
            dither(np.asarray(codes[inner], np.uint16), finer)
            if finest == 1:
                mix_in(finer, own, self._weight(1, near)[inner])
        mix_in(place, finer, self._weight(self._side // 2, near)[inner])

    def _mixed(self, light: Floats, side: int, near: tuple[slice, slice]) -> Words:
        """The `light` of a box in cells of `side` pixels, mixed with coarser ones up to half the grid's.

        In 256ths of a code value, which are mixed and enlarged, as they are where all is blurred: interpolated light
        looks different.
        """
        own, level = encode(light), side.bit_length() - 1
        if 2 * side == self._side or self._shares[level][near].max() == 0:
            return own
        coarser = _doubled(self._mixed(np.asarray(cell_means(light, 2), np.float32), 2 * side, near))
        scale = self._side // side
        share = cv2.resize(self._shares[level][near], None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        mixed = cv2.blendLinear(coarser.astype(np.float32), own.astype(np.float32), share, 1 - share)
        return np.asarray(mixed, np.uint16)

    def _weight(self, side: int, near: tuple[slice, slice]) -> Shorts:
        """What is seen at each pixel of the picture in cells of this side, beside that in larger ones."""
        weight, scale = mixing_weight(1 - self._shares[side.bit_length() - 1][near]), self._side
        return np.asarray(cv2.resize(weight, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR), np.int16)


def mixing_weight(share: Floats) -> Shorts:
    """A share, 0..1, as `mix_in` wants it: in steps of 1/128."""
    return np.rint(128 * share).astype(np.int16)


def _doubled(cells: Words) -> Words:
    """Cells half as wide, bilinear.   (h, w, 3) -> (2 h, 2 w, 3)"""
    return np.asarray(cv2.resize(cells, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR), np.uint16)


def mix_in(place: Pixels, other: Pixels, weight: Shorts) -> None:
    """Mix another picture into one, both uint8 (h, w, 3).   weight: int16 (h, w), of the other, see `mixing_weight`"""
    mixed = np.asarray(cv2.merge([weight] * 3), np.int16)
    mixed *= np.subtract(other, place, dtype=np.int16)  # 128 · 255 is an int16, too
    mixed += 64
    mixed >>= 7
    np.add(place, mixed, out=place, casting="unsafe")


def _patch(pixels: Pixels, tile: Tile) -> Pixels:
    """A tile's pixels and one cell around it, the photo mirrored at its border."""
    (height, width), f = pixels.shape[:2], tile.factor
    top, left, bottom, right = ((edge + by) * f for edge, by in zip(tile[:4], (-1, -1, 1, 1), strict=True))
    inner = pixels[max(top, 0) : bottom, max(left, 0) : right]
    missing = max(-top, 0), max(bottom - height, 0), max(-left, 0), max(right - width, 0)
    return np.asarray(cv2.copyMakeBorder(inner, *missing, cv2.BORDER_REFLECT), np.uint8) if any(missing) else inner
