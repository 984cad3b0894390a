"""Scenes whose depth is known: a slanted ground, a standing figure, a near thing that overlaps it, lamps."""

from __future__ import annotations

import cv2
import numpy as np

from tests.helpers.lens_oracle import Plane

HORIZON, CONTACT = 0.35, 0.78  # rows of the horizon and of the figure's feet, of the height
FIGURE = 0.6  # its disparity


def textured(rng, height, width, mean, contrast, grain_px):
    """Noise of four scales around a colour, uint8 (height, width, 3)."""
    picture = np.zeros((height, width, 3)) + np.array(mean)
    for octave in range(4):
        grain = grain_px * 2**octave
        coarse = rng.normal(size=(height // grain + 3, width // grain + 3, 1))
        picture += contrast / 2 * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    return picture.clip(0, 255).astype(np.uint8)


def all_of(height, width):
    return np.ones((height, width), np.float32)


def drawn(height, width, draw):
    """Coverage of a shape drawn by `draw` into a picture of four times the size, smooth at its edge."""
    large = np.zeros((4 * height, 4 * width), np.uint8)
    draw(large, 4 * height, 4 * width)
    return cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def wall(rng, height, width, *, lamps=0, at=0.0):
    """What is far behind, with lamps on it."""
    colours = textured(rng, height, width, (70, 80, 100), 16, 3)
    for _ in range(lamps):
        x, y = rng.integers(width), rng.integers(int(height * HORIZON))
        cv2.circle(colours, (int(x), int(y)), max(1, width // 320), (255, 255, 255), -1)
    return Plane(colours, all_of(height, width), at)


def ground(rng, height, width):
    """A plane from the horizon to the lower edge; its disparity grows evenly down the picture, FIGURE at CONTACT."""
    coverage = all_of(height, width)
    first = round(HORIZON * height)
    coverage[:first] = 0
    slope = FIGURE / ((CONTACT - HORIZON) * height)
    return Plane(textured(rng, height, width, (120, 110, 90), 22, 2), coverage, -slope * first, slope)


def figure(rng, height, width, x=0.5):
    """Somebody who stands on the ground."""

    def draw(large, h, w):
        middle, foot = int(x * w), int(CONTACT * h)
        cv2.ellipse(large, (middle, int(0.24 * h)), (int(0.045 * h), int(0.06 * h)), 0, 0, 360, 255, -1)
        cv2.rectangle(large, (middle - int(0.08 * h), int(0.31 * h)), (middle + int(0.08 * h), int(0.58 * h)), 255, -1)
        for side in (-1, 1):
            leg = middle + side * int(0.045 * h)
            cv2.rectangle(large, (leg - int(0.025 * h), int(0.55 * h)), (leg + int(0.025 * h), foot), 255, -1)

    return Plane(textured(rng, height, width, (180, 90, 70), 18, 2), drawn(height, width, draw), FIGURE)


def near_thing(rng, height, width, at=1.0):
    """A pole before the figure."""

    def draw(large, h, w):
        cv2.rectangle(large, (int(0.54 * w), 0), (int(0.66 * w), h), 255, -1)

    return Plane(textured(rng, height, width, (60, 120, 70), 14, 4), drawn(height, width, draw), at)


def post(rng, height, width, x, at, *, lamp=False):
    """A post between the figure and the wall, with a lamp on it."""
    colours = textured(rng, height, width, (90, 60, 60), 10, 3)
    top = int(0.2 * height)
    if lamp:
        cv2.circle(colours, (int(x * width), top), max(2, width // 200), (255, 255, 255), -1)

    def draw(large, h, w):
        cv2.rectangle(large, (int((x - 0.02) * w), 4 * top - h // 50), (int((x + 0.02) * w), int(0.65 * h)), 255, -1)

    return Plane(colours, drawn(height, width, draw), at)
