"""Diffusion of a seed over a graph of picture cells: cells that look alike and lie near each other share their saliency.

Learning with local and global consistency (Zhou et al., NIPS 2004), as manifold ranking (Yang et al., CVPR 2013) uses it for
saliency, on the features of a classifier instead of superpixel colours.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Kept a fixed set, because a pixel's look is what several layers together say: (tests and docs/quality.md give the figures).
APPEARANCE_BANDWIDTH = 0.05  # of the mean squared distance between two cells
POSITION_SIGMA = 0.4  # of the longer side: far cells that look alike still hold together
ALPHA = 0.95  # how much of its value a cell takes from its neighbours


def describe_cells(layers: Sequence[Floats], weights: Sequence[float], size: tuple[int, int]) -> Floats:
    """One row of features a cell; each layer standardised, then weighted so that its squared distances count weight².

    layers: float32 (C_i, h_i, w_i), any resolutions.   size: (h, w) of the grid.
    Returns float32 (h·w, ΣC_i).
    """
    return np.concatenate([_standardise(_resample(x, size)) * (k / len(x) ** 0.5) for x, k in zip(layers, weights)]).T


def affinity(cells: Floats, size: tuple[int, int]) -> Floats:
    """Edge weights between all pairs of cells: exp(-appearance distance² - position distance²), none to itself.

    cells: float32 (n, C), n = h·w, row by row.   size: (h, w) of the grid.   Returns float32 (n, n), symmetric, 0..1.
    """
    h, w = size
    position = np.stack(np.mgrid[:h, :w], -1).reshape(-1, 2).astype(np.float32) / max(h, w)
    appearance = _squared_distances(cells)
    scale = APPEARANCE_BANDWIDTH * float(appearance.mean()) + 1e-12  # one flat colour: all cells alike, not 0 / 0
    W = np.exp(-appearance / scale - _squared_distances(position) / (2 * POSITION_SIGMA**2))
    np.fill_diagonal(W, 0)
    return W


def diffuse(seed: Floats, W: Floats, alpha: float = ALPHA) -> Floats:
    """Solve (D - αW) f = D seed, the fixed point of f = αD⁻¹Wf + seed: each cell the mean of its kin plus its own seed.

    seed: float32 (n,).   W: float32 (n, n), symmetric, >= 0.   0 <= alpha < 1.   Returns float32 (n,), unscaled.
    """
    D = W.sum(1) + np.float32(1e-6)  # a cell unlike all others keeps its own seed
    return np.linalg.solve(np.diag(D) - np.float32(alpha) * W, D * seed)


def _resample(x: Floats, size: tuple[int, int]) -> Floats:
    """(C, h', w') -> (C, h·w): averaged when shrinking, bilinear when growing."""
    h, w = size
    how = cv2.INTER_AREA if x.shape[1] >= h else cv2.INTER_LINEAR
    return np.stack([cv2.resize(channel, (w, h), interpolation=how).ravel() for channel in x])


def _standardise(x: Floats) -> Floats:
    return (x - x.mean(1, keepdims=True)) / (x.std(1, keepdims=True) + np.float32(1e-6))


def _squared_distances(x: Floats) -> Floats:
    """(n, C) -> (n, n)"""
    norms = (x * x).sum(1)
    return np.maximum(norms[:, None] + norms - 2 * (x @ x.T), 0)
