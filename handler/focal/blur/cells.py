"""A photo as a grid of square cells: what is slow is done once a cell, what must be sharp once a pixel, tile by tile.

No full-size array of floats is ever made: photos are uint8, cells are few, and a tile's floats fit a core's cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Bools, Pixels
from ..machine.cores import side_by_side

Means = Callable[[Pixels, int], NDArray[Any]]

# What is made of a tile or band on the way stays in a processor's cache. Smaller ones are no faster.
TILE_SIDE_PX, BAND_PX = 256, 1 << 19
LEAST_BANDS = 8  # that a photo is cut into, so that several cores have their share


class Tile(NamedTuple):
    """A rectangle of whole cells, each `factor` pixels a side."""

    top: int
    left: int
    bottom: int
    right: int
    factor: int

    @property
    def pixels(self) -> tuple[slice, slice]:
        """The tile's part of the photo; numpy cuts it at the photo's border."""
        f = self.factor
        return slice(self.top * f, self.bottom * f), slice(self.left * f, self.right * f)

    @property
    def with_rim(self) -> tuple[slice, slice]:
        """The tile's part of padded cells: its own, and one around them."""
        return slice(self.top, self.bottom + 2), slice(self.left, self.right + 2)

    def around(self, x: int, y: int, width: int, height: int) -> Tile:
        """The cells that hold a box of this tile's pixels."""
        f = self.factor
        rows, columns = _cells(y + height, f), _cells(x + width, f)
        return Tile(self.top + y // f, self.left + x // f, self.top + rows, self.left + columns, f)

    def box_of(self, chosen: Pixels) -> Tile | None:
        """The smallest tile around this tile's chosen cells, None if it has none.   chosen: uint8 (h, w)"""
        x, y, width, height = cv2.boundingRect(chosen[self.top : self.bottom, self.left : self.right])
        if not width:
            return None
        return Tile(self.top + y, self.left + x, self.top + y + height, self.left + x + width, self.factor)

    def joined(self, other: Tile) -> Tile:
        """The smallest tile around this one and another of the same cells."""
        top, left = min(self.top, other.top), min(self.left, other.left)
        return Tile(top, left, max(self.bottom, other.bottom), max(self.right, other.right), self.factor)


def common_size(pixels: Pixels, alpha: Pixels) -> tuple[int, int]:
    """Height and width of a photo, uint8 (H, W, 3), and its alpha, uint8 (H, W). Raises ValueError if they differ."""
    if pixels.shape[:2] != alpha.shape:
        raise ValueError(f"pixels {pixels.shape[:2]} and alpha {alpha.shape} differ in size")
    height, width = alpha.shape
    return height, width


def tiles(height: int, width: int, factor: int = 1, *, across: int = 1) -> Iterator[Tile]:
    """The tiles that cover a photo of height × width pixels, row by row; each `across` times as wide as high."""
    rows, columns, step = _cells(height, factor), _cells(width, factor), max(1, TILE_SIDE_PX // factor)
    for top in range(0, rows, step):
        for left in range(0, columns, across * step):
            yield Tile(top, left, min(top + step, rows), min(left + across * step, columns), factor)


def bands(height: int, width: int, factor: int = 1) -> Iterator[Tile]:
    """Tiles as wide as a photo of height × width pixels, one below the other: memory is fastest in its own order."""
    rows, columns = _cells(height, factor), _cells(width, factor)
    step = max(1, min(BAND_PX, height * width // LEAST_BANDS) // (columns * factor**2))
    return (Tile(top, 0, min(top + step, rows), columns, factor) for top in range(0, rows, step))


def cell_means(image: NDArray[Any], factor: int) -> NDArray[Any]:
    """Mean of each cell of factor × factor pixels.   (h · factor, w · factor, …) -> (h, w, …) of the same dtype"""
    height, width = image.shape[:2]
    return cv2.resize(image, (width // factor, height // factor), interpolation=cv2.INTER_AREA)


def halved_means(image: NDArray[Any], factor: int) -> NDArray[Any]:
    """As cell_means, by halves, each rounded; several times as fast.   factor: a power of two"""
    while factor > 1:
        image, factor = cell_means(image, 2), factor // 2
    return image


def reduce_to_cells(image: Pixels, factor: int, means: Means = cell_means, dtype: type = np.uint8) -> NDArray[Any]:
    """Mean of each cell of factor × factor pixels.

    image: uint8 (H, W) or (H, W, 3).   means: how the cells of a band are averaged, to which dtype, see `cell_means`.
    Returns (⌈H / factor⌉, ⌈W / factor⌉) or (…, 3). Cells that reach over the border see the photo mirrored in it.
    """
    height, width = image.shape[:2]
    small = np.empty((_cells(height, factor), _cells(width, factor), *image.shape[2:]), dtype)

    def reduce_band(band: Tile) -> None:
        part, out = image[band.pixels], small[band.top : band.bottom]
        if len(part) < len(out) * factor:
            part = image[_mirrored(band.top * factor, len(out) * factor, height)]
        if missing := band.right * factor - width:
            part = np.asarray(cv2.copyMakeBorder(part, 0, 0, 0, missing, cv2.BORDER_REFLECT), np.uint8)
        out[:] = means(part, factor).reshape(out.shape)

    side_by_side(*(partial(reduce_band, band) for band in bands(height, width, factor)))
    return small


def pad_cells(small: NDArray[Any]) -> NDArray[Any]:
    """Repeat the outermost cells once, as `enlarge_cells` wants it.   (h, w, …) -> (h + 2, w + 2, …)"""
    return cv2.copyMakeBorder(small, 1, 1, 1, 1, cv2.BORDER_REPLICATE)


def enlarge_cells(padded: NDArray[Any], tile: Tile) -> NDArray[Any]:
    """The tile of a photo whose cells are given, bilinear between their centres.

    padded: uint8 or float32 (h + 2, w + 2, …), see `pad_cells`.
    Returns (tile height, tile width, …) of the same dtype, in whole cells: it may reach over the photo's border.
    """
    f = tile.factor
    large = cv2.resize(padded[tile.with_rim], None, fx=f, fy=f, interpolation=cv2.INTER_LINEAR)
    return large[f:-f, f:-f]


def enlarge_onto(padded: NDArray[Any], tile: Tile, place: Pixels) -> NDArray[Any]:
    """As `enlarge_cells`, as many pixels as there are in `place`, uint8 (height, width, 3), the tile of a photo."""
    return enlarge_cells(padded, tile)[: place.shape[0], : place.shape[1]]


def with_surroundings(chosen: Bools) -> Pixels:
    """Chosen cells and their neighbours, into which they are enlarged.   bool (h, w) -> uint8 (h, w)"""
    return np.asarray(cv2.dilate(chosen.view(np.uint8), np.ones((3, 3), np.uint8)), np.uint8)


def _mirrored(first: int, count: int, size: int) -> NDArray[np.intp]:
    """The `count` indices from `first` on, those beyond `size` reflected back: 3, 4, 4, 3 for a size of 5."""
    index = np.arange(first, first + count) % (2 * size)
    return np.minimum(index, 2 * size - 1 - index)


def _cells(size_px: int, factor: int) -> int:
    """How many cells cover a side of the photo."""
    return -(-size_px // factor)
