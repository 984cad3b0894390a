"""People made by hand: upright figures, and what the networks for people would say of them."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from focal.network.people.people import Face, People


class Figure(NamedTuple):
    """Somebody who stands in a photo.   area: bool (h, w).   face: what the detector would find."""

    area: np.ndarray
    face: Face


def figure(size: tuple[int, int], x: float, y: float, side: float) -> Figure:
    """Somebody upright and frontal.

    size: height and width of the photo, px.   x, y: the middle of the face, px.   side: of the face's box, px.
    """
    height, width = size
    area = np.zeros(size, np.uint8)
    cv2.ellipse(area, (round(x), round(y - 0.1 * side)), (round(0.55 * side), round(0.75 * side)), 0, 0, 360, 1, -1)
    left, right = round(x - 0.9 * side), round(x + 0.9 * side)
    cv2.rectangle(area, (left, round(y + 0.6 * side)), (right, round(y + 5 * side)), 1, -1)
    box = ((x - side / 2) / width, (y - side / 2) / height, (x + side / 2) / width, (y + side / 2) / height)
    # Eyes, nose, mouth, ears, in sides of the box from its middle.
    places = np.array([[-0.2, -0.2], [0.2, -0.2], [0, 0.05], [0, 0.25], [-0.45, -0.1], [0.45, -0.1]])
    points = (places * side + [x, y]) / [width, height]
    return Figure(area > 0, Face(box, points.astype(np.float32), 0.9))


def people(figures: list[Figure], likelihood: np.ndarray | None = None) -> People:
    """What the networks would say.   likelihood: float (h, w), the map, if it is not where the figures are."""
    area = np.any([one.area for one in figures], 0).astype(np.float32) if likelihood is None else likelihood
    square = cv2.resize(area.astype(np.float32), (256, 256), interpolation=cv2.INTER_AREA)
    return People(tuple(one.face for one in figures), np.clip(cv2.blur(square, (3, 3)), 0, 1))
