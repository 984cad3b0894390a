"""Whose colours a place has."""

from __future__ import annotations

from collections import Counter
from itertools import product

import cv2
import numpy as np
import pytest
from focal.mask.own_colours import BINS, LEAST_SHARE, own_colours

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

    own = own_colours(guide, LEFT, ~LEFT)

    assert own.dtype == np.float32
    np.testing.assert_allclose(own, by_definition(guide, LEFT, ~LEFT), atol=1e-5)


def test_black_is_not_taken_for_white():
    guide = np.repeat(LEFT[..., None], 3, 2).astype(np.float32)

    own = own_colours(guide, LEFT, ~LEFT)

    assert own[LEFT].min() > 0.99
    assert own[~LEFT].max() < 0.01


def test_a_colour_that_neither_has_is_as_much_of_the_one_as_of_the_other():
    guide = np.where(LEFT[..., None], np.float32([0.8, 0.5, 0.3]), np.float32([0.2, 0.4, 0.6])).astype(np.float32)
    patch = np.zeros(SIZE, bool)
    patch[4:9, 10:20] = True
    guide[patch] = np.float32([0.1, 0.9, 0.1])

    own = own_colours(guide, LEFT & ~patch, ~LEFT & ~patch)

    assert own[patch] == pytest.approx(0.5)


@pytest.mark.parametrize("value", [False, True])
def test_nothing_and_everything_have_colours_too(value):
    own = own_colours(np.zeros((*SIZE, 3), np.float32), np.full(SIZE, value), np.full(SIZE, not value))

    assert own[0, 0] == pytest.approx(float(value), abs=0.01)
