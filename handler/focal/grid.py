"""A photo as a grid of square cells: what is slow is computed once a cell, what must be sharp once a pixel, tile by tile."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

TILE_SIDE_PX = 256  # a tile's floats stay within a core's cache


class Tile(NamedTuple):
    """A rectangle of whole cells, `factor` pixels a side each."""

    top: int
    left: int
    bottom: int
    right: int
    factor: int

    @property
    def pixels(self) -> tuple[slice, slice]:
        """Where the tile lies in the photo; numpy cuts it at the photo's own border."""
        f = self.factor
        return slice(self.top * f, self.bottom * f), slice(self.left * f, self.right * f)

    @property
    def neighbourhood(self) -> tuple[slice, slice]:
        """The tile's cells and one around it: all that `enlarge` reads, and so all that can reach its pixels."""
        return slice(max(self.top - 1, 0), self.bottom + 1), slice(max(self.left - 1, 0), self.right + 1)


def cells(size_px: int, factor: int) -> int:
    """How many cells of `factor` pixels cover `size_px`."""
    return -(-size_px // factor)


def tiles(height: int, width: int, factor: int) -> Iterator[Tile]:
    """The tiles of about TILE_SIDE_PX that cover a photo of height × width pixels."""
    rows, columns, step = cells(height, factor), cells(width, factor), max(1, TILE_SIDE_PX // factor)
    for top in range(0, rows, step):
        for left in range(0, columns, step):
            yield Tile(top, left, min(top + step, rows), min(left + step, columns), factor)


def reduce(image: NDArray[np.uint8], factor: int, table: NDArray[Any] | None = None) -> NDArray[Any]:
    """Mean of each cell, after looking each value up in `table` if there is one.

    image: uint8 (H, W) or (H, W, 3).   table: (256,), the dtype of the result; without it uint8.
    Returns (cells of H, cells of W) or (…, 3). Cells that reach over the border repeat the border's pixels.
    """
    height, width = image.shape[:2]
    rows, columns = cells(height, factor), cells(width, factor)
    out = np.empty((rows, columns, *image.shape[2:]), image.dtype if table is None else table.dtype)
    step = max(1, TILE_SIDE_PX // factor)
    for top in range(0, rows, step):
        bottom = min(top + step, rows)
        strip = image[top * factor : bottom * factor]
        below, right = (bottom - top) * factor - len(strip), columns * factor - width
        if below or right:
            strip = cv2.copyMakeBorder(strip, 0, below, 0, right, cv2.BORDER_REPLICATE)
        light = strip if table is None else cv2.LUT(strip, table)
        out[top:bottom] = cv2.resize(light, (columns, bottom - top), interpolation=cv2.INTER_AREA).reshape(
            out[top:bottom].shape
        )
    return out


def enlarge(padded: NDArray[Any], tile: Tile) -> NDArray[Any]:
    """The tile's pixels, bilinear between cell centres.

    padded: (rows + 2, columns + 2, …), the cells with one more repeated around them (see `pad`).
    Returns (tile height, tile width, …) in pixels of whole cells: may reach over the photo's border.
    """
    f = tile.factor
    near = padded[tile.top : tile.bottom + 2, tile.left : tile.right + 2]
    if f == 1:
        return near[1:-1, 1:-1]
    rows, columns = near.shape[:2]
    large = cv2.resize(near, (columns * f, rows * f), interpolation=cv2.INTER_LINEAR)
    return large[f:-f, f:-f]


def pad(cell_values: NDArray[Any]) -> NDArray[Any]:
    """Repeat the outermost cells once, so that `enlarge` finds a neighbour everywhere."""
    return cv2.copyMakeBorder(cell_values, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
