"""A map of depth that the client sends, as depth networks, stereo pairs and other programs make them."""

from __future__ import annotations

from ..errors import InvalidOption
from .depth import DepthMap
from .shape import is_nearly_of_shape


def fitting_depth(depth: DepthMap, size: tuple[int, ...], near: str) -> DepthMap:
    """A decoded map as that of an upright photo.

    size: height and width of the photo.   near: what is near in the map, "white" or "black".
    Raises InvalidOption if it has another shape.
    """
    (h, w), (height, width) = depth.disparity.shape, size
    if not is_nearly_of_shape((h, w), (height, width)):
        raise InvalidOption(
            f"depthImage is of another shape, {w / h:.3f} times as wide as high, than the upright photo of "
            f"{width} by {height} pixels; send a map of the same shape."
        )
    return depth.reversed() if near == "black" else depth
