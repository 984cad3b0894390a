"""One person of several."""

from __future__ import annotations

import numpy as np
import pytest
from focal.mask.bystanders import person_at, person_parts, without_bystanders

from tests.helpers.made_people import figure

SIZE = 168, 224
TWO = figure(SIZE, 80, 40, 24), figure(SIZE, 122, 44, 24)  # shoulder to shoulder
COLOURS = np.array([[0.2, 0.4, 0.6], [0.8, 0.3, 0.2], [0.3, 0.7, 0.3], [0.7, 0.7, 0.2]], np.float32)
EVEN = np.ones((21, 28), np.float32)  # the camera's focus on all alike


def guide(figures) -> np.ndarray:
    """A photo in which each figure has a colour of its own, the later ones before the earlier ones."""
    picture = np.tile(COLOURS[0], (*SIZE, 1))
    for colour, one in zip(COLOURS[1:], figures, strict=False):
        picture[one.area] = colour
    return picture.astype(np.float32)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    return (a & b).sum() / (a | b).sum()


@pytest.mark.parametrize("n", [0, 1])
def test_two_who_touch_are_parted_along_the_edge_between_them(n):
    both = TWO[0].area | TWO[1].area
    in_front = TWO[0].area & ~TWO[1].area, TWO[1].area
    row, column = 100, (70, 135)[n]

    area = person_at((row, column), both, [one.face for one in TWO], guide(TWO))

    assert overlap(area, in_front[n]) > 0.95


def test_every_place_of_the_area_belongs_to_somebody_and_none_outside():
    apart = figure(SIZE, 200, 60, 12)  # no face of this one is seen
    area = TWO[0].area | TWO[1].area | apart.area

    part = person_parts(area, [one.face for one in TWO], guide([*TWO, apart]))

    assert (part[area] > 0).all()
    assert (part[~area] == 0).all()
    assert len(np.unique(part[apart.area])) == 1
    assert part[apart.area][0] > 2


def test_a_bystander_far_behind_is_not_kept_although_there_is_a_face():
    near, far = figure(SIZE, 80, 50, 30), figure(SIZE, 180, 60, 12)
    both = near.area | far.area

    area = without_bystanders(both, [near.face, far.face], guide([near, far]), EVEN)

    np.testing.assert_array_equal(area, near.area & ~far.area)


def test_a_bystander_behind_the_shoulder_goes_and_the_shoulder_stays():
    near, far = figure(SIZE, 80, 50, 30), figure(SIZE, 116, 60, 12)
    picture = guide([far, near])

    area = without_bystanders(near.area | far.area, [near.face, far.face], picture, EVEN)

    assert (area & near.area).sum() > 0.97 * near.area.sum()
    assert (area & far.area & ~near.area).sum() < 0.1 * (far.area & ~near.area).sum()


def test_a_face_printed_on_a_shirt_is_no_bystander():
    near, printed = figure(SIZE, 80, 50, 30), figure(SIZE, 80, 110, 8)

    area = without_bystanders(near.area, [near.face, printed.face], guide([near]), EVEN)

    np.testing.assert_array_equal(area, near.area)


def test_of_two_people_the_one_in_focus_is_kept_even_if_smaller():
    front, behind = figure(SIZE, 60, 60, 36), figure(SIZE, 170, 70, 14)
    both, focus = front.area | behind.area, EVEN.copy()
    focus[:, :14] = 0.5

    area = without_bystanders(both, [front.face, behind.face], guide([front, behind]), focus)

    np.testing.assert_array_equal(area, behind.area)


def test_where_no_face_is_in_focus_all_stay():
    both = TWO[0].area | TWO[1].area

    area = without_bystanders(both, [one.face for one in TWO], guide(TWO), EVEN / 2)

    np.testing.assert_array_equal(area, both)


def test_somebody_without_a_face_goes_where_out_of_focus_beside_a_face_that_is_not():
    sharp, soft = figure(SIZE, 60, 60, 24), figure(SIZE, 170, 60, 24)
    turned = figure(SIZE, 20, 60, 8)  # their face is not seen
    focus = EVEN.copy()
    focus[:, 14:] = focus[:, :4] = 0.5

    area = without_bystanders(
        sharp.area | soft.area | turned.area, [sharp.face, soft.face], guide([sharp, soft, turned]), focus
    )

    np.testing.assert_array_equal(area, sharp.area)


@pytest.mark.parametrize("value", [False, True])
def test_nothing_and_everything_are_parted_as_well(value):
    area = np.full(SIZE, value)

    part = person_parts(area, [TWO[0].face], guide(TWO[:1]))

    assert (part > 0).all() == value
    assert part.any() == value
