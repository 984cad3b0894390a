"""Things at several depths, each blurred by its own circle, the nearer laid over the farther.

The cells are sorted into layers by their circles, each is spread at once, and what a nearer layer covers of a place is
taken from what farther ones may add there (additive up to whole coverage, so that a slope cut into layers stays whole).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np

from ..arrays import Floats
from .bokeh import disc_kernel, spread
from .pull_push import TINY, fill, mean_colour, weighted

STEP_OF_ROOTS = 0.5  # between the roots of two layers' radii, in cells: discs so near in size are seen as one
SHAPELESS_CELLS = 1.5  # radius of a disc that cells can't draw round, nor in its own size
FEW_CELLS = 4  # radius of a disc whose variance depends on how its rim falls on the cells
MOST_DIRECT_CELLS = 5.5  # radius of a disc whose kernel has 11 × 11 cells
ALMOST_NOTHING = np.float32(1e-6)


class Layered(NamedTuple):
    """The two parts of what a lens sees at a place.

    far: float32 (h, w, 3), the light of all that is behind the plane in focus or close to it, complete.
    near: float32 (h, w, 4), what lies before it: light times coverage, and coverage, 0..1; None if nothing does.
    """

    far: Floats
    near: Floats | None


def lay_over(light: Floats, near: Floats) -> Floats:
    """Lay what is `near`, float32 (h, w, 4) as in Layered, over `light`, float32 (h, w, 3)."""
    left = cv2.merge([1 - near[..., 3]] * 3)
    return np.asarray(light * left + cv2.cvtColor(near, cv2.COLOR_RGBA2RGB), np.float32)


def share_of_coarser(radius: Floats, fine: float, coarse: float) -> Floats:
    """How much of the picture blurred by `coarse` makes up, with the rest from that blurred by `fine`, this radius.

    Variances add, and a disc's is radius² / 4.   float32 (h, w) -> float32 (h, w), 0..1
    """
    share = (np.square(radius) - np.float32(fine**2)) * np.float32(1 / (coarse**2 - fine**2))
    return np.asarray(np.clip(share, 0, 1), np.float32)


def layer_cells(
    light: Floats,
    radius: Floats,
    admitted: Floats,
    sharp: Floats,
    background: Floats,
    bokeh: str,
    *,
    radius_done: float,
) -> Layered:
    """Blur cells by their own circles.

    light: float32 (h, w, 3).   radius: float32 (h, w), in cells, negative behind the plane in focus.
    admitted: float32 (h, w), 0..1; 0 excludes a cell: what is subject, and sharp.
    sharp: float32 (h, w), 0..1: how much of a cell is drawn by others, more finely than in cells.
    background: float32 (h, w, 3), the colour where nothing blurred is in reach.
    radius_done: of the disc that blurs as much as the cells' mean and their enlargement; 0 where a cell is a pixel.
    """
    near_share = np.clip(radius - 1, 0, 1)  # what is hardly out of focus takes no part in front of what is in focus
    weight = share_of_coarser(np.abs(radius), 0.5, radius_done or 1) * admitted
    layers = _layers(light, radius, weight * (1 - near_share), bokeh, radius_done)
    total = layers + weighted(background, np.full_like(radius, ALMOST_NOTHING))
    far = mean_colour(total)
    if not near_share.any():
        return Layered(far, None)
    # What is near hides what is behind it, of which its surroundings are carried on: both colours and sharpness.
    visible = 1 - near_share
    beneath = fill(light, visible)
    hidden = cv2.dilate(near_share, np.ones((3, 3), np.uint8)) * fill(sharp, visible)
    far = far + cv2.merge([hidden] * 3) * (beneath - far)
    return Layered(far, _layers(light, radius, near_share * admitted, bokeh, radius_done))


def _layers(light: Floats, radius: Floats, weight: Floats, bokeh: str, radius_done: float) -> Floats:
    """The sum of all layers, nearest first, up to whole coverage.

    Returns float32 (h, w, 4): light · weight, and weight.
    """
    total = np.zeros((*weight.shape, 4), np.float32)
    for side in (1, -1):  # what is before the plane in focus, then what is behind it
        own = np.maximum(side * radius, 0)
        shares = np.where(own > 0, weight, 0)
        if not shares.any():
            continue
        radii = _radii(radius_done or 1, float(own[shares > 0].max()))
        position = _position(own, radii)
        nearest_first = list(enumerate(radii))[::-side]
        for index, r in nearest_first:
            _lay(total, light, shares, position, index, math.sqrt(max(r**2 - radius_done**2, 0)), bokeh)
    return total


def _lay(total: Floats, light: Floats, shares: Floats, position: Floats, index: int, radius: float, bokeh: str) -> None:
    """Spread a layer, and add it to the nearer ones in `total`.

    shares: float32 (h, w), of all layers together.   position: see `_position`.   radius: to spread it by, in cells.
    """
    weight = np.maximum(1 - np.abs(position - np.float32(index)), 0) * shares
    x, y, w, h = cv2.boundingRect((weight > 0).view(np.uint8))
    if not w:
        return
    reach = math.ceil(radius) + 1
    inner = slice(y, y + h), slice(x, x + w)
    top, left = max(y - reach, 0), max(x - reach, 0)
    place = slice(top, y + h + reach), slice(left, x + w + reach)
    canvas = np.zeros((*weight[place].shape, 4), np.float32)
    canvas[y - top : y - top + h, x - left : x - left + w] = weighted(light[inner], weight[inner])
    _add(total[place], _spread(canvas, radius, bokeh))


def _add(total: Floats, layer: Floats) -> None:
    """Add what the nearer layers in `total` leave free of a layer; both float32 (h, w, 4)."""
    taken = np.minimum(1, np.maximum(1 - total[..., 3], 0) / np.maximum(layer[..., 3], TINY))
    total += layer * cv2.merge([taken] * 4)


def _spread(layer: Floats, radius: float, bokeh: str) -> Floats:
    """Spread each cell into its disc; one so small that it has no shape into three cells, each way, of its variance.

    A disc so large that OpenCV would need Fourier transforms is spread in larger cells, of which it has just as many as
    OpenCV does without. Their mean and enlargement blur as a disc with the radius of one of them does.
    """
    if radius > MOST_DIRECT_CELLS:
        height, width = layer.shape[:2]
        size = [max(1, round(side * MOST_DIRECT_CELLS / radius)) for side in (width, height)]
        coarse = np.asarray(cv2.resize(layer, size, interpolation=cv2.INTER_AREA), np.float32)
        coarse = _spread(coarse, math.sqrt(MOST_DIRECT_CELLS**2 - 1), bokeh)
        return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    if radius >= SHAPELESS_CELLS:
        return spread(layer, radius if bokeh == "gaussian" else _drawn_radius(radius), bokeh)
    beside = radius**2 / 8
    taps = np.array([beside, 1 - 2 * beside, beside], np.float32)
    return np.asarray(cv2.sepFilter2D(layer, -1, taps, taps, borderType=cv2.BORDER_REFLECT), np.float32)


def _drawn_radius(radius: float) -> float:
    """The radius with which a disc is drawn in whole cells, to have the variance of one of this radius."""
    drawn = math.sqrt(radius**2 - 1 / 3)  # its soft rim adds a cell's variance
    for _ in range(2 if radius < FEW_CELLS else 0):
        across = disc_kernel(drawn).sum(0)
        distance = np.arange(len(across)) - len(across) // 2
        drawn *= radius / (2 * math.sqrt(across @ np.square(distance)))
    return drawn


def _radii(least: float, most: float) -> list[float]:
    """Of the layers, from the least to the largest there is: their roots evenly, so that large discs are fewer."""
    first, last = math.sqrt(least), math.sqrt(most)
    steps = max(0, math.ceil((last - first) / STEP_OF_ROOTS))
    return [(first + step * (last - first) / steps) ** 2 for step in range(steps + 1)] if steps else [least]


def _position(radius: Floats, radii: list[float]) -> Floats:
    """Where each radius lies among the layers': 1.5 where the second and the third have equal shares, by variance."""
    if len(radii) == 1:
        return np.zeros_like(radius)
    first = np.float32(math.sqrt(radii[0]))
    step = np.float32(math.sqrt(radii[1])) - first
    nearer = np.clip(np.floor((np.sqrt(radius) - first) / step), 0, len(radii) - 2)
    least, most = (np.square(np.square(first + index * step)) for index in (nearer, nearer + 1))
    share = (np.square(radius) - least) / (most - least)
    return np.asarray(nearer + np.clip(share, 0, 1), np.float32)
