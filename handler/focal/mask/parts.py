"""Which parts of what lies above the threshold belong to the subject."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..arrays import Bools, Floats, Pixels

# A part with less than this share of the largest part's score is dropped.
SMALL_PART = 0.1
# How far a mask's soft edge is followed: three windows of the filter that makes it.
EDGE_REACH_PX = 12
# A hole smaller than this share of the picture is filled.
SMALL_HOLE = 0.02


def parts_of(area: Bools) -> npt.NDArray[np.int32]:
    """The connected parts of an area, bool (h, w): places that share a side lie in one.

    Returns int32 (h, w), the number of each place's part, from 1 on; 0 outside the area.
    """
    return np.asarray(cv2.connectedComponents(area.astype(np.uint8), connectivity=4)[1], np.int32)


def sizes_of(part: npt.NDArray[np.int32]) -> npt.NDArray[np.int_]:
    """How many places each part has, by its number, int (n,); 0 of the outside.   part: as `parts_of` gives it."""
    size = np.bincount(part.ravel())  # takes half as long as what OpenCV measures of each part
    size[0] = 0
    return size


def parts_near(area: Bools, near: Bools, least: float, most: float = np.inf) -> Iterator[Bools]:
    """Each connected part of an area that reaches into what is near and has from least to most places.

    area, near: bool (h, w).   Yields bool (h, w).
    """
    part = parts_of(area)
    size = sizes_of(part)
    fitting = (size >= least) & (size <= most)
    for number in np.unique(part[area & near & fitting[part]]):
        yield np.asarray(part == number)


def keep_parts(area: Bools, score: Floats) -> Bools:
    """Drop parts of little score beside the heaviest one; fill small holes.   bool (h, w) -> bool (h, w)."""
    return fill_holes(drop_light_parts(area, score))


def core(area: Bools, depth_px: int) -> Floats:
    """Where an area is further than so far from its border, as 1; the picture's border is none of it.

    area: bool (h, w).   Returns float32 (h, w), 0 or 1.
    """
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * depth_px + 1, 2 * depth_px + 1))
    return np.asarray(cv2.erode(area.astype(np.float32), disc), np.float32)


def without_islands(mask: Floats, area: Bools) -> Floats:
    """A soft mask that fades away from its area, and rises nowhere else.

    The filter that softens the edge gives a little to whatever has the subject's colours nearby: a dark window beside
    dark hair. Such a place keeps no more than what lies between it and the area (reconstruction by dilation, Vincent
    1993).   mask: float32 (h, w), 0..1, of the area, bool (h, w).   Returns float32 (h, w).
    """
    fading = np.where(area, mask, 0).astype(np.float32)
    for _ in range(EDGE_REACH_PX):
        fading = np.minimum(cv2.dilate(fading, window(1)), mask).astype(np.float32, copy=False)
    return fading


def drop_light_parts(area: Bools, score: Floats) -> Bools:
    """The connected parts with SMALL_PART or more of the heaviest one's score.   bool (h, w) -> bool (h, w)."""
    part = parts_of(area)
    if part.max() <= 1:  # one part, or none
        return area
    weight = np.bincount(part.ravel(), weights=score.ravel())
    weight[0] = 0  # the outside
    kept: Bools = (weight >= SMALL_PART * weight.max()).take(part) & area
    return kept


def fill_holes(area: Bools, largest: float = SMALL_HOLE) -> Bools:
    """Fill what the area encloses.   bool (h, w) -> bool (h, w).

    largest: share of the picture; as large a hole stays.
    """
    holes = holes_of(area)
    return holes.filled(holes.size < largest * area.size)


@dataclass(frozen=True)
class Holes:
    """What an area encloses, in connected parts.

    area: bool (h, w).   part: int32 (h, w), the number of each place's part; 0 in the area, others also open ones.
    size: int (n,), how many places each part has; as many as there are in the picture, if it is none.
    """

    area: Bools
    part: npt.NDArray[np.int32]
    size: npt.NDArray[np.int_]

    def filled(self, which: Bools) -> Bools:
        """The area with some of the parts.   which: bool (n,).   Returns bool (h, w)."""
        filled: Bools = self.area | which.take(self.part)
        return filled

    def mean(self, score: Floats) -> npt.NDArray[np.float64]:
        """The mean of a map, float32 (h, w), over each part, (n,), or less if it is no hole."""
        return np.bincount(self.part.ravel(), weights=score.ravel(), minlength=len(self.size)) / self.size


def holes_of(area: Bools) -> Holes:
    """The holes of an area, bool (h, w)."""
    part = parts_of(~area)
    size = sizes_of(part)
    # Open to the picture's border, or the area itself.
    size[np.concatenate([[0], part[0], part[-1], part[:, 0], part[:, -1]])] = area.size
    return Holes(area, part, size)


def widened(area: Bools, radius_px: int) -> Bools:
    """An area, bool (h, w), with what is so near to it, along a row, a column or both."""
    return np.asarray(cv2.dilate(area.astype(np.uint8), window(radius_px)) > 0, bool)


def window(radius_px: int) -> Pixels:
    """All places that are so near to one."""
    return np.ones((2 * radius_px + 1, 2 * radius_px + 1), np.uint8)
