"""Places whose circle of confusion is smaller than a cell: drawn between the photo itself and the blurred cells.

From cells of half the size, a quarter, and so on down to the pixels, each twice as sharp as the one before, a place
gets the two that its own circle lies between, mixed to its own variance (Williams, "Pyramidal parametrics", SIGGRAPH
1983). What is sharp comes back bit for bit.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..arrays import Floats, Pixels
from .cells import Tile, cell_means, pad_cells
from .layers import share_of_coarser
from .linear_light import dither, encode, mean_light

LEAST_RADIUS_PX = 0.5  # a circle below this is a pixel


class NearlySharp:
    """The shares of the finer pictures at each place of a grid.

    radius_px: float32 (h, w), of the circles, unsigned.   side_px: of the grid's cells, a power of two. What has a
    radius of side_px or more is blurred already.
    """

    def __init__(self, radius_px: Floats, side_px: int) -> None:
        self._side, self._sides = side_px, [1 << level for level in range(side_px.bit_length() - 1)]
        self._shares = [
            pad_cells(share_of_coarser(radius_px, LEAST_RADIUS_PX if side == 1 else side, 2 * side))
            for side in self._sides
        ]
        own = 1 - share_of_coarser(radius_px, LEAST_RADIUS_PX, 2)
        self.softened = np.sqrt(np.clip(1 - own * own, 0, 1))  # how much of the pixels' own grain the blur takes away
        self.touched = np.zeros(radius_px.shape, np.uint8)  # the cells in which there is something to draw
        if self._sides:
            self.touched[cv2.erode(self._shares[-1], np.ones((3, 3), np.uint8))[1:-1, 1:-1] < 1] = 1

    def draw(self, pixels: Pixels, light: Floats, tile: Tile, out: Pixels) -> None:
        """Draw a tile's nearly sharp places over its blurred ones.

        pixels: uint8 (H, W, 3), the photo.   light: float32 (h + 2, w + 2, 3), of the grid, padded once.
        out: uint8 (H, W, 3), the picture, overwritten in the tile.
        """
        near = slice(tile.top, tile.bottom + 2), slice(tile.left, tile.right + 2)
        sides = [side for side, share in zip(self._sides, self._shares, strict=True) if share[near].min() < 1]
        finest, picture = max(sides[0], 2), light[near]
        if sides[-1] > 1:
            own = self._light_of_sides(pixels, tile, finest)
            for side in reversed(own):
                coarser = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
                picture = own[side] + cv2.merge([self._share(side, near)] * 3) * (coarser - own[side])
        words = cv2.resize(encode(picture), None, fx=finest, fy=finest, interpolation=cv2.INTER_LINEAR)
        place, drawn = out[tile.pixels], np.empty(out[tile.pixels].shape, np.uint8)
        inner = slice(tile.factor, tile.factor + place.shape[0]), slice(tile.factor, tile.factor + place.shape[1])
        dither(np.asarray(words[inner], np.uint16), drawn)
        if sides[0] == 1:
            share = self._share(1, near)[inner]
            place[:] = cv2.blendLinear(drawn, pixels[tile.pixels], share, 1 - share)
        else:
            place[:] = drawn

    def _light_of_sides(self, pixels: Pixels, tile: Tile, finest: int) -> dict[int, Floats]:
        """The light of a tile and one cell around it, by the side of the cells it is averaged over."""
        light = mean_light(_patch(pixels, tile), finest)
        found = {finest: light}
        for side in self._sides:
            if side > finest:
                found[side] = light = np.asarray(cell_means(light, 2), np.float32)
        return found

    def _share(self, side: int, near: tuple[slice, slice]) -> Floats:
        """Of the coarser picture, in cells of this side."""
        share, scale = self._shares[side.bit_length() - 1][near], self._side // side
        return np.asarray(cv2.resize(share, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR), np.float32)


def _patch(pixels: Pixels, tile: Tile) -> Pixels:
    """A tile's pixels and one cell around it, the photo mirrored at its border."""
    (height, width), f = pixels.shape[:2], tile.factor
    top, left, bottom, right = ((edge + by) * f for edge, by in zip(tile[:4], (-1, -1, 1, 1), strict=True))
    inner = pixels[max(top, 0) : bottom, max(left, 0) : right]
    missing = max(-top, 0), max(bottom - height, 0), max(-left, 0), max(right - width, 0)
    return np.asarray(cv2.copyMakeBorder(inner, *missing, cv2.BORDER_REFLECT), np.uint8)
