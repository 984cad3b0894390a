"""How near each place of a photo is, whatever it was learned from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Floats, Pixels, Words


@dataclass(frozen=True)
class DepthMap:
    """The disparity of a photo: linear in one over the distance, as stereo pairs, phones and depth networks give it.

    disparity: float32 (h, w), 0 (farthest) to 1 (nearest), of the upright photo's shape at any resolution.
    source: what it was read or made from, a word.
    """

    disparity: Floats
    source: str

    def reversed(self) -> DepthMap:
        """The map of which white was far."""
        return DepthMap(1 - self.disparity, self.source)


@dataclass(frozen=True)
class Portrait:
    """What a phone's portrait mode left in a photo's file.

    depth: the photo's own.   matte: uint8 (h, w), 255 where the phone saw people, of the photo's shape.
    is_blurred: whether the phone has blurred the picture already.   is_original: whether it has, and the photo's pixels
    are those of the sharp picture that the file holds as well.
    """

    depth: DepthMap | None = None
    matte: Pixels | None = None
    is_blurred: bool = False
    is_original: bool = False


_FLOAT32 = np.finfo(np.float32)

NO_PORTRAIT = Portrait()


def of_disparity(greys: Words, source: str) -> DepthMap:
    """The map of greys, uint16 (h, w), that are linear in disparity, white near."""
    return DepthMap(greys.astype(np.float32) * np.float32(1 / 65_535), source)


def of_distance(greys: Words, near: float, far: float, source: str) -> DepthMap:
    """The map of greys, uint16 (h, w), that are linear in distance, from black at `near` to white at `far`.

    A grey v, 0..1, is at the distance d = near + v (far - near); its disparity, 1 at near and 0 at far, is
    (1/d - 1/far) / (1/near - 1/far) = near (1 - v) / d.
    Raises ValueError unless 0 < near < far, and both are ordinary numbers in float32.
    """
    if not float(_FLOAT32.tiny) <= near < far <= float(_FLOAT32.max):
        raise ValueError("no range of distances")
    v = greys.astype(np.float32) * np.float32(1 / 65_535)
    return DepthMap(np.asarray(near * (1 - v) / (near + v * (far - near)), np.float32), source)
