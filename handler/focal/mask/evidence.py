"""The evidence that a place belongs to the subject, up to the score that the mask is cut from; see docs/mask.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..arrays import Floats
from ..network.saliency import Saliency
from .clothes import wearers
from .photo_graph import PhotoGraph
from .seed import background_distance, clip_brightest, inner_saliency
from .threshold import Cut, best_cut, otsu_threshold, overrules

# Standard deviation of the Gaussian across the picture, of its width, by which the centred seed is weighted.
CENTRED_FRAC = 0.4
# Of the seed: what looks alike to a network that cannot say what is at its places.
AKIN = 1 / 3
# Of the second seed: how sharply it turns from outside to inside at Otsu's threshold.
STEEPNESS = 12
# Of the first diffusion, as the range of the map. Above the 99th: a tiny subject is less than 1 % of the nodes.
DARKEST_PERCENTILE, BRIGHTEST_PERCENTILE = 1, 99.8
# A map of less is constant but for rounding.
LEAST_RANGE = np.float32(1e-3)


@dataclass(frozen=True)
class Evidence:
    """The steps on the way to the score, for one class of a photo.

    background_distance: float32 (r, c), >= 0, on the graph's nodes, from the boundary prior.
    salient: float32 (r, c), 0..1: saliency times that distance, less where the photo is out of focus.
    seed: float32 (r, c), 0..1: the same, or somebody.
    standing_out: float32 (r, c), 0..1: what is salient, diffused twice, whoever is there.
    cut: of the score, float32 (h, w), 0..1: the seed, with what looks alike if the graph knows that, or what is salient
        and inward, diffused twice and brought to the guide's edges.
    overruled: the seed's cut, where that of what is inward took its place.
    """

    background_distance: Floats
    salient: Floats
    seed: Floats
    standing_out: Floats
    cut: Cut
    overruled: Cut | None = None


def gather_evidence(graph: PhotoGraph, saliency: Saliency) -> Evidence:
    """The evidence of one class, from the graph of its photo and the saliency of a view over the whole of it."""
    wearing = None if graph.worn is None else wearers(graph.worn)
    distance = background_distance(graph.boundary_prior, saliency, graph.size, wearing)
    inner = inner_saliency(saliency, graph.size, wearing)
    salient = clip_brightest(clip_brightest(inner * distance) * graph.focus)
    beside = clip_brightest(inward(inner) * graph.focus) if graph.body is None else salient
    whole = salient if graph.looks is None else clip_brightest((1 - AKIN) * salient + AKIN * akin(beside, graph.looks))
    seeds = [_with_people(graph.body, seed) for seed in (whole, centred(whole))]
    *of_seeds, of_beside = diffuse_twice(np.stack([*seeds, beside]), graph.diffuse)
    cut = best_cut([graph.score(nodes) for nodes in of_seeds])
    if graph.body is not None:
        return Evidence(distance, salient, seeds[0], of_beside, cut)
    of_inward = best_cut([graph.score(of_beside)])
    taken, overruled = (of_inward, cut) if overrules(of_inward, cut) else (cut, None)
    return Evidence(distance, salient, salient, of_seeds[0], taken, overruled)


def centred(seed: Floats) -> Floats:
    """The seed, float32 (r, c), 0..1, with less weight towards the left and the right border."""
    x = (np.arange(seed.shape[1], dtype=np.float32) + np.float32(0.5)) / seed.shape[1] - np.float32(0.5)
    return clip_brightest(seed * np.exp(-(x**2) / np.float32(2 * CENTRED_FRAC**2)))


def inward(saliency: Floats) -> Floats:
    """The saliency, float32 (r, c), 0..1, times how far each node is from the left, the top and the right border.

    What is worn often looks like the background, and a body that the picture cuts off is a long stretch of its border:
    whatever it looks like, what leaves the picture at the bottom is inside. The weight is 1 at most.
    """
    rows, columns = (np.arange(n, dtype=np.float32) + np.float32(0.5) for n in saliency.shape)
    far = np.minimum(np.minimum(columns, columns[::-1]), rows[:, None])
    return np.asarray(saliency * clip_brightest(far), np.float32)


def akin(likely: Floats, looks: Floats) -> Floats:
    """How far each node has what likely nodes have in common, whatever its colour: a head and its shirt are somebody.

    Each node's looks along the mean of all nodes' looks, weighted by how likely these are. Without the weights that
    mean is zero, so this is the way from what is unlikely to what is likely.
    likely: float32 (r, c), 0..1.   looks: float32 (r·c, C), see PhotoGraph.   Returns float32 (r, c), 0..1.
    """
    return stretch((looks @ (likely.ravel() @ looks)).reshape(likely.shape))


def _with_people(body: Floats | None, seed: Floats) -> Floats:
    """That the seed or the body holds, or both (noisy-or), float32 (r, c), 0..1."""
    return seed if body is None else np.asarray(1 - (1 - seed) * (1 - body), np.float32)


def diffuse_twice(seed: Floats, diffuse: Callable[[Floats], Floats]) -> Floats:
    """Diffuse a seed over a graph; then once more, from halfway between the seed and the sharpened first result.

    The second pass evens out what the first left in levels: a head brighter than its body.
    seed: float32 (r, c), 0..1, or several, (k, r, c).   diffuse: float32 (k, r·c) -> (k, r·c).
    Returns float32, 0..1, of the seed's shape.
    """
    seeds = seed.reshape(-1, seed.shape[-2] * seed.shape[-1])
    sharpened = np.stack([_sharpened(stretch(nodes)) for nodes in diffuse(seeds)])
    halfway = np.asarray((seeds + sharpened) / 2, np.float32)
    return np.stack([stretch(nodes) for nodes in diffuse(halfway)]).reshape(seed.shape)


def _sharpened(nodes: Floats) -> Floats:
    """Nearly 0 below Otsu's threshold of a map in 0..1, nearly 1 above it."""
    return np.asarray(1 / (1 + np.exp(-STEEPNESS * (nodes - np.float32(otsu_threshold(nodes))))), np.float32)


def stretch(x: Floats) -> Floats:
    """Linearly to 0..1 between the DARKEST_ and the BRIGHTEST_PERCENTILE; a constant map, but for rounding, to 0."""
    low, high = np.percentile(x, [DARKEST_PERCENTILE, BRIGHTEST_PERCENTILE]).astype(np.float32)
    stretched: Floats = np.clip((x - low) / max(high - low, LEAST_RANGE), 0, 1)
    return stretched
