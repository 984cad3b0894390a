"""People, from the photo to the composite's alpha, by the real networks: on scikit-image's astronaut."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import skimage.data
from focal.inspection import inspect
from focal.mask.faces import face_cover
from focal.network.people.presence import CERTAIN_FACES
from focal.options import Options
from focal.photo.photo import Photo
from focal.photo.views import whole_view
from focal.pipeline import develop

ASTRONAUT = skimage.data.astronaut()
OFF = Options(people="off")


def photo_of(pixels: np.ndarray) -> Photo:
    return Photo(np.ascontiguousarray(pixels), None, "PNG")


def alpha(model, pixels: np.ndarray, options: Options | None = None) -> np.ndarray:
    return develop(photo_of(pixels), options or Options(), model, wants_saliency=False).subject.alpha


@pytest.fixture(scope="module")
def pair() -> np.ndarray:
    """Two astronauts who stand side by side, before one background."""
    return np.hstack([ASTRONAUT[:, :420], ASTRONAUT[:, 419::-1]])


@pytest.fixture(scope="module")
def behind() -> np.ndarray:
    """The astronaut, and far behind her a second one, less than half as large."""
    near = cv2.resize(ASTRONAUT[:400, 60:400], None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC)
    pixels = cv2.copyMakeBorder(near, 0, 0, 0, 350, cv2.BORDER_CONSTANT, value=(120, 130, 120))
    far = cv2.resize(ASTRONAUT[:340, 60:420], None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    pixels[80 : 80 + far.shape[0], 560 : 560 + far.shape[1]] = far
    return pixels


def test_a_face_is_sharp_over_its_whole_area(lite0):
    people = inspect(photo_of(ASTRONAUT), Options(), lite0, wants_saliency=False).people

    face = face_cover(people.faces, ASTRONAUT.shape[:2], 1.0) > 0.5

    assert face.sum() > 2000
    assert not people.beside_things
    assert alpha(lite0, ASTRONAUT)[face].min() >= 0.98 * 255


def test_somebody_small_is_looked_at_closely_in_the_photo_and_not_in_its_small_view(lite0):
    pixels = np.full((1280, 1280, 3), 128, np.uint8)
    pixels[640:, 100:740] = cv2.resize(ASTRONAUT, (640, 640), interpolation=cv2.INTER_CUBIC)
    photo = photo_of(pixels)
    view = whole_view(photo.preview)
    found = lite0.people.find(view, photo.pixels.shape[:2])

    people = inspect(photo, Options(), lite0, wants_saliency=False).people

    np.testing.assert_array_equal(people.person, lite0.people.inspect_closer(found, photo.preview).person)
    assert np.abs(people.person - lite0.people.inspect_closer(found, view).person).max() > 0.1


def test_the_suit_is_kept_where_it_leaves_the_picture(lite0):
    suit = np.s_[420:, 120:330]

    assert alpha(lite0, ASTRONAUT)[suit].mean() > 0.98 * 255


def test_a_photo_without_people_has_the_same_mask_whether_they_are_looked_for_or_not(lite0):
    cat = skimage.data.chelsea()

    np.testing.assert_array_equal(alpha(lite0, cat), alpha(lite0, cat, OFF))


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_somebody_on_the_side_or_head_is_kept_as_upright(lite0, quarters):
    """On one side the face is sure enough as it is, and no turned copy is looked at."""
    upright, found = alpha(lite0, ASTRONAUT) > 127, alpha(lite0, np.rot90(ASTRONAUT, quarters)) > 127

    back = np.rot90(found, -quarters)
    assert (upright & back).sum() > 0.93 * (upright | back).sum()


def test_somebody_before_a_large_cat_is_found_by_a_closer_look_at_the_face(lite0):
    """The classifier sees the cat alone, and the face by itself is in doubt."""
    cat = cv2.resize(skimage.data.chelsea(), (1200, 798), interpolation=cv2.INTER_CUBIC)
    cat[348:, 20:470] = cv2.resize(ASTRONAUT, (450, 450), interpolation=cv2.INTER_AREA)

    people = inspect(photo_of(cat), Options(), lite0, wants_saliency=False).people

    assert people is not None
    assert people.beside_things
    assert [face.score < CERTAIN_FACES for face in people.faces] == [True]


def test_without_the_networks_people_are_left_to_the_saliency(lite0):
    without = replace(lite0, people=None)

    np.testing.assert_array_equal(alpha(without, ASTRONAUT), alpha(lite0, ASTRONAUT, OFF))
    assert (alpha(lite0, ASTRONAUT) != alpha(lite0, ASTRONAUT, OFF)).any()


@pytest.mark.parametrize("x", [0.25, 0.75])
def test_a_point_on_one_of_two_people_keeps_that_one(lite0, pair, x):
    found = alpha(lite0, pair, Options(point=(x, 0.75)))

    bodies = found[300:, 60:240].mean(), found[300:, -240:-60].mean()
    kept, other = bodies if x < 0.5 else bodies[::-1]
    assert kept > 0.9 * 255
    assert other < 0.05 * 255


def test_without_a_point_both_are_kept(lite0, pair):
    found = alpha(lite0, pair)

    assert min(found[300:, 60:240].mean(), found[300:, -240:-60].mean()) > 0.9 * 255


def test_somebody_far_behind_is_blurred_although_there_is_a_face(lite0, behind):
    people = inspect(photo_of(behind), Options(), lite0, wants_saliency=False).people

    found = alpha(lite0, behind)

    assert len(people.faces) == 2
    assert found[90:310, 560:800].mean() < 0.1 * 255
    assert found[500:, 150:300].mean() > 0.95 * 255


def test_a_point_on_somebody_far_behind_keeps_that_one(lite0, behind):
    found = alpha(lite0, behind, Options(point=(680 / 860, 270 / 600)))

    assert found[110:310, 660:700].mean() > 0.85 * 255  # from the hair to the chest
    assert found[500:, 150:300].mean() < 0.05 * 255
