"""How near each place of a photo is, whatever it was learned from."""

from __future__ import annotations

from dataclasses import dataclass

from ..arrays import Floats


@dataclass(frozen=True)
class DepthMap:
    """The disparity of a photo: linear in one over the distance, as stereo pairs, phones and depth networks give it.

    disparity: float32 (h, w), 0 (farthest) to 1 (nearest), of the upright photo's shape at any resolution.
    source: what it was read or made from, a word.
    """

    disparity: Floats
    source: str
