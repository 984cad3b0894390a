"""How far a mask can be trusted, told from how it came about."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .cell_graph import Floats

Bools = npt.NDArray[np.bool_]

# Fitted to the true IoU by logistic regression (docs/mask.md).
CONTRAST, STEADINESS, BORDER, BIAS = 2.36, 3.14, -2.39, -2.26
# The threshold is moved by that much of itself to see how much of the area depends on it.
NUDGE = 0.3


def mask_confidence(score: Floats, threshold: float, area: Bools) -> float:
    """An estimate of the mask's IoU with the true subject, 0..1.

    score: float32 (h, w), 0..1, that the area was cut from at the threshold.   area: bool (h, w).
    """
    return 1 / (
        1
        + math.exp(
            -(
                CONTRAST * contrast(score, area)
                + STEADINESS * steadiness(score, threshold)
                + BORDER * border_share(area)
                + BIAS
            )
        )
    )


def contrast(score: Floats, area: Bools) -> float:
    """Mean score within the area less that outside; 0 without an inside or an outside."""
    if area.all() or not area.any():
        return 0.0
    return float(score[area].mean() - score[~area].mean())


def steadiness(score: Floats, threshold: float) -> float:
    """The share of the area that a raised threshold leaves of that of a lowered one; 0 if even this has none."""
    wide = np.count_nonzero(score > threshold * (1 - NUDGE))
    return np.count_nonzero(score > threshold * (1 + NUDGE)) / wide if wide else 0.0


def border_share(area: Bools) -> float:
    """How much of the picture's border the area takes."""
    return float(np.concatenate([area[0], area[-1], area[:, 0], area[:, -1]]).mean())
