"""The map of people: where the person of a photo is, and where nobody is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data
from focal.arrays import Floats
from focal.network.people.people import Face, People
from focal.network.people.segmenter import closer_map, halves_map, person_map

ASTRONAUT = skimage.data.astronaut()


def test_it_holds_the_person_and_not_what_is_behind(person_networks):
    person = person_map(person_networks.person_segmenter, ASTRONAUT)

    assert person.shape == (256, 256)
    assert person.dtype == np.float32
    assert 0 <= person.min() <= person.max() <= 1
    assert person[40:80, 100:125].min() > 0.9  # the face
    assert person[140:250, 60:170].mean() > 0.95  # the suit
    assert person[:90, :50].mean() < 0.02  # the flag
    assert person[:90, 210:].mean() < 0.02  # the model of the shuttle


def test_it_covers_the_whole_photo_whatever_its_proportions(person_networks):
    wide = np.full((512, 1024, 3), 128, np.uint8)
    wide[:, 512:] = ASTRONAUT

    person = person_map(person_networks.person_segmenter, cv2.resize(wide, (320, 160), interpolation=cv2.INTER_AREA))

    assert person.shape == (256, 256)
    assert person[140:, 128:].mean() > 0.6
    assert person[:, :100].mean() < 0.1


def test_nobody_is_in_a_photo_of_a_rocket(person_networks):
    assert person_map(person_networks.person_segmenter, skimage.data.rocket()).max() < 0.5


def small_in_a_corner() -> np.ndarray:
    """The astronaut in a twelfth of a photo."""
    photo = np.full((320, 320, 3), 128, np.uint8)
    photo[220:310, 10:100] = cv2.resize(ASTRONAUT, (90, 90), interpolation=cv2.INTER_AREA)
    return photo


def test_people_who_take_a_small_part_are_seen_more_closely(person_networks):
    photo, network = small_in_a_corner(), person_networks.person_segmenter
    truth: Floats = np.zeros((320, 320), np.float32)
    truth[220:310, 10:100] = cv2.resize(person_map(network, ASTRONAUT), (90, 90), interpolation=cv2.INTER_AREA)
    truth = np.asarray(cv2.resize(truth, (256, 256), interpolation=cv2.INTER_AREA), np.float32)
    people = person_networks.find(photo, (320, 320))

    closer = closer_map(network, photo, people)

    assert closer.shape == (256, 256)
    assert closer.dtype == np.float32
    assert np.abs(closer - truth).mean() < 0.6 * np.abs(people.person - truth).mean()


def test_people_who_fill_the_photo_keep_their_map_as_far_as_the_mirrored_photo_s_agrees(person_networks):
    network, mirror_image = person_networks.person_segmenter, np.ascontiguousarray(ASTRONAUT[:, ::-1])
    people = person_networks.find(ASTRONAUT, (512, 512))
    maps = [np.clip(x, 0.001, 0.999) for x in (people.person, person_map(network, mirror_image)[:, ::-1])]

    closer = closer_map(network, ASTRONAUT, people)

    np.testing.assert_allclose(closer, 1 / (1 + np.prod([1 / x - 1 for x in maps], 0) ** 0.5), atol=1e-3)


@pytest.mark.parametrize("photo", [ASTRONAUT[:, 40:440], ASTRONAUT[60:300]], ids=["tall", "wide"])
def test_a_photo_and_its_mirror_image_have_the_same_map(person_networks, photo):
    def maps(pixels: np.ndarray) -> tuple[Floats, Floats]:
        pixels = np.ascontiguousarray(pixels)
        people = person_networks.find(pixels, pixels.shape[:2])
        return people.person, closer_map(person_networks.person_segmenter, pixels, people)

    (one, closer), (other, mirrored) = maps(photo), maps(photo[:, ::-1])

    assert np.abs(closer - mirrored[:, ::-1]).mean() < 0.3 * np.abs(one - other[:, ::-1]).mean()


def test_where_nobody_is_nothing_is_looked_at_again(person_networks):
    nobody = People((), np.zeros((256, 256), np.float32))

    assert closer_map(person_networks.person_segmenter, ASTRONAUT, nobody) is nobody.person


@pytest.mark.parametrize("box", [(0.5, 0.5, 0.5, 0.5), (-0.2, -0.2, 0.1, 0.1), (2.0, 2.0, 3.0, 3.0)])
def test_any_face_leaves_a_map_of_the_whole_photo(person_networks, box):
    people = People((Face(box, np.full((6, 2), 0.5, np.float32), 0.9),), np.zeros((256, 256), np.float32))

    closer = closer_map(person_networks.person_segmenter, ASTRONAUT, people)

    assert closer.shape == (256, 256)
    assert np.isfinite(closer).all()


def standing(height: float, width: float = 0.2) -> People:
    """Somebody as high and as wide as a share of a square photo, with a face a twentieth as high as it."""
    person = np.zeros((256, 256), np.float32)
    person[10 : 10 + round(height * 256), 100 : 100 + round(width * 256)] = 1
    box = (0.45, 0.06, 0.5, 0.11)
    return People((Face(box, np.full((6, 2), 0.5, np.float32), 0.9),), person)


def test_the_halves_of_a_whole_body_are_looked_at_by_themselves(person_networks):
    network, photo = person_networks.person_segmenter, ASTRONAUT[::2, ::2]
    top, bottom, left, right = 0, 246, 69, 182  # rows 10 to 215 and columns 100 to 151, and a margin of .15 · 205
    high = int(0.6 * (bottom - top))
    expected = np.zeros((256, 256), np.float32)
    for rows in (slice(top, top + high), slice(bottom - high, bottom)):
        half = person_map(network, cv2.resize(photo[rows, left:right], (256, 256), interpolation=cv2.INTER_LINEAR))
        half = np.asarray(cv2.resize(half, (right - left, high), interpolation=cv2.INTER_AREA), np.float32)
        expected[rows, left:right] = np.maximum(expected[rows, left:right], half)

    halves = halves_map(network, photo, standing(0.8))

    assert halves is not None
    assert halves.dtype == np.float32
    np.testing.assert_allclose(halves, expected, atol=1e-6)


@pytest.mark.parametrize(
    "people",
    [
        pytest.param(People((), standing(0.8).person), id="no face says how large the body is"),
        pytest.param(standing(0.35), id="a body down to the hips"),
        pytest.param(standing(0.6, width=0.55), id="several people side by side"),
        pytest.param(People((), np.zeros((256, 256), np.float32)), id="nobody"),
    ],
)
def test_what_is_no_whole_body_has_no_halves(person_networks, people):
    assert halves_map(person_networks.person_segmenter, ASTRONAUT, people) is None
