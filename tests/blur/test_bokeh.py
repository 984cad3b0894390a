"""Discs, Gaussians, and the blur that sees only what is admitted."""

from __future__ import annotations

import numpy as np
import pytest
from focal.blur.bokeh import disc_kernel, spread
from focal.blur.normalised_blur import NEAR_SUBJECT, defocus, normalised_blur

BOKEHS = ["lens", "gaussian"]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def slow_spread(image, radius):
    """Each pixel's disc laid down by hand, on the picture mirrored at its border."""
    reach = int(np.ceil(radius))
    mirrored = np.pad(image.astype(np.float64), ((reach, reach), (reach, reach), (0, 0)), mode="symmetric")
    result, total = np.zeros(image.shape), 0.0
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            weight = min(max(radius + 0.5 - (dx * dx + dy * dy) ** 0.5, 0), 1)
            y, x = reach + dy, reach + dx
            result += weight * mirrored[y : y + image.shape[0], x : x + image.shape[1]]
            total += weight
    return result / total


@pytest.mark.parametrize("radius", [0, 0.4, 1, 2.5, 7, 12.3])
def test_a_disc_is_even_round_and_of_its_radius(radius):
    kernel = disc_kernel(radius)

    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_array_equal(kernel, kernel.T)
    np.testing.assert_array_equal(kernel, kernel[::-1])
    assert 1 / kernel.max() == pytest.approx(max(1, np.pi * radius**2), rel=0.2 if radius < 2 else 0.02)


@pytest.mark.parametrize("radius", [0, 1, 3.3, 8])
def test_the_lens_spreads_as_a_slow_sum_of_discs_does(rng, radius):
    image = rng.random((30, 41, 4), dtype=np.float32)

    np.testing.assert_allclose(spread(image, radius, "lens"), slow_spread(image, radius), atol=1e-5)


@pytest.mark.parametrize("bokeh", BOKEHS)
def test_both_kinds_spread_a_point_equally_far(bokeh):
    radius = 8.0
    point = np.zeros((101, 101, 4), np.float32)
    point[50, 50] = 1

    spot = spread(point, radius, bokeh)[..., 0]

    variance = (spot * (np.arange(101) - 50) ** 2).sum()
    assert spot.sum() == pytest.approx(1, abs=1e-4)
    assert variance == pytest.approx(radius**2 / 4, rel=0.05)


@pytest.mark.parametrize("bokeh", BOKEHS)
def test_what_is_not_admitted_has_no_influence(rng, bokeh):
    light = rng.random((40, 60, 3), dtype=np.float32)
    weight = (rng.random((40, 60)) < 0.5).astype(np.float32)
    other = np.where(weight[..., None] > 0, light, np.float32(50))
    fallback = np.zeros_like(light)

    blurred, _ = normalised_blur(light, weight, fallback, 6, bokeh)
    of_other, _ = normalised_blur(other, weight, fallback, 6, bokeh)

    np.testing.assert_array_equal(blurred, of_other)


def test_normalised_blur_is_the_weighted_mean_of_the_disc(rng):
    light = rng.random((25, 32, 3), dtype=np.float32)
    weight = rng.random((25, 32), dtype=np.float32)

    blurred, share = normalised_blur(light, weight, np.zeros_like(light), 4, "lens")

    over, under = slow_spread(light * weight[..., None], 4), slow_spread(weight[..., None], 4)
    np.testing.assert_allclose(blurred, over / under, atol=1e-4)
    np.testing.assert_allclose(share, under[..., 0], atol=1e-5)


@pytest.mark.parametrize("bokeh", BOKEHS)
def test_out_of_reach_of_all_that_is_admitted_the_fallback_shows(bokeh):
    light, weight = np.ones((9, 90, 3), np.float32), np.zeros((9, 90), np.float32)
    weight[:, 0] = 1
    fallback = np.full_like(light, 0.3)

    blurred, share = normalised_blur(light, weight, fallback, 5, bokeh)

    np.testing.assert_allclose(blurred[:, 60:], 0.3, atol=1e-3)
    np.testing.assert_allclose(share[:, 60:], 0, atol=1e-6)


@pytest.mark.parametrize("bokeh", BOKEHS)
def test_the_blur_grows_smoothly_from_the_edge_to_all_of_it_one_radius_away(rng, bokeh):
    radius, edge = 10, 60
    light = np.repeat(rng.random((120, 1, 3), dtype=np.float32), 160, axis=1)  # stripes that run across the edge
    weight = np.zeros((120, 160), np.float32)
    weight[:, edge:] = 1
    fallback = np.zeros_like(light)

    grown = defocus(light, weight, fallback, radius, bokeh)
    near, _ = normalised_blur(light, weight, fallback, NEAR_SUBJECT * radius, bokeh)
    far, _ = normalised_blur(light, weight, fallback, radius, bokeh)

    contrast = grown[20:-20, edge:].std((0, 2))
    np.testing.assert_allclose(grown[:, edge], near[:, edge], atol=0.01)
    np.testing.assert_allclose(grown[:, edge + 2 * radius :], far[:, edge + 2 * radius :], atol=0.001)
    assert (np.diff(contrast) < 1e-3).all()
    assert contrast[0] > 1.3 * contrast[-1]


def test_a_picture_without_a_subject_is_blurred_evenly(rng):
    light = rng.random((50, 70, 3), dtype=np.float32)

    blurred = defocus(light, np.ones((50, 70), np.float32), light, 6, "lens")

    np.testing.assert_allclose(blurred, slow_spread(light, 6), atol=1e-4)
