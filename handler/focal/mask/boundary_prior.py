"""The boundary prior: what looks like the border of the picture is background (Wei et al., ECCV 2012)."""

from __future__ import annotations

import cv2
import numpy as np

from ..arrays import Bools, Floats
from .graph import squared_distances, standardise

# Added to the distances to a border node that is fully salient, in mean squared distances of two nodes: such a node is
# less likely background.
SALIENT_BORDER_PENALTY = 0.5
# Added likewise where the border node is part of a person. Three times as much makes no difference.
BODY_BORDER_PENALTY = 1.0
# A node is compared with the most similar tenth of the border: there may be several backgrounds along the border.
SIMILAR_BORDER_FRAC = 0.1
FEWEST_SIMILAR = 3


class BoundaryPrior:
    """How different each node of a photo looks from the photo's border; the same for all classes.

    feature: float32 (C, h, w), the network's finest feature map of the photo.
    body: float32, on any grid over the photo, 0..1, where people are: they are not background, even at the border.
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
        """The mean squared distance to the most similar border nodes, penalties included.

        saliency: float32 (h, w), 0..1.   Returns float32 (h, w), >= 0.
        """
        distance = self._to_border + np.float32(SALIENT_BORDER_PENALTY) * saliency.ravel()[self._border]
        count = max(min(FEWEST_SIMILAR, distance.shape[1]), int(SIMILAR_BORDER_FRAC * distance.shape[1]))
        similar = np.partition(distance, count - 1, 1)[:, :count]
        return np.asarray(similar.mean(1).reshape(self.size), np.float32)


def _border(size: tuple[int, int]) -> Bools:
    """Which nodes, row by row, lie at an edge of the picture.   (h, w) -> bool (h·w,)."""
    border = np.ones(size, bool)
    border[1:-1, 1:-1] = False
    return border.ravel()
