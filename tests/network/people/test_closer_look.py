"""A closer look at a face that is not certain."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data
from focal.network.people.closer_look import SURROUNDINGS, is_seen_closer
from focal.network.people.people import Face

ASTRONAUT = skimage.data.astronaut()
POINTS = np.full((6, 2), 0.5, np.float32)


def unsure(left: float, top: float, right: float, bottom: float) -> Face:
    return Face((left, top, right, bottom), POINTS, 0.55)


def test_a_persons_face_is_seen_from_close(person_networks):
    (face,) = person_networks.find_faces(ASTRONAUT, ASTRONAUT.shape[:2])

    assert is_seen_closer(person_networks.find_faces, face, ASTRONAUT)


@pytest.mark.parametrize(
    ("name", "box"),
    [("chelsea", (0.3, 0.2, 0.55, 0.6)), ("coffee", (0.3, 0.2, 0.7, 0.7))],
    ids=["a cat's face", "a cup"],
)
def test_what_only_looks_like_one_is_not(name, box, person_networks):
    pixels = getattr(skimage.data, name)()

    assert not is_seen_closer(person_networks.find_faces, unsure(*box), pixels)


def test_each_look_has_the_face_in_its_middle_and_more_around_it():
    """The looks are at squares in the photo; where it ends, there is less to see."""
    photo = np.zeros((400, 600, 3), np.uint8)
    cv2.circle(photo, (300, 200), 3, (255, 255, 255), -1)
    looks = []

    def find(view: np.ndarray, photo_px: tuple[int, int]) -> tuple[Face, ...]:
        assert view.shape[:2] == photo_px
        looks.append((photo_px, np.argwhere(view[..., 0]).mean(0) / photo_px))
        return (Face((0.4, 0.4, 0.6, 0.6), POINTS, 0.75),)

    assert is_seen_closer(find, unsure(0.45, 0.425, 0.55, 0.575), photo)  # 60 × 60 px around the dot

    assert [height for (height, _), _ in looks] == [min(400, round(60 * (1 + 2 * around))) for around in SURROUNDINGS]
    for (height, width), middle in looks:
        assert height == width
        np.testing.assert_allclose(middle, 0.5, atol=0.02)


@pytest.mark.parametrize("scores", [(0.6,), (0.9, 0.6), (0.9, 0.9, 0.6)])
def test_one_look_that_is_in_doubt_is_the_last(scores):
    left = list(scores)

    def find(view: np.ndarray, photo_px: tuple[int, int]) -> tuple[Face, ...]:
        return (Face((0.4, 0.4, 0.6, 0.6), POINTS, left.pop(0)),)

    assert not is_seen_closer(find, unsure(0.4, 0.4, 0.6, 0.6), ASTRONAUT)
    assert left == []


@pytest.mark.parametrize(("side_px", "looked_at"), [(29, False), (31, True)])
def test_a_face_of_less_than_a_twentieth_of_the_longer_side_is_not_looked_at(side_px, looked_at):
    looks = []

    def find(view: np.ndarray, photo_px: tuple[int, int]) -> tuple[Face, ...]:
        looks.append(photo_px)
        return ()

    is_seen_closer(find, unsure(0.5, 0.5, 0.5 + side_px / 600, 0.5 + side_px / 400), np.zeros((400, 600, 3), np.uint8))

    assert bool(looks) == looked_at


def test_a_face_beyond_the_photos_border_is_not_looked_at(person_networks):
    assert not is_seen_closer(person_networks.find_faces, unsure(1.2, 1.2, 1.2, 1.2), ASTRONAUT)
