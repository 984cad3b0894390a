"""Diffusion over a graph, against loops and a dense solution."""

from __future__ import annotations

import numpy as np
import pytest
from focal.mask.diffusion import ALPHA, diffusion
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays


def random_graph(seed: int, n: int) -> np.ndarray:
    """Symmetric edge weights, float32 (n, n), 0..1, none from a cell to itself."""
    drawn = np.random.default_rng(seed).random((n, n), np.float32)
    W = (drawn + drawn.T) / 2
    np.fill_diagonal(W, 0)
    return W


def by_repetition(W: np.ndarray, y: np.ndarray, alpha: float) -> np.ndarray:
    """f = αD⁻¹Wf + y, cell by cell, until nothing changes."""
    f = y.astype(np.float64)
    for _ in range(600):
        f = np.array([alpha * sum(W[i] * f) / sum(W[i]) + y[i] for i in range(len(y))])
    return f


@pytest.mark.parametrize("alpha", [0.0, 0.5, ALPHA])
def test_it_is_the_fixed_point_of_taking_the_neighbours_mean(alpha):
    W, y = random_graph(0, 12), np.random.default_rng(1).random(12, np.float32)

    diffused = diffusion(W, alpha)(y)

    expected = by_repetition(W, y, alpha) / by_repetition(W, np.ones(12), alpha)
    np.testing.assert_allclose(diffused, expected, rtol=1e-4)


def test_it_is_the_dense_solution():
    W, y = random_graph(2, 60), np.random.default_rng(3).random(60, np.float32)
    D = W.sum(1, dtype=np.float64)
    inverse = np.linalg.inv(np.diag(D) - ALPHA * W.astype(np.float64))

    np.testing.assert_allclose(diffusion(W)(y), (inverse @ (D * y)) / (inverse @ D), rtol=1e-4)


def test_cells_that_share_nothing_keep_to_their_groups():
    W = np.zeros((6, 6), np.float32)
    W[:3, :3] = W[3:, 3:] = 1
    np.fill_diagonal(W, 0)

    diffused = diffusion(W)(np.float32([1, 0, 0, 0, 0, 0]))

    assert diffused[1] == pytest.approx(diffused[2])
    assert diffused[:3].min() > 0.2
    np.testing.assert_allclose(diffused[3:], 0, atol=1e-6)


def test_a_cell_unlike_all_others_keeps_its_own_seed():
    W = random_graph(4, 5)
    W[2] = W[:, 2] = 0

    assert diffusion(W)(np.float32([0, 0, 0.7, 1, 1]))[2] == pytest.approx(0.7, rel=1e-3)


@given(arrays.arrays(np.float32, 9, elements=st.floats(0, 1, width=32)), st.integers(0, 1000))
def test_no_value_leaves_the_range_of_the_seed(seed, graph):
    diffused = diffusion(random_graph(graph, 9))(seed)

    assert diffused.min() >= seed.min() - 1e-4
    assert diffused.max() <= seed.max() + 1e-4


@given(st.floats(-1, 1, width=32))
def test_a_constant_stays_as_it_is(value):
    diffused = diffusion(random_graph(5, 20))(np.full(20, value, np.float32))

    np.testing.assert_allclose(diffused, value, atol=1e-5)
