"""Diffusion of a seed over a graph: nodes that look alike come to share their value.

Learning with local and global consistency (Zhou et al., NIPS 2004), which manifold ranking uses for saliency (Yang et
al., CVPR 2013).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from ..arrays import Floats

# How much of its value a node takes from similar nodes: .9 keeps more of the seed, .98 less; both make worse masks.
ALPHA = 0.95


def diffusion(W: Floats, alpha: float = ALPHA) -> Callable[[Floats], Floats]:
    """The smoothing that a graph stands for, factorised once for any number of seeds.

    W: float32 (n, n), symmetric, >= 0, the edge weights.   0 <= alpha < 1.
    Returns a function of a seed y, float32 (n,), to float32 (n,), or of several, (k, n), which cost little more than
    one: the solution of f = αD⁻¹Wf + y, D = diag(ΣW), divided by that for y = 1. So each value is a weighted mean of
    the seed, most of it from similar nodes.
    """
    edges = torch.from_numpy(W)
    D = edges.sum(1) + 1e-6  # a node that resembles no other keeps its own seed
    factor = torch.linalg.cholesky(torch.diag(D) - alpha * edges)

    def solve(y: torch.Tensor) -> torch.Tensor:
        return torch.cholesky_solve((D * y).T, factor).T

    total = solve(torch.ones(1, len(W)))

    def diffuse(seed: Floats) -> Floats:
        smooth: Floats = (solve(torch.from_numpy(np.atleast_2d(seed))) / total).numpy()
        return smooth.reshape(seed.shape)

    return diffuse
