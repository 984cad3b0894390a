"""From the logits that a network gives to likelihoods."""

from __future__ import annotations

import numpy as np

from ...arrays import Floats


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), float32, 0..1, of the same shape."""
    result: Floats = np.reciprocal(1 + np.exp(-np.clip(x, -80, 80)))
    return result
