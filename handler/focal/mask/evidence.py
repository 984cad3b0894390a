"""The evidence that a place belongs to the subject, up to the score that the mask is cut from; see docs/mask.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ..arrays import Floats
from ..network.saliency import Saliency
from .parts import otsu_threshold
from .photo_graph import PhotoGraph
from .seed import background_distance, clip_brightest, inner_saliency

# Of the second seed: how sharply it turns from outside to inside at Otsu's threshold.
STEEPNESS = 12
# Of the first diffusion, as the range of the map. Above the 99th: a tiny subject is less than 1 % of the nodes.
DARKEST_PERCENTILE, BRIGHTEST_PERCENTILE = 1, 99.8


@dataclass(frozen=True)
class Evidence:
    """The steps on the way to the score, for one class of a photo.

    seed: float32 (r, c), 0..1, on the graph's nodes: saliency times the distance to the background, or somebody.
    nodes: float32 (r, c), 0..1, the diffused seed.   score: float32 (h, w), 0..1, the nodes at the guide's edges.
    background_distance: float32 (h, w), >= 0, from the boundary prior.
    """

    seed: Floats
    nodes: Floats
    score: Floats
    background_distance: Floats


def gather_evidence(graph: PhotoGraph, saliency: Saliency) -> Evidence:
    """The evidence of one class, from the graph of its photo and the saliency of a view over the whole of it."""
    distance = background_distance(graph.boundary_prior, saliency, graph.size)
    seed = clip_brightest(inner_saliency(saliency, graph.size) * distance)
    if graph.body is not None:
        seed = np.asarray(1 - (1 - seed) * (1 - graph.body), np.float32)
    nodes = diffuse_twice(seed, graph.diffuse)
    return Evidence(seed, nodes, graph.score(nodes), graph.enlarge(distance, cv2.INTER_LINEAR))


def diffuse_twice(seed: Floats, diffuse: Callable[[Floats], Floats]) -> Floats:
    """Diffuse the seed over a graph; then once more, from halfway between the seed and the sharpened first result.

    The second pass evens out what the first left in levels: a head brighter than its body.
    seed: float32 (r, c), 0..1.   diffuse: float32 (r·c,) -> (r·c,).   Returns float32 (r, c), 0..1.
    """
    first = stretch(diffuse(seed.ravel()))
    sharp = 1 / (1 + np.exp(-STEEPNESS * (first - np.float32(otsu_threshold(first)))))
    return stretch(diffuse((seed.ravel() + sharp) / 2)).reshape(seed.shape)


def stretch(x: Floats) -> Floats:
    """Linearly to 0..1 between the DARKEST_ and the BRIGHTEST_PERCENTILE; a constant map to 0."""
    low, high = np.percentile(x, [DARKEST_PERCENTILE, BRIGHTEST_PERCENTILE]).astype(np.float32)
    stretched: Floats = np.clip((x - low) / (high - low + np.float32(1e-6)), 0, 1)
    return stretched
