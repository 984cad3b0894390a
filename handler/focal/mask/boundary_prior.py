"""The boundary prior: what looks like the border of the picture is background (Wei et al., ECCV 2012)."""

from __future__ import annotations

import cv2
import numpy as np

from ..arrays import Bools, Floats
from .graph import squared_distances, standardise

# A border node counts as that much less background, in mean squared distances of two nodes, when it is salient itself.
SALIENT_BORDER_PENALTY = 0.5
# And that much less when it is part of somebody. Three times as much makes no difference.
BODY_BORDER_PENALTY = 1.0
# A node is compared with the tenth of the border that is most similar to it: the border may hold several backgrounds.
SIMILAR_BORDER_FRAC = 0.1
FEWEST_SIMILAR = 3


class BoundaryPrior:
    """How different each place of a photo looks from the photo's border, whichever class is asked for.

    feature: float32 (C, h, w), the network's finest feature map of the photo.
    body: float32, on any grid over the photo, 0..1, where people are: no background, even where they leave the picture.
    """

    def __init__(self, feature: Floats, body: Floats | None = None) -> None:
        self.size: tuple[int, int] = (feature.shape[1], feature.shape[2])
        self._border = _border(self.size)
        nodes = standardise(feature)
        # Halved, since two nodes are 2 apart on average.
        self._to_border = squared_distances(nodes, nodes[self._border]) / 2  # (h·w, border nodes)
        if body is not None:
            own = cv2.resize(body, self.size[::-1], interpolation=cv2.INTER_LINEAR)
            self._to_border += np.float32(BODY_BORDER_PENALTY) * own.ravel()[self._border]

    def distance(self, saliency: Floats) -> Floats:
        """The mean, over the most similar border places, of the squared distance plus the penalty of salient ones.

        saliency: float32 (h, w), 0..1; a salient border is less of a background.   Returns float32 (h, w), >= 0.
        """
        distance = self._to_border + np.float32(SALIENT_BORDER_PENALTY) * saliency.ravel()[self._border]
        count = max(min(FEWEST_SIMILAR, distance.shape[1]), int(SIMILAR_BORDER_FRAC * distance.shape[1]))
        similar = np.partition(distance, count - 1, 1)[:, :count]
        return np.asarray(similar.mean(1).reshape(self.size), np.float32)


def _border(size: tuple[int, int]) -> Bools:
    """Which places, row by row, touch an edge of the picture.   (h, w) -> bool (h·w,)."""
    border = np.ones(size, bool)
    border[1:-1, 1:-1] = False
    return border.ravel()
