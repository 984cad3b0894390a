"""The graph of cells, against loops."""

from __future__ import annotations

import numpy as np
import pytest
from focal.mask.graph import BANDWIDTH, affinity, looks, resample, squared_distances, standardise


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_a_map_that_covers_the_view_is_read_where_the_cells_are():
    ramp = np.broadcast_to(
        (np.arange(20, dtype=np.float32) + 0.5) * 16, (1, 10, 20)
    )  # its own x, in pixels of the view

    read = resample(ramp, (160, 320), (5, 8))

    np.testing.assert_allclose(read[0], np.broadcast_to((np.arange(8) + 0.5) * 40, (5, 8)), rtol=1e-6)


def test_a_map_of_an_unpadded_network_lies_in_the_middle_of_the_view():
    x = 16 * np.arange(19, dtype=np.float32) + 15.5 + 0.5  # AlexNet's last layers look at 320 px from 15.5 on, each 16
    maps = np.broadcast_to(x, (1, 19, 19))

    read = resample(maps, (320, 320), (320, 320))[0, 0]

    np.testing.assert_allclose(read[16:304], np.arange(16, 304) + 0.5, atol=1e-3)
    np.testing.assert_allclose(read[:16], 16)


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (40, 56)])
def test_a_constant_map_is_the_same_on_any_grid(size):
    np.testing.assert_allclose(resample(np.full((2, 7, 10), 3, np.float32), (224, 320), size), 3, rtol=1e-6)


def test_standard_channels_have_no_mean_and_one_spread_between_them(rng):
    cells = standardise(rng.normal(5, 3, (8, 6, 7)).astype(np.float32))

    np.testing.assert_allclose(cells.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(cells.var(0), 1 / 8, rtol=1e-3)


def test_two_cells_are_two_apart_on_average(rng):
    cells = standardise(rng.random((5, 9, 9), np.float32))

    assert squared_distances(cells, cells).mean() == pytest.approx(2, rel=1e-3)


def test_distances_are_those_of_each_pair(rng):
    a, b = rng.random((4, 3), np.float32), rng.random((5, 3), np.float32)

    expected = [[sum((x - y) ** 2) for y in b] for x in a]

    np.testing.assert_allclose(squared_distances(a, b), expected, rtol=1e-4)


def test_the_affinity_is_what_its_definition_says(rng):
    layers = [rng.random((3, 2, 4), np.float32), rng.random((6, 2, 4), np.float32)]
    weights = [1.0, 2.5]

    W = affinity(looks(layers, weights))

    cells = [sum(((k * (s[i] - s[j])) ** 2).sum() for s, k in zip(map(standardise, layers), weights, strict=True))
             for i in range(8) for j in range(8)]  # fmt: skip
    distance = np.reshape(cells, (8, 8))
    expected = np.exp(-distance / (BANDWIDTH * distance.mean())) * (1 - np.eye(8))
    np.testing.assert_allclose(W, expected, rtol=1e-3, atol=1e-7)


def test_cells_of_a_flat_picture_are_all_alike():
    W = affinity(looks([np.full((4, 3, 3), 2, np.float32)], [1.0]))

    np.testing.assert_array_equal(W, 1 - np.eye(9))
