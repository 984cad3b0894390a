"""Where an area ends, and which of its holes are open."""

from __future__ import annotations

import numpy as np
import pytest
from focal.mask.outline import GUESSED_PX, outlined, without_holes
from focal.mask.own_colours import colour_bins

RED, BLUE = np.array([0.8, 0.1, 0.1], np.float32), np.array([0.1, 0.2, 0.8], np.float32)


def painted(area):
    """A photo of a red area before blue, with a little noise."""
    noise = np.random.default_rng(0).normal(0, 0.02, (*area.shape, 3))
    return np.clip(np.where(area[..., None], RED, BLUE) + noise, 0, 1).astype(np.float32)


def square(margin=0):
    area = np.zeros((80, 100), bool)
    area[20 - margin : 60 + margin, 30 - margin : 70 + margin] = True
    return area


def found(area, guide):
    return outlined(area, np.ones(area.shape, np.float32), guide)


@pytest.mark.parametrize("margin", [-GUESSED_PX, GUESSED_PX])
def test_an_outline_is_moved_to_where_the_colours_change(margin):
    area = found(square(margin), painted(square()))

    assert area[square(-1)].all()  # to a pixel: colours are read at half the size
    assert not area[~square(1)].any()


def test_an_outline_is_moved_no_further_than_it_may_have_been_meant():
    near, far = square(GUESSED_PX), square(GUESSED_PX + 3)

    area = found(square(), painted(far))

    assert (area & ~square()).any()
    assert not (area & ~near).any()


def test_where_both_sides_have_one_colour_an_outline_stays():
    np.testing.assert_array_equal(found(square(1), painted(np.zeros((80, 100), bool))), square(1))


@pytest.mark.parametrize("value", [False, True])
def test_all_or_nothing_stays_so(value):
    area = np.full((40, 50), value)

    np.testing.assert_array_equal(found(area, painted(square()[:40, :50])), area)


def test_a_hole_in_the_colours_of_the_background_is_open_and_one_of_other_colours_is_filled():
    area, thing = square(), square()
    area[30:36, 40:46] = area[44:50, 54:60] = thing[30:36, 40:46] = False
    guide = painted(thing)

    filled = without_holes(area, lambda: colour_bins(guide))

    assert not filled[30:36, 40:46].any()
    assert filled[44:50, 54:60].all()


def test_a_tiny_hole_is_filled_whatever_it_shows_and_no_colours_are_asked_for():
    area = square()
    area[30:32, 40:42] = False

    def colours():
        pytest.fail("nobody needs them")

    np.testing.assert_array_equal(without_holes(area, colours), square())
