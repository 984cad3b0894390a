"""What a thin lens sees of a made scene: slow and obvious.

A scene is made of planes, each whole, from the farthest to the nearest. Through each point of the aperture it is seen
as by a pinhole there: every point of a plane moved by its circle of confusion, the nearer planes before the farther.
The picture is the mean of these views. So each pixel is spread into its disc, back to front, and what is hidden from
the middle of the lens and seen from its rim is seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from focal.blur.linear_light import decode, encode

VIEWS = 64


@dataclass(frozen=True)
class Plane:
    """One thing: colours, uint8 (H, W, 3); how much it covers, float32 (H, W), 0..1; disparity: at + slope · row."""

    colours: np.ndarray
    coverage: np.ndarray
    at: float
    slope: float = 0.0

    def disparity(self):
        """float32 (H, W)"""
        rows = (self.at + self.slope * np.arange(len(self.coverage))).astype(np.float32)
        return np.tile(rows[:, None], (1, self.coverage.shape[1]))


def photo_of(planes):
    """The scene with everything sharp, uint8 (H, W, 3), and its disparity, float32 (H, W)."""
    light, disparity = decode(planes[0].colours), planes[0].disparity()
    for plane in planes[1:]:
        share = plane.coverage[..., None]
        light = light + share * (decode(plane.colours) - light)
        disparity = np.where(plane.coverage >= 0.5, plane.disparity(), disparity)
    return np.rint(encode(light) / 256).astype(np.uint8), disparity


def seen_by_a_lens(planes, focus, strength_frac, views=VIEWS):
    """The picture that a lens focused at a disparity takes, float (H, W, 3) in code values.

    Its circle of confusion at the end of the scale has a diameter of strength_frac of the longer side.
    """
    height, width = planes[0].coverage.shape
    most = strength_frac * max(height, width) / 2 / max(focus, 1 - focus)
    layers = [np.dstack([decode(plane.colours) * plane.coverage[..., None], plane.coverage]) for plane in planes]
    total = np.zeros((height, width, 3), np.float32)
    for u, v in _points_of_a_disc(views):
        view = None
        for plane, layer in zip(planes, layers, strict=True):
            # A point at (x, y) appears at (x + u · r, y + v · r), with r = most · (at + slope · y - focus).
            first, growth = most * (plane.at - focus), most * plane.slope
            down = np.array([1, -v * first]) / (1 + v * growth)  # y = down[0] · y' + down[1]
            back = np.array([[1, -u * growth * down[0], -u * (first + growth * down[1])], [0, down[0], down[1]]])
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            moved = cv2.warpAffine(layer, back, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT)
            view = moved[..., :3] if view is None else moved[..., :3] + (1 - moved[..., 3:]) * view
        total += view
    return encode(total / np.float32(views)) / 256


def _points_of_a_disc(count):
    """Points spread evenly over the unit disc (Vogel 1979)."""
    index = np.arange(count)
    radius, angle = np.sqrt((index + 0.5) / count), index * np.pi * (3 - np.sqrt(5))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)


def psnr(a, b):
    """Peak signal to noise ratio of two pictures in code values, dB."""
    return 10 * np.log10(255**2 / np.square(np.asarray(a, float) - b).mean())
