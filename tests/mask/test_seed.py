"""Where the subject shows: saliency of the inner layers, and unlikeness to the border."""

from __future__ import annotations

import numpy as np
import pytest
from focal.mask.boundary_prior import BoundaryPrior
from focal.mask.seed import background_distance, clip_brightest, inner_saliency, layer_map
from focal.network.saliency import Features, Saliency


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def square_in_the_middle(channels: int, n: int = 10) -> np.ndarray:
    feature = np.zeros((channels, n, n), np.float32)
    feature[:, 3:7, 3:7] = np.arange(1, channels + 1)[:, None, None]
    return feature


def test_a_layers_map_adds_up_its_positive_evidence():
    feature = np.float32([[[2, 4, 6]], [[1, 7, 1]]])  # two channels of mean 4 and 3, one row
    gradient = np.float32([[[-2, 1, 5]], [[2, 4, 0.5]]])

    np.testing.assert_allclose(layer_map(feature, gradient), np.sqrt([[4, 16, 10]]))


def test_what_a_channel_gives_everywhere_is_no_evidence():
    assert not layer_map(np.full((2, 3, 4), 7, np.float32), np.ones((2, 3, 4), np.float32)).any()


def test_what_looks_unlike_the_border_is_far_from_it():
    distance = BoundaryPrior(square_in_the_middle(3)).distance(np.zeros((10, 10), np.float32))

    assert distance[3:7, 3:7].min() > 1
    assert distance[0].max() < 1e-3


def test_a_salient_border_is_less_of_a_background():
    feature, plain = square_in_the_middle(3), np.zeros((10, 10), np.float32)

    raised = BoundaryPrior(feature).distance(np.ones_like(plain)) - BoundaryPrior(feature).distance(plain)

    np.testing.assert_allclose(raised, 0.5, atol=1e-5)


def test_one_odd_stretch_of_border_is_background_as_well():
    feature = square_in_the_middle(2)
    feature[:, 9, 0:7] = 9

    distance = BoundaryPrior(feature).distance(np.zeros((10, 10), np.float32))

    assert distance[9, :7].max() < 0.01


@pytest.mark.parametrize("size", [(1, 1), (1, 6), (2, 2), (3, 1)])
def test_pictures_that_are_all_border_have_a_distance(rng, size):
    distance = BoundaryPrior(rng.random((4, *size), np.float32)).distance(np.zeros(size, np.float32))

    assert distance.shape == size
    assert np.isfinite(distance).all()


def test_a_few_bright_cells_do_not_dim_the_others():
    x = np.full(1000, 0.5, np.float32)
    x[:10] = 100

    np.testing.assert_allclose(clip_brightest(x), 1)


def test_nothing_stays_nothing():
    np.testing.assert_array_equal(clip_brightest(np.zeros((3, 4), np.float32)), 0)


def test_every_layer_but_the_finest_has_the_same_say(rng):
    weak, strong = np.zeros((2, 1, 10, 10), np.float32)
    weak[0, :, :5] = 1e-4
    strong[0, :, 5:] = 1e4
    ones = np.ones((1, 10, 10), np.float32)
    saliency = Saliency(Features((320, 320), (ones, weak, strong)), (ones, ones))

    seen = inner_saliency(saliency, (10, 10))

    np.testing.assert_allclose(seen, 0.5, atol=1e-3)


def test_where_something_is_worn_has_the_say_of_one_layer_more():
    ones = np.ones((1, 10, 10), np.float32)
    saliency = Saliency(Features((320, 320), (ones, ones, ones)), (ones, ones))
    worn = np.zeros((10, 10), np.float32)
    worn[6:] = 0.9

    seen = inner_saliency(saliency, (10, 10), worn)

    np.testing.assert_allclose(seen, worn / 3, atol=1e-6)


def test_the_distance_to_the_background_comes_on_the_grid_that_is_asked_for():
    feature = square_in_the_middle(3)
    saliency = Saliency(Features((320, 320), (feature, feature)), (np.zeros_like(feature),))

    distance = background_distance(BoundaryPrior(feature), saliency, (20, 20))

    assert distance.shape == (20, 20)
    assert distance[10, 10] > 1 > distance[0, 0]
