"""What stands out beside people."""

from __future__ import annotations

import numpy as np
import pytest
from focal.mask.things_beside import things_beside

SIZE = (60, 90)
PEOPLE = np.zeros(SIZE, bool)
PEOPLE[20:, 50:70] = True
DOG, BALL = np.s_[30:55, 5:35], np.s_[5:13, 10:18]


def standing_out(*places: tuple[slice, slice]) -> np.ndarray:
    score = np.full(SIZE, 0.1, np.float32)
    for place in places:
        score[place] = 0.8
    return score


def test_what_stands_out_beside_people_is_kept_and_they_are_none_of_it():
    found = things_beside(PEOPLE, np.maximum(standing_out(DOG), 0.9 * PEOPLE).astype(np.float32), 0.5)

    assert found[DOG].all()
    assert found.sum() == found[DOG].sum()


def test_what_is_small_beside_them_is_left():
    found = things_beside(PEOPLE, standing_out(DOG, BALL), 0.5)

    assert found[DOG].all()
    assert not found[BALL].any()


def test_what_adjoins_them_is_kept_up_to_their_edge():
    held = np.s_[30:55, 25:50]

    found = things_beside(PEOPLE, standing_out(held), 0.5)

    assert (found | PEOPLE)[held].all()


def test_their_own_soft_edge_is_nothing_beside_them():
    edge = np.s_[18:, 48:72]

    assert not things_beside(PEOPLE, standing_out(edge), 0.5).any()


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_where_nothing_or_everything_stands_out_it_is_the_rest_at_most(value: float):
    found = things_beside(PEOPLE, np.full(SIZE, value, np.float32), 0.5)

    assert found.any() == (value > 0.5)
    assert found[~PEOPLE].all() == (value > 0.5)
