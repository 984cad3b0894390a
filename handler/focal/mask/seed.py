"""Where the subject shows: the guided gradients of the network's inner layers, and unlikeness to the border."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..network.saliency import Saliency
from .graph import Floats, resample, squared_distances, standardise

Bools = npt.NDArray[np.bool_]

# The brightest cells are clipped, or a dog's nose would leave the dog behind.
BRIGHTEST_PERCENTILE = 98
# A border cell counts as that much less background, in mean squared distances of two cells, when it is salient itself.
SALIENT_BORDER_PENALTY = 0.5
# A cell is compared with the tenth of the border that it resembles most: the border may hold several backgrounds.
LIKEST_BORDER = 0.1


def unlike_border(saliency: Saliency, size: tuple[int, int]) -> Floats:
    """The border distance of the finest feature, found on its own grid, read on a grid (h, w).

    Returns float32 (h, w), >= 0.
    """
    fine = saliency.features[0]
    own = border_distance(fine, inner_saliency(saliency, (fine.shape[1], fine.shape[2])))
    return np.asarray(resample(own[None], view_px(saliency), size)[0])


def view_px(saliency: Saliency) -> tuple[int, int]:
    """Height and width of the view that the network had."""
    return saliency.view_px


def inner_saliency(saliency: Saliency, size: tuple[int, int]) -> Floats:
    """The mean of the layer maps of all features but the finest, on a grid (h, w).   Returns float32 (h, w), 0..1."""
    maps = [layer_map(x, g) for x, g in zip(saliency.features[1:], saliency.feature_gradients[1:], strict=True)]
    layers = [resample(x[None], view_px(saliency), size)[0] for x in maps]
    return np.asarray(np.mean([clip_brightest(layer) for layer in layers], 0), np.float32)


def layer_map(feature: Floats, gradient: Floats) -> Floats:
    """sqrt(Σ_c relu(gradient · (feature - its mean))), LayerCAM (Jiang et al., 2021) of guided gradients.

    At the input the guided gradient marks the subject's edges; at the inner layers, the subject. What a channel gives
    everywhere, it gives to the background.   float32 (C, h, w) -> (h, w), >= 0.
    """
    evidence: Floats = np.maximum(gradient * (feature - feature.mean((1, 2), keepdims=True)), 0).sum(0)
    return np.sqrt(evidence)


def border_distance(feature: Floats, saliency: Floats) -> Floats:
    """How unlike the border of the picture each place looks (the background prior of Wei et al., ECCV 2012).

    feature: float32 (C, h, w).   saliency: float32 (h, w), 0..1; a salient border is less of a background.
    Returns float32 (h, w), >= 0: the mean, over the likest border places, of the squared distance plus the penalty.
    """
    cells, border = standardise(feature), _border(saliency.shape)
    # Halved, since two cells are 2 apart on average.
    penalty = np.float32(SALIENT_BORDER_PENALTY) * saliency.ravel()[border]
    distance = squared_distances(cells, cells[border]) / 2 + penalty
    count = max(min(3, distance.shape[1]), int(LIKEST_BORDER * distance.shape[1]))
    likest = np.partition(distance, count - 1, 1)[:, :count]
    return np.asarray(likest.mean(1).reshape(saliency.shape), np.float32)


def clip_brightest(x: Floats) -> Floats:
    """Divide by the BRIGHTEST_PERCENTILE and clip to 0..1. All zeros stay so."""
    clipped: Floats = np.clip(x / np.float32(np.percentile(x, BRIGHTEST_PERCENTILE) + 1e-12), 0, 1)
    return clipped


def _border(size: tuple[int, ...]) -> Bools:
    """Which places, row by row, touch an edge of the picture.   (h, w) -> bool (h·w,)."""
    border = np.ones(size, bool)
    border[1:-1, 1:-1] = False
    return border.ravel()
