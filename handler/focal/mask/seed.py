"""Where the subject is likely: guided gradients of the network's inner layers, and the distance to the background."""

from __future__ import annotations

import numpy as np

from ..arrays import Floats
from ..network.saliency import Saliency
from .boundary_prior import BoundaryPrior
from .graph import resample

# The brightest nodes are clipped, or a dog's nose would leave the dog behind.
BRIGHTEST_PERCENTILE = 98


def background_distance(
    prior: BoundaryPrior, saliency: Saliency, size: tuple[int, int], wearing: Floats | None = None
) -> Floats:
    """The boundary prior's distance, found on the prior's own grid, read on a grid (h, w).

    wearing: as for inner_saliency.   Returns float32 (h, w), >= 0.
    """
    own = prior.distance(inner_saliency(saliency, prior.size, wearing))
    return np.asarray(resample(own[None], saliency.features.view_px, size)[0])


def inner_saliency(saliency: Saliency, size: tuple[int, int], wearing: Floats | None = None) -> Floats:
    """The mean of the layer maps of all features but the finest, on a grid (h, w).   Returns float32 (h, w), 0..1.

    wearing: float32 (h', w'), 0..1, where the last layer shows somebody by clothes: one layer more, if it is known.
    """
    features = saliency.features
    maps = [layer_map(x, g) for x, g in zip(features.maps[1:], saliency.feature_gradients, strict=True)]
    layers = [clip_brightest(resample(x[None], features.view_px, size)[0]) for x in maps]
    if wearing is not None:
        layers.append(np.clip(resample(wearing[None], features.view_px, size)[0], 0, 1))
    return np.asarray(np.mean(layers, 0), np.float32)


def layer_map(feature: Floats, gradient: Floats) -> Floats:
    """sqrt(Σ_c relu(gradient · (feature - its mean))), LayerCAM (Jiang et al., 2021) of guided gradients.

    At the input the guided gradient marks the subject's edges; at the inner layers, the subject. What a channel gives
    everywhere, it gives to the background.   float32 (C, h, w) -> (h, w), >= 0.
    """
    evidence: Floats = np.maximum(gradient * (feature - feature.mean((1, 2), keepdims=True)), 0).sum(0)
    return np.sqrt(evidence)


def clip_brightest(x: Floats) -> Floats:
    """Divide by the BRIGHTEST_PERCENTILE and clip to 0..1. All zeros stay so."""
    clipped: Floats = np.clip(x / np.float32(np.percentile(x, BRIGHTEST_PERCENTILE) + 1e-12), 0, 1)
    return clipped
