"""How far a mask can be trusted, told from the mask and the graph that it came from.

Three things set good masks apart from bad ones (docs/mask.md): the graph gives a good mask back when the mask itself is
diffused over it; a good mask leaves the border of the picture alone; and its threshold lies high, since the score is
dim where much is a little like a subject and nothing is one.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np

from ..arrays import Bools, Floats

# Fitted to true IoUs by logistic regression, docs/mask.md: weights of agreement (in log-odds), border and threshold.
AGREEMENT, BORDER, THRESHOLD, BIAS = 1.0, -5.4, 5.6, -2.15
# What is left of the border's weight where the subject fills the frame and must meet the border.
BORDER_OF_FILLED_FRAME = 0.5
# Added to agreement and disagreement, so that the log-odds of none and of all are finite.
LEAST_ODDS = 0.02


def mask_confidence(
    area: Bools,
    threshold: float,
    diffuse: Callable[[Floats], Floats],
    grid: tuple[int, ...],
    *,
    fills_frame: bool = False,
) -> float:
    """An estimate of the IoU of the subject's area with the true one, 0..1.

    area: bool (h, w).   threshold: Otsu's, 0..1, of the score that the area was cut from.
    diffuse: the diffusion, float32 (r·c,) -> (r·c,), over the graph of the cells of a grid (r, c).
    fills_frame: whether the subject was found to fill the frame.
    """
    agreement = graph_agreement(area, diffuse, grid)
    odds = math.log((agreement + LEAST_ODDS) / (1 - agreement + LEAST_ODDS))
    border = border_share(area) * (BORDER_OF_FILLED_FRAME if fills_frame else 1)
    return 1 / (1 + math.exp(-(AGREEMENT * odds + BORDER * border + THRESHOLD * threshold + BIAS)))


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


def border_share(area: Bools) -> float:
    """How much of the picture's border the area takes, 0..1."""
    return float(np.concatenate([area[0], area[-1], area[:, 0], area[:, -1]]).mean())
