"""Depth estimated from the ground on which the subject stands, and only where it does."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from focal.mask.ground import estimate_ground, less_of_both_sides, step_at

from tests.helpers.lens_oracle import photo_of
from tests.helpers.made_scenes import CONTACT, HORIZON, figure, ground, textured, wall

SIZES = [(480, 640), (640, 480), (900, 1600)]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def standing(rng, height, width, **where):
    """A photo of somebody on the ground, and the mask."""
    person = figure(rng, height, width, **where)
    photo, _ = photo_of([wall(rng, height, width), ground(rng, height, width), person])
    return photo, np.rint(255 * person.coverage).astype(np.uint8)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("x", [0.3, 0.5])
def test_the_contact_line_is_found_within_3_percent_of_the_height(rng, size, x):
    photo, mask = standing(rng, *size, x=x)

    found = estimate_ground(mask, photo)

    beside, subject = found.disparity[:, 0], found.disparity[round(0.45 * len(found.disparity)), :].max()
    rows = (np.arange(len(beside)) + 0.5) / len(beside)
    contact = np.interp(subject, beside[: np.argmax(beside) + 1], rows[: np.argmax(beside) + 1])
    print(f"contact {contact:.3f} for {CONTACT}")
    assert found.source == "ground"
    assert contact == pytest.approx(CONTACT, abs=0.03)


@pytest.mark.parametrize("size", SIZES)
def test_the_ground_falls_evenly_to_the_horizon_and_all_above_is_far(rng, size):
    photo, mask = standing(rng, *size)

    beside = estimate_ground(mask, photo).disparity[:, 0]

    rows = (np.arange(len(beside)) + 0.5) / len(beside)
    assert (beside[rows < HORIZON - 0.03] == 0).all()
    assert (beside[rows > HORIZON + 0.03] > 0).all()
    assert (np.diff(beside) >= 0).all()
    assert beside.max() <= 1


def test_the_subject_is_as_near_as_its_feet_and_the_farthest_has_the_whole_blur(rng):
    photo, mask = standing(rng, 480, 640)

    found = estimate_ground(mask, photo)

    small = cv2.resize(mask, found.disparity.shape[::-1], interpolation=cv2.INTER_AREA)
    on_subject = found.disparity[small > 250]
    assert np.ptp(on_subject) == 0
    assert on_subject[0] >= 0.5


def test_where_the_ground_ends_close_above_the_feet_it_rises_slowly_before_them(rng):
    photo = np.clip(rng.normal((90, 70, 50), 25, (480, 640, 3)), 0, 255).astype(np.uint8)
    photo[:370] = (120, 150, 200)  # the ground begins at .77 of the height
    mask = np.zeros((480, 640), np.uint8)
    mask[150:410, 280:360] = 255
    photo[mask > 0] = (200, 40, 40)

    beside = estimate_ground(mask, photo).disparity[:, 0]

    rows = (np.arange(len(beside)) + 0.5) / len(beside)
    at_feet, halfway = np.interp([410 / 480, 445 / 480], rows, beside)
    assert at_feet == pytest.approx(0.5, abs=0.06)
    assert halfway == pytest.approx(0.75, abs=0.05)


def test_a_lost_foot_leaves_its_ground_nearly_in_focus(rng):
    photo, mask = standing(rng, 480, 640)
    lost = mask.copy()
    lost[round(0.72 * 480) :] = 0

    found = estimate_ground(lost, photo)

    beside, subject = found.disparity[:, 0], found.disparity[round(0.45 * len(found.disparity)), :].max()
    assert abs(beside[round(CONTACT * len(beside)) - 1] - subject) < 0.15 * subject / (CONTACT - HORIZON)


def test_a_subject_that_leaves_the_picture_at_the_bottom_stands_on_nothing(rng):
    photo, mask = standing(rng, 480, 640)

    assert estimate_ground(mask[:300], photo[:300]) is None


def test_before_an_even_wall_there_is_no_ground(rng):
    backdrop, person = wall(rng, 480, 640), figure(rng, 480, 640)
    photo, _ = photo_of([backdrop, person])

    assert estimate_ground(np.rint(255 * person.coverage).astype(np.uint8), photo) is None


def test_a_sky_that_fades_is_no_ground(rng):
    height, width = 480, 640
    sky = np.tile(np.linspace([60, 110, 200], [200, 220, 240], height)[:, None], (1, width, 1)).astype(np.uint8)
    mask = np.zeros((height, width), np.uint8)
    cv2.ellipse(mask, (320, 250), (90, 40), 0, 0, 360, 255, -1)
    sky[mask == 255] = textured(rng, height, width, (80, 60, 50), 20, 2)[mask == 255]

    assert estimate_ground(mask, sky) is None


def test_an_edge_on_one_side_only_is_no_horizon(rng):
    photo, mask = standing(rng, 480, 640)
    photo[:, :213] = textured(rng, 480, 213, (70, 80, 100), 16, 3)

    assert estimate_ground(mask, photo) is None


@pytest.mark.parametrize("level", [0, 255])
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (40, 60)])
def test_a_photo_without_a_subject_or_of_any_shape_has_none(size, level):
    assert estimate_ground(np.full(size, level, np.uint8), np.full((*size, 3), 90, np.uint8)) is None


def test_the_plane_goes_to_the_very_row_where_the_ground_ends_and_to_that_below_the_feet():
    """On a photo of the size on which the ground is sought, whose colours part in one row."""
    edge, feet, height, width = 40, 100, 120, 160
    photo = np.zeros((height, width, 3), np.uint8)
    photo[:edge], photo[edge:] = (120, 150, 200), (90, 70, 50)
    mask = np.zeros((height, width), np.uint8)
    mask[50:feet, 70:90] = 255

    disparity = estimate_ground(mask, photo).disparity

    at_feet, rows = (feet - edge) / (height - edge), np.arange(height) + 0.5
    expected = np.clip(at_feet * (rows - edge) / (feet - edge), 0, 1)
    np.testing.assert_allclose(disparity[:, 0], expected, atol=1e-6)
    np.testing.assert_array_equal(disparity[mask > 0], np.float32(at_feet))


def seen(rng, height, width):
    """What differs from place to place, and which places are free of a subject."""
    return rng.normal(size=(height, width)).astype(np.float32), rng.random((height, width)) < 0.8


@pytest.mark.parametrize("edge", [30, 31, 47, 80])
def test_the_step_at_an_edge_is_the_steepest_between_a_few_rows_above_a_row_and_as_many_below(rng, edge):
    along, free = seen(rng, 96, 60)
    few = 4  # a twenty-fourth of the height

    found = step_at(edge, along, free)

    above, below = ([slice(row - few, row) for row in range(edge + first, edge + first + 9)] for first in (-4, 0))
    steps = [along[b][free[b]].mean() - along[a][free[a]].mean() for a, b in zip(above, below, strict=True)]
    assert found == pytest.approx(max(steps), rel=1e-5)


@pytest.mark.parametrize(("away", "whole"), [(-5, False), (-4, True), (0, True), (4, True), (5, False)])
def test_the_step_may_lie_a_few_rows_away_from_the_edge(away, whole):
    along = np.tile((np.arange(96) >= 40 + away).astype(np.float32)[:, None], (1, 60))

    assert (step_at(40, along, np.ones((96, 60), bool)) == 1) == whole


@pytest.mark.parametrize("edge", [30, 31, 47])
def test_the_two_sides_are_the_thirds_of_the_picture_and_all_rows_from_the_edge_on_lie_below_it(rng, edge):
    along, free = seen(rng, 96, 60)

    found = less_of_both_sides(edge, along, free)

    differences = []
    for columns in (range(20), range(40, 60)):
        side, own = along[:, columns], free[:, columns]
        differences.append(side[edge:][own[edge:]].mean() - side[:edge][own[:edge]].mean())
    assert found == pytest.approx(min(differences), rel=1e-4)
