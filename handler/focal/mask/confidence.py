"""How far a mask can be trusted, told from the mask and the graph that it came from.

Three things set good masks apart from bad ones (docs/mask.md): the graph gives a good mask back when the mask itself is
diffused over it; a good mask leaves the left and the right border of the picture alone; and the score that it was cut
from parts clearly there.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np

from ..arrays import Bools, Floats

# Fitted to true IoUs by logistic regression, docs/mask.md: weights of agreement (in log-odds), sides and quality.
AGREEMENT, SIDES, QUALITY, BIAS = 1.0, -4.0, 2.8, -2.8
# Added to agreement and disagreement, so that the log-odds of none and of all are finite.
LEAST_ODDS = 0.02


def mask_confidence(
    area: Bools,
    quality: float,
    diffuse: Callable[[Floats], Floats],
    grid: tuple[int, ...],
) -> float:
    """An estimate of the IoU of the subject's area with the true one, 0..1.

    area: bool (h, w).   quality: of the cut that the area comes from, see `Cut`.
    diffuse: the diffusion, float32 (r·c,) -> (r·c,), over the graph of the cells of a grid (r, c).
    """
    agreement = graph_agreement(area, diffuse, grid)
    odds = math.log((agreement + LEAST_ODDS) / (1 - agreement + LEAST_ODDS))
    return 1 / (1 + math.exp(-(AGREEMENT * odds + SIDES * side_share(area) + QUALITY * quality + BIAS)))


def graph_agreement(area: Bools, diffuse: Callable[[Floats], Floats], grid: tuple[int, ...]) -> float:
    """Soft IoU of the area, on the grid, with what the diffusion makes of it; 0 if it is nothing or everything.

    An area that cuts through cells much alike bleeds out over its edge and fades within.
    """
    if area.all() or not area.any():
        return 0.0
    cells = cv2.resize(area.astype(np.float32), grid[::-1], interpolation=cv2.INTER_AREA)
    cells = np.asarray(cells, np.float32).ravel()
    diffused = diffuse(cells)
    return float(np.minimum(cells, diffused).sum() / np.maximum(cells, diffused).sum())


def side_share(area: Bools) -> float:
    """How much of the picture's left and right border the area takes, 0..1."""
    return float(area[:, [0, -1]].mean())
