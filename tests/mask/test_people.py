"""The area of people, from what the networks for people, the saliency and the faces say."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from focal.mask.faces import Head, together
from focal.mask.guided_filter import GuidedFilter
from focal.mask.own_colours import colour_bins
from focal.mask.people import belief_in, body_likelihood, colours_of_people, on_grid, people_area, people_odds
from focal.network.people.people import People

from tests.helpers.made_people import figure, people

SIZE = 168, 224
FLAT = np.full(SIZE, 0.2, np.float32)
UNDECIDED = 0.5


def plain_filter(area: np.ndarray) -> GuidedFilter:
    """That of a photo in which the area has a colour of its own."""
    guide = np.where(area[..., None], np.float32([0.8, 0.5, 0.3]), np.float32([0.2, 0.4, 0.6]))
    return GuidedFilter(guide.astype(np.float32), 4, 1e-4)


def heads(*faces: np.ndarray) -> tuple[list[Head], Head]:
    """Heads that are no more than faces, each and together."""
    each = [Head(face, face, face) for face in faces]
    return each, together(each, SIZE)


def area_of(everybody: People, score: np.ndarray, threshold: float, fine: GuidedFilter) -> np.ndarray:
    return people_area(everybody, score, threshold, fine, colour_bins(fine.guide))


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    return (a & b).sum() / (a | b).sum()


def test_it_is_where_the_network_sees_people():
    one = figure(SIZE, 110, 40, 24)

    area = area_of(people([one]), FLAT, UNDECIDED, plain_filter(one.area))

    assert overlap(area, one.area) > 0.95


def test_a_face_is_kept_that_the_network_does_not_see():
    one = figure(SIZE, 110, 40, 24)
    headless = one.area & (np.arange(SIZE[0]) > 54)[:, None]

    area = area_of(people([one], headless), FLAT, UNDECIDED, plain_filter(headless))

    assert area[34:48, 104:118].all()


def test_a_hole_in_the_colour_of_the_person_is_filled_and_a_gap_stays():
    one = figure(SIZE, 110, 40, 24)
    likelihood = one.area.astype(np.float32)
    likelihood[80:90, 105:117] = 0.4  # a bag, a pattern
    likelihood[110:130, 105:117] = 0.0  # between arm and body
    gap = likelihood > 0

    area = area_of(people([one], likelihood), FLAT, UNDECIDED, plain_filter(gap))

    assert area[80:90, 105:117].all()
    assert not area[115:125, 108:114].any()


@pytest.mark.parametrize(
    ("colour", "filled"),
    [
        pytest.param((0.2, 0.4, 0.6), False, id="the background's, between an arm and its body"),
        pytest.param((0.8, 0.5, 0.3), True, id="the person's own"),
        pytest.param((0.1, 0.8, 0.1), True, id="seen nowhere else, of a bag"),
    ],
)
def test_a_hole_that_the_network_half_believes_is_told_by_its_colours(colour, filled):
    one = figure(SIZE, 110, 40, 24)
    likelihood, hole = one.area.astype(np.float32), (slice(80, 100), slice(104, 118))
    likelihood[hole] = 0.45
    guide = np.where(one.area[..., None], np.float32([0.8, 0.5, 0.3]), np.float32([0.2, 0.4, 0.6])).astype(np.float32)
    guide[hole] = np.float32(colour)

    area = area_of(people([one], likelihood), FLAT, UNDECIDED, GuidedFilter(guide, 4, 1e-4))

    assert area[84:96, 107:115].all() == filled
    assert area[84:96, 107:115].any() == filled


@pytest.mark.parametrize(("score", "kept"), [(0.95, True), (0.05, False)])
def test_what_the_network_half_sees_is_kept_if_it_stands_out(score, kept):
    one = figure(SIZE, 110, 40, 24)
    ball = (slice(100, 116), slice(132, 148))
    likelihood, standing_out = one.area.astype(np.float32), FLAT.copy()
    likelihood[ball], standing_out[ball] = 0.38, score
    held = one.area.copy()
    held[ball] = True

    area = area_of(people([one], likelihood), standing_out, UNDECIDED, plain_filter(held))

    assert area[104:112, 136:144].all() == kept
    assert area[104:112, 136:144].any() == kept


@pytest.mark.parametrize("trousers", [(0.8, 0.5, 0.3), (0.1, 0.1, 0.15)], ids=["skin's colour", "as dark as a window"])
def test_a_window_beside_a_head_is_not_kept_though_the_head_may_be_there_and_it_stands_out(trousers):
    one = figure(SIZE, 110, 40, 24)
    window = np.zeros(SIZE, bool)
    window[16:56, 118:142] = True
    window &= ~one.area
    likelihood, standing_out = one.area.astype(np.float32), FLAT.copy()
    likelihood[window], standing_out[window] = 0.35, 0.95
    guide = np.where(one.area[..., None], np.float32([0.8, 0.5, 0.3]), np.float32([0.2, 0.4, 0.6])).astype(np.float32)
    guide[(np.arange(SIZE[0]) > 110)[:, None] & one.area] = np.float32(trousers)
    guide[window] = np.float32([0.1, 0.1, 0.15])
    guide[8:56, 150:220] = np.float32([0.1, 0.1, 0.15])  # and another

    area = area_of(people([one], likelihood), standing_out, UNDECIDED, GuidedFilter(guide, 4, 1e-4))

    assert area[window].mean() < 0.2
    assert area[one.area].mean() > 0.97


def test_what_has_the_colours_of_the_background_may_still_be_a_face():
    one = figure(SIZE, 110, 40, 24)
    guide = np.where(one.area[..., None], np.float32([0.8, 0.5, 0.3]), np.float32([0.2, 0.4, 0.6])).astype(np.float32)
    guide[26:54, 98:123] = np.float32([0.2, 0.4, 0.6])  # masked, painted, in the shade

    area = area_of(people([one]), FLAT, UNDECIDED, GuidedFilter(guide, 4, 1e-4))

    assert area[32:50, 102:118].all()


def test_the_saliency_alone_does_not_make_a_person_of_the_background():
    one = figure(SIZE, 110, 40, 24)

    area = area_of(people([one]), np.ones(SIZE, np.float32), UNDECIDED, plain_filter(one.area))

    assert overlap(area, one.area) > 0.9


def test_a_map_that_misses_the_face_is_believed_less():
    face = np.zeros(SIZE, np.float32)
    face[30:50, 100:120] = 1
    score = np.where(face > 0, 1, 0.9).astype(np.float32)
    none = np.zeros(SIZE, np.float32)

    with_face = people_odds(none, belief_in(none, *heads(face)), none, score, UNDECIDED, none + 1)
    without = people_odds(none, belief_in(none, *heads()), none, score, UNDECIDED, none + 1)

    assert with_face[100, 30] > 0 > without[100, 30]


def test_of_two_the_one_whose_face_the_map_misses_is_believed_less_alone():
    left, right = np.zeros(SIZE, np.float32), np.zeros(SIZE, np.float32)
    left[30:50, 30:50], right[30:50, 150:170] = 1, 1
    person = np.where(right > 0, 1, 0.2).astype(np.float32)

    belief = belief_in(person, *heads(left, right))

    assert belief[40, 40] == pytest.approx(0.4)
    assert belief[40, 160] == belief[100, 100] == 1


def test_one_of_two_whom_the_map_does_not_see_keeps_forehead_and_hair():
    seen, unseen = figure(SIZE, 60, 60, 24), figure(SIZE, 150, 60, 24)
    headless = seen.area | (unseen.area & (np.arange(SIZE[0]) > 75)[:, None])
    guide = np.where((seen.area | unseen.area)[..., None], np.float32([0.8, 0.5, 0.3]), np.float32([0.2, 0.4, 0.6]))

    area = area_of(
        people([seen, unseen], headless), FLAT + 0.4, UNDECIDED, GuidedFilter(guide.astype(np.float32), 4, 1e-4)
    )

    assert area[unseen.area & ~headless].mean() > 0.9


def test_hair_in_the_colour_of_a_door_is_kept_where_the_map_half_sees_it():
    one = figure(SIZE, 110, 60, 24)
    hair = one.area & (np.arange(SIZE[0]) < 50)[:, None]
    likelihood = np.where(hair, 0.5, one.area).astype(np.float32)
    guide = np.where(one.area[..., None], np.float32([0.8, 0.5, 0.3]), np.float32([0.2, 0.15, 0.1])).astype(np.float32)
    guide[hair] = np.float32([0.2, 0.15, 0.1])

    area = area_of(people([one], likelihood), FLAT + 0.3, UNDECIDED, GuidedFilter(guide, 4, 1e-4))

    assert area[hair].mean() > 0.8
    assert overlap(area, one.area) > 0.98


def test_a_white_shoe_on_white_ground_is_kept_although_there_is_no_edge_to_filter_along():
    one = figure(SIZE, 110, 40, 16)
    shoe = (slice(119, 127), slice(110, 124))
    likelihood = one.area.astype(np.float32)
    likelihood[shoe] = 0.95
    guide = np.where(one.area[..., None], np.float32([0.2, 0.3, 0.6]), np.float32([0.9, 0.9, 0.9])).astype(np.float32)

    area = area_of(people([one], likelihood), FLAT, UNDECIDED, GuidedFilter(guide, 4, 1e-4))

    assert area[shoe].mean() > 0.7
    assert not area[135:].any()


@pytest.mark.parametrize(("seen", "kept"), [(0.1, True), (0.6, False)])
def test_the_colours_of_whom_the_map_misses_are_not_asked(seen, kept):
    face = np.zeros(SIZE, np.float32)
    face[30:50, 100:120] = 1
    none, all_of_it = np.zeros(SIZE, np.float32), np.ones(SIZE, np.float32)
    person = np.where(face > 0, seen, 0.35).astype(np.float32)

    odds = people_odds(person, belief_in(person, *heads(face)), none, all_of_it, UNDECIDED, none)

    assert (odds[100, 30] > 0) == kept


@pytest.mark.parametrize(
    ("gap_px", "likelihood", "score", "kept"),
    [(6, 0.95, 0.8, True), (12, 0.95, 0.8, False), (6, 0.7, 0.8, False), (6, 0.95, 0.2, False)],
)
def test_a_shoe_beyond_a_dark_gap_is_kept_where_map_and_saliency_agree(gap_px, likelihood, score, kept):
    one = figure(SIZE, 110, 40, 24)
    shoe, likely, stands_out = np.zeros(SIZE, bool), one.area.astype(np.float32), FLAT.copy()
    beside = np.flatnonzero(one.area[152:160].any(0)).max() + 1 + gap_px
    shoe[152:160, beside : beside + 12] = True
    likely[shoe], stands_out[shoe] = likelihood, score

    area = area_of(people([one], likely), stands_out, UNDECIDED, plain_filter(one.area | shoe))

    assert area[shoe].mean() == pytest.approx(float(kept), abs=0.1)


@pytest.mark.parametrize("likely", [0.0, 0.5, 1.0])
def test_where_the_map_is_nowhere_sure_of_both_every_place_has_the_colours(likely):
    guide = np.random.default_rng(0).random((*SIZE, 3), np.float32)

    colours = colours_of_people(guide, colour_bins(guide), np.full(SIZE, likely, np.float32))

    assert (colours == 1).all()


def test_a_seed_of_somebody_is_where_map_or_body_are_and_never_certain():
    one = figure(SIZE, 110, 40, 24)
    nothing = People((one.face,), np.zeros((256, 256), np.float32))

    unseen, seen = (body_likelihood(who, (24, 32), 4 / 3) for who in (nothing, people([one])))

    area = cv2.resize(one.area.astype(np.uint8), (32, 24), interpolation=cv2.INTER_NEAREST) > 0
    assert unseen.dtype == np.float32
    assert unseen[area].mean() > 0.3
    assert seen[area].mean() > 0.8
    assert seen.max() <= 0.9
    assert seen[:, :8].max() < 0.05


def test_a_map_read_on_a_coarse_grid_is_its_means():
    person = np.zeros((256, 256), np.float32)
    person[::2] = 1

    np.testing.assert_allclose(on_grid(person, (16, 32)), 0.5, atol=0.01)
