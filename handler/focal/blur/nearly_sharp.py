"""Places whose circle of confusion is smaller than a cell: drawn between the photo itself and the blurred cells.

From cells of half the size, a quarter, and so on down to the pixels, each twice as sharp as the one before, a place
gets the two that its own circle lies between, mixed to its own variance (Williams, "Pyramidal parametrics", SIGGRAPH
1983). What is sharp comes back bit for bit.
"""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np

from ..arrays import Floats, Pixels
from ..cores import side_by_side
from .cells import Tile, cell_means, pad_cells, tiles
from .layers import share_of_coarser
from .linear_light import dither, encode, mean_light

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
        self.drawn = np.zeros(radius_px.shape, np.uint8)  # the cells that are drawn
        self._boxes: list[Tile] = []
        if sides:
            touched = (cv2.erode(self._shares[-1], np.ones((3, 3), np.uint8))[1:-1, 1:-1] < 1).view(np.uint8)
            height, width = (side_px * size for size in radius_px.shape)
            self._boxes = [box for tile in tiles(height, width, side_px) if (box := tile.box_of(touched))]
        for box in self._boxes:
            self.drawn[box.top : box.bottom, box.left : box.right] = 1

    @property
    def softened(self) -> Floats:
        """How much of the pixels' own grain the blur takes away, float32 (h, w), 0..1."""
        own = 1 - share_of_coarser(self._radius_px, LEAST_RADIUS_PX, 2)
        return np.asarray(np.sqrt(np.clip(1 - own * own, 0, 1)), np.float32)

    def draw(self, pixels: Pixels, light: Floats, out: Pixels) -> None:
        """Draw the nearly sharp places over the blurred ones.

        pixels: uint8 (H, W, 3), the photo.   light: float32 (h + 2, w + 2, 3), of the grid, padded once.
        out: uint8 (H, W, 3), the picture, overwritten where cells are drawn.
        """
        side_by_side(*(partial(self._draw_box, pixels, light, out, box) for box in self._boxes))

    def _draw_box(self, pixels: Pixels, light: Floats, out: Pixels, box: Tile) -> None:
        near, place = (slice(box.top, box.bottom + 2), slice(box.left, box.right + 2)), out[box.pixels]
        own = pixels[box.pixels]
        if self._shares[0][near].max() == 0:
            place[:] = own
            return
        finest = next(1 << level for level, share in enumerate(self._shares) if share[near].min() < 1)
        side = max(finest, 2)
        if side == self._side:
            picture = light[near]
        else:
            picture = self._mixed_light(mean_light(_patch(pixels, box), side), side, light, near)
        words = cv2.resize(encode(picture), None, fx=side, fy=side, interpolation=cv2.INTER_LINEAR)
        inner = tuple(slice(box.factor, box.factor + size) for size in own.shape[:2])
        dither(np.asarray(words[inner], np.uint16), place)
        if finest == 1:
            mix_in(place, own, self._share(1, near)[inner])

    def _mixed_light(self, own: Floats, side: int, light: Floats, near: tuple[slice, slice]) -> Floats:
        """The light of a box in cells of `side` pixels: `own`, mixed with that in coarser cells up to the grid's."""
        if self._shares[side.bit_length() - 1][near].max() == 0:
            return own
        if 2 * side == self._side:
            coarser = light[near]
        else:
            coarser = self._mixed_light(np.asarray(cell_means(own, 2), np.float32), 2 * side, light, near)
        coarser = np.asarray(cv2.resize(coarser, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR), np.float32)
        return np.asarray(own + cv2.merge([self._share(side, near)] * 3) * (coarser - own), np.float32)

    def _share(self, side: int, near: tuple[slice, slice]) -> Floats:
        """Of the coarser picture, in cells of this side."""
        share, scale = self._shares[side.bit_length() - 1][near], self._side // side
        return np.asarray(cv2.resize(share, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR), np.float32)


def mix_in(place: Pixels, finer: Pixels, share: Floats) -> None:
    """Mix a finer picture into one, uint8 (h, w, 3), which keeps its `share`, float32 (h, w), in steps of 1/128."""
    mixed = np.asarray(cv2.merge([np.rint(128 - 128 * share).astype(np.int16)] * 3), np.int16)
    mixed *= np.subtract(finer, place, dtype=np.int16)  # 128 · 255 is an int16, too
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
