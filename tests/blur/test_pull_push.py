"""Colours extended over what is not known."""

from __future__ import annotations

import numpy as np
import pytest
from focal.blur.pull_push import fill


@pytest.fixture
def colour():
    return np.random.default_rng(0).random((37, 50, 3), dtype=np.float32)


def test_known_colours_stay(colour):
    weight = (np.indices((37, 50)).sum(0) % 3 == 0).astype(np.float32)

    filled = fill(colour, weight)

    np.testing.assert_allclose(filled[weight == 1], colour[weight == 1], atol=1e-6)


def test_unknown_colours_have_no_influence(colour):
    weight = np.ones((37, 50), np.float32)
    weight[10:20, 10:40] = 0
    other = colour.copy()
    other[weight == 0] = 1000

    np.testing.assert_array_equal(fill(colour, weight), fill(other, weight))


def test_a_filled_colour_lies_between_the_known_ones(colour):
    weight = np.zeros((37, 50), np.float32)
    weight[3, 4] = weight[30, 44] = 1

    filled = fill(colour, weight)

    low, high = np.minimum(colour[3, 4], colour[30, 44]), np.maximum(colour[3, 4], colour[30, 44])
    assert (filled >= low - 1e-5).all()
    assert (filled <= high + 1e-5).all()


def test_the_nearer_known_colour_counts_more():
    colour = np.zeros((16, 64, 3), np.float32)
    colour[:, 63] = 1
    weight = np.zeros((16, 64), np.float32)
    weight[:, 0] = weight[:, 63] = 1

    filled = fill(colour, weight)[8, :, 0]

    assert filled[8] < 0.25
    assert filled[55] > 0.75


@pytest.mark.parametrize("faint", [1e-3, 1e-9])
def test_only_the_ratios_of_the_weights_matter(colour, faint):
    weight = np.random.default_rng(1).random((37, 50), dtype=np.float32)

    np.testing.assert_allclose(fill(colour, weight * np.float32(faint)), fill(colour, weight), atol=1e-4)


def test_where_nothing_is_known_the_colours_stay(colour):
    np.testing.assert_array_equal(fill(colour, np.zeros((37, 50), np.float32)), colour)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (200, 1), (2, 3)])
def test_narrow_pictures_are_filled(size):
    colour = np.full((*size, 3), 0.25, np.float32)
    weight = np.zeros(size, np.float32)
    weight[0, 0] = 1

    np.testing.assert_allclose(fill(colour, weight), colour, atol=1e-6)
