"""Whose colours a place has."""

from __future__ import annotations

from collections import Counter
from itertools import product

import cv2
import numpy as np
import pytest
from focal.mask.own_colours import (
    BINS,
    HALF,
    LEAST_IN_WINDOW,
    LEAST_SHARE,
    LEAST_VARIANCE,
    NEARBY_PX,
    colour_bins,
    nearby_own_colours,
    own_colours,
)

SIZE = 24, 30
LEFT = np.zeros(SIZE, bool)
LEFT[:, :15] = True
WEIGHTS = {-1: 0.25, 0: 0.5, 1: 0.25}


def by_definition(guide: np.ndarray, area: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """The same, colour by colour and neighbour by neighbour."""
    lab = cv2.cvtColor((guide * 255).astype(np.uint8), cv2.COLOR_RGB2LAB) // (256 // BINS)

    def share(places: np.ndarray, colour: tuple[int, ...]) -> float:
        count = Counter(map(tuple, lab[places].tolist()))
        total = 0.0
        for step in product(WEIGHTS, repeat=3):
            near = tuple(int(np.clip(c + s, 0, BINS - 1)) for c, s in zip(colour, step, strict=True))
            total += count[near] * float(np.prod([WEIGHTS[s] for s in step]))
        return total / max(1, int(places.sum())) + LEAST_SHARE

    result = np.zeros(area.shape)
    for place in np.ndindex(area.shape):
        inside, outside = (share(places, tuple(lab[place].tolist())) for places in (area, rest))
        result[place] = inside / (inside + outside)
    return result


def test_it_is_the_ratio_of_both_histograms():
    guide = np.random.default_rng(0).random((*SIZE, 3), np.float32) * np.array([0.3, 0.2, 0.2], np.float32)

    own = own_colours(colour_bins(guide), LEFT, ~LEFT)

    assert own.dtype == np.float32
    np.testing.assert_allclose(own, by_definition(guide, LEFT, ~LEFT), atol=1e-5)


def test_black_is_not_taken_for_white():
    guide = np.repeat(LEFT[..., None], 3, 2).astype(np.float32)

    own = own_colours(colour_bins(guide), LEFT, ~LEFT)

    assert own[LEFT].min() > 0.99
    assert own[~LEFT].max() < 0.01


def test_a_colour_that_neither_has_is_as_much_of_the_one_as_of_the_other():
    guide = np.where(LEFT[..., None], np.float32([0.8, 0.5, 0.3]), np.float32([0.2, 0.4, 0.6])).astype(np.float32)
    patch = np.zeros(SIZE, bool)
    patch[4:9, 10:20] = True
    guide[patch] = np.float32([0.1, 0.9, 0.1])

    own = own_colours(colour_bins(guide), LEFT & ~patch, ~LEFT & ~patch)

    assert own[patch] == pytest.approx(0.5)


@pytest.mark.parametrize("value", [False, True])
def test_nothing_and_everything_have_colours_too(value):
    own = own_colours(colour_bins(np.zeros((*SIZE, 3), np.float32)), np.full(SIZE, value), np.full(SIZE, not value))

    assert own[0, 0] == pytest.approx(float(value), abs=0.01)


def nearby_by_definition(guide: np.ndarray, area: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """The same nearby, window by window, on the guide halved."""
    height, width = (n // HALF for n in area.shape)
    halved = guide.reshape(height, HALF, width, HALF, 3).mean((1, 3))
    lab = cv2.cvtColor(halved.astype(np.float32), cv2.COLOR_RGB2LAB).astype(float) / 100

    def log_density(y: int, x: int, weight: np.ndarray) -> tuple[float, float]:
        window = (slice(max(0, n - NEARBY_PX), n + NEARBY_PX + 1) for n in (y, x))
        here = tuple(window)
        share = weight[here].sum() / (2 * NEARBY_PX + 1) ** 2
        if share < LEAST_IN_WINDOW:
            return 0.0, share
        colours, weights = lab[here].reshape(-1, 3), weight[here].ravel()
        covariance = np.cov(colours.T, aweights=weights, bias=True) + LEAST_VARIANCE * np.eye(3)
        away = lab[y, x] - np.average(colours, 0, weights)
        return -(away @ np.linalg.solve(covariance, away) + np.linalg.slogdet(covariance)[1]) / 2, share

    own = np.full((height, width), 0.5)
    weights = [places.reshape(height, HALF, width, HALF).mean((1, 3)) for places in (area, rest)]
    for y, x in np.ndindex(height, width):
        (inside, near), (outside, near_outside) = (log_density(y, x, weight) for weight in weights)
        if min(near, near_outside) >= LEAST_IN_WINDOW:
            own[y, x] = 1 / (1 + np.exp(np.clip(outside - inside, -20, 20)))
    return cv2.resize(own, area.shape[::-1], interpolation=cv2.INTER_LINEAR)


def test_nearby_it_is_the_ratio_of_the_densities_of_two_normal_distributions():
    guide = np.random.default_rng(0).random((40, 64, 3), np.float32) * np.array([0.3, 0.5, 0.2], np.float32)
    area = np.zeros((40, 64), bool)
    area[:, :19] = True
    rest = np.zeros_like(area)
    rest[5:, 24:] = True
    guide[area] += 0.2

    own = nearby_own_colours(guide, area, rest)

    assert own.dtype == np.float32
    assert own.std() > 0.1
    np.testing.assert_allclose(own, nearby_by_definition(guide, area, rest), atol=2e-3)


def test_a_dark_window_beside_fair_hair_is_the_background_s_though_the_trousers_are_dark_too():
    guide = np.full((160, 120, 3), 0.5, np.float32)
    person, window = np.zeros((160, 120), bool), np.zeros((160, 120), bool)
    person[10:150, 40:70], window[10:50, 70:100] = True, True
    guide[person], guide[window] = np.float32([0.9, 0.8, 0.5]), np.float32([0.1, 0.1, 0.2])
    guide[90:150, 40:70] = np.float32([0.1, 0.1, 0.2])

    anywhere = own_colours(colour_bins(guide), person, ~person)
    nearby = nearby_own_colours(guide, person, ~person)

    assert anywhere[30, 75] > 0.5 > 0.05 > nearby[30, 75]
    assert nearby[30, 60] > 0.95
    assert nearby[120, 50] > 0.95


def test_where_only_one_of_both_is_near_nothing_is_known():
    guide = np.random.default_rng(0).random((20, 200, 3), np.float32)
    left = np.zeros((20, 200), bool)
    left[:, :100] = True

    own = nearby_own_colours(guide, left, ~left)

    assert (own[:, :60] == 0.5).all()
    assert (own[:, -60:] == 0.5).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 224), (224, 2), (3, 5)])
def test_a_narrow_photo_has_colours_nearby_too(size):
    everything = np.ones(size, bool)

    own = nearby_own_colours(np.zeros((*size, 3), np.float32), everything, ~everything)

    assert own.shape == size
    assert np.isfinite(own).all()
