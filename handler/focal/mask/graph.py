"""The picture as a graph of nodes: what each node looks like to the network, and how similar any two are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from ..arrays import Floats

# Of the mean squared distance between two nodes: small, so that only very similar nodes are joined (docs/decisions.md).
BANDWIDTH = 0.02
# Of an affinity: less would not be a normal number in float32, and arithmetic with others takes many times as long.
LEAST_EXPONENT = np.float32(-80)


def resample(maps: Floats, view_px: tuple[int, int], size: tuple[int, int]) -> Floats:
    """Read maps of the network bilinearly at the centres of a grid over the view.

    maps: float32 (C, h, w), of stride 2^k pixels of the view. Where a network does not pad (AlexNet's pools) they cover
    less than the view: they lie in its middle and go on constantly beyond their edges.
    view_px: (height, width) of the network's view.   size: (H, W) of the grid.   Returns float32 (C, H, W).
    """
    stride_px = 2 ** int(np.log2(max(view_px) / max(maps.shape[1:])))
    rows, columns = (
        _interpolation(n, length, stride_px, m) for n, length, m in zip(maps.shape[1:], view_px, size, strict=True)
    )
    wide = maps.reshape(-1, maps.shape[2]) @ columns.T  # one product, (C·h, W), where a map at a time would take C
    return np.asarray(rows @ wide.reshape(*maps.shape[:2], -1), np.float32)


def standardise(maps: Floats) -> Floats:
    """One row a node, each channel of zero mean and unit spread over the picture, divided by sqrt(C).

    float32 (C, h, w) -> (h·w, C). Two nodes' mean squared distance is then 2 in every layer.
    """
    x = maps.reshape(len(maps), -1)
    x = x - x.mean(1, keepdims=True)
    spread = np.sqrt(np.vecdot(x, x) / np.float32(x.shape[1])) + np.float32(1e-6)
    x /= (spread * np.float32(len(maps) ** 0.5))[:, None]
    nodes: Floats = x.T
    return nodes


def squared_distances(a: Floats, b: Floats) -> Floats:
    """Between each row of a, (n, C), and each of b, (m, C).   Returns float32 (n, m), >= 0."""
    squares: Floats = (a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * (a @ b.T)
    return np.maximum(squares, 0, out=squares)


def looks(layers: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """What each node looks like: one row a node, all layers side by side, each channel of zero mean over the picture.

    layers: float32 (C_i, h, w) on one grid.   weights: how much each counts.   Returns float32 (h·w, ΣC_i).
    Where a node lies does not matter: a term for position only hurt (docs/decisions.md).
    """
    return np.concatenate([np.float32(k) * standardise(x) for x, k in zip(layers, weights, strict=True)], 1)


def affinity(nodes: Floats) -> Floats:
    """How similar any two nodes are: exp(-squared distance / (BANDWIDTH · its mean)); 0 for a node with itself.

    nodes: float32 (n, C), as `looks` gives them.   Returns float32 (n, n), symmetric, 0..1.
    """
    mean_distance = 2 * np.linalg.norm(nodes) ** 2 / len(nodes)  # since the mean of all nodes is zero
    nodes = nodes * np.float32((2 / (BANDWIDTH * mean_distance + 1e-12)) ** 0.5)
    W: Floats = nodes @ nodes.T  # its exponent is this minus half of both squares, as (a − b)² = a² + b² − 2ab
    half_squares = W.diagonal() / 2
    W -= half_squares
    W -= half_squares[:, None]
    np.maximum(W, LEAST_EXPONENT, out=W)
    np.exp(W, out=W)
    np.fill_diagonal(W, 0)
    return W


@lru_cache(maxsize=64)  # photos come in few shapes
def _interpolation(n: int, length_px: int, stride_px: int, m: int) -> Floats:
    """The matrix (m, n) that reads n samples, stride_px apart in the middle of length_px, at m equal steps' centres."""
    centres_px = (np.arange(m) + 0.5) * length_px / m
    first_px = length_px / 2 - (n - 1) / 2 * stride_px
    position = np.clip((centres_px - first_px) / stride_px, 0, n - 1)
    return np.asarray(np.maximum(0, 1 - np.abs(position[:, None] - np.arange(n))), np.float32)
