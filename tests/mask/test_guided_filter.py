"""The guided filter against its definition, window by window."""

from __future__ import annotations

import numpy as np
import pytest
from focal.mask.guided_filter import GuidedFilter, solve_symmetric


def by_definition(guide: np.ndarray, p: np.ndarray, radius_px: int, eps: float) -> np.ndarray:
    """He et al. 2010, equations 14 and 15, one window after the other, in float64."""
    (h, w), r = p.shape, radius_px
    pad = [(r, r), (r, r)]
    I = np.pad(guide.astype(np.float64), [*pad, (0, 0)], mode="symmetric")  # noqa: E741
    P = np.pad(p.astype(np.float64), pad, mode="symmetric")
    a, b = np.empty((h, w, 3)), np.empty((h, w))
    for y in range(h):
        for x in range(w):
            colours = I[y : y + 2 * r + 1, x : x + 2 * r + 1].reshape(-1, 3)
            values = P[y : y + 2 * r + 1, x : x + 2 * r + 1].ravel()
            covariance = np.cov(colours.T, bias=True) + eps * np.eye(3)
            shared = (colours * values[:, None]).mean(0) - colours.mean(0) * values.mean()
            a[y, x] = np.linalg.solve(covariance, shared)
            b[y, x] = values.mean() - a[y, x] @ colours.mean(0)
    a, b = np.pad(a, [*pad, (0, 0)], mode="symmetric"), np.pad(b, pad, mode="symmetric")
    q = np.empty((h, w))
    for y in range(h):
        for x in range(w):
            window = slice(y, y + 2 * r + 1), slice(x, x + 2 * r + 1)
            q[y, x] = a[window].mean((0, 1)) @ guide[y, x] + b[window].mean()
    return q


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize(("size", "radius_px"), [((12, 17), 2), ((9, 9), 4), ((1, 8), 1), ((1, 1), 1)])
@pytest.mark.parametrize("eps", [1e-2, 1e-4])
def test_it_is_what_its_definition_says(rng, size, radius_px, eps):
    guide, p = rng.random((*size, 3), np.float32), rng.random(size, np.float32)

    filtered = GuidedFilter(guide, radius_px, eps)(p)

    np.testing.assert_allclose(filtered, by_definition(guide, p, radius_px, eps), atol=1e-3 if eps < 1e-3 else 1e-5)


def test_a_map_that_follows_the_guide_stays_as_it_is(rng):
    guide = rng.random((20, 30, 3), np.float32)
    p = guide @ np.float32([0.5, -0.25, 0.125]) + np.float32(0.25)

    np.testing.assert_allclose(GuidedFilter(guide, 3, 1e-6)(p), p, atol=1e-3)


def test_a_flat_guide_gives_the_mean_of_the_means(rng):
    p = rng.random((15, 15), np.float32)

    filtered = GuidedFilter(np.full((15, 15, 3), 0.3, np.float32), 2, 1e-4)(p)

    assert filtered[7, 7] == pytest.approx(
        np.mean([p[y - 2 : y + 3, x - 2 : x + 3].mean() for y in range(5, 10) for x in range(5, 10)]), abs=1e-4
    )


def test_the_step_of_the_guide_is_kept_and_noise_on_the_map_is_not(rng):
    guide = np.zeros((20, 40, 3), np.float32)
    guide[:, 20:] = 1
    p = guide[..., 0] + rng.normal(0, 0.1, (20, 40)).astype(np.float32)

    filtered = GuidedFilter(guide, 4, 1e-4)(p)

    assert np.abs(filtered - guide[..., 0]).max() < 0.06


def test_the_coefficients_give_the_filter(rng):
    guide, p = rng.random((8, 9, 3), np.float32), rng.random((8, 9), np.float32)

    fit = GuidedFilter(guide, 2, 1e-3)

    a, b = fit.coefficients(p)

    np.testing.assert_allclose((a * guide.transpose(2, 0, 1)).sum(0) + b, fit(p), rtol=1e-6)


def test_windows_of_one_colour_or_two_are_solved_as_in_float64(rng):
    colours = rng.random((200, 3)) * rng.choice([0, 1e-2, 1], (200, 1))
    covariance = colours[:, :, None] * colours[:, None] + 1e-4 * np.eye(3)  # of windows that hold two colours
    rhs = rng.random((200, 3))

    i, j = np.triu_indices(3)
    solved = solve_symmetric(np.float32(covariance[:, i, j].T[:, None]), np.float32(rhs.T[:, None]))

    expected = np.linalg.solve(covariance, rhs[..., None])[..., 0].T[:, None]
    np.testing.assert_allclose(solved, expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())


def test_sizes_that_differ_are_refused():
    with pytest.raises(ValueError, match="differ in size"):
        GuidedFilter(np.zeros((4, 4, 3), np.float32), 1, 1e-4)(np.zeros((4, 5), np.float32))
