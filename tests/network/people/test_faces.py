"""Faces: found where they are, in fractions of the photo."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data
from focal.network.people.faces import find_faces

ASTRONAUT = skimage.data.astronaut()
# Read off the photo: the brows, the chin, the cheeks; the middles of the eyes, the tip of the nose.
BOX = (0.36, 0.15, 0.52, 0.34)
RIGHT_EYE, LEFT_EYE, NOSE = (0.40, 0.20), (0.48, 0.205), (0.44, 0.25)


def overlap(one, other):
    """The share of their union that two boxes have in common."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0) * max(height, 0)
    area = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared / (sum(area) - shared)


@pytest.fixture
def faces_in(person_networks):
    """The faces of a photo; of a view of other proportions if one is given."""
    return lambda photo, view=None: find_faces(
        person_networks.face_detector, photo if view is None else view, photo.shape[:2]
    )


def test_a_face_is_found_where_it_is(faces_in):
    (face,) = faces_in(ASTRONAUT)

    assert overlap(face.box, BOX) > 0.6
    assert 0.5 < face.score <= 1


def test_its_points_are_the_persons_own_right_and_left(faces_in):
    (face,) = faces_in(ASTRONAUT)
    right_eye, left_eye, nose, mouth, right_ear, left_ear = face.points

    for point, place in [(right_eye, RIGHT_EYE), (left_eye, LEFT_EYE), (nose, NOSE)]:
        np.testing.assert_allclose(point, place, atol=0.02)
    assert nose[1] < mouth[1] < face.box[3]
    assert right_ear[0] < right_eye[0] < left_eye[0] < left_ear[0]


def test_a_mirrored_photo_has_the_mirrored_face(faces_in):
    (face,) = faces_in(ASTRONAUT)
    (mirrored,) = faces_in(np.ascontiguousarray(ASTRONAUT[:, ::-1]))

    assert overlap(face.box, (1 - mirrored.box[2], mirrored.box[1], 1 - mirrored.box[0], mirrored.box[3])) > 0.9


@pytest.mark.parametrize("size", [(320, 224), (224, 320), (320, 320)])
def test_a_view_of_other_proportions_shows_the_same_face(faces_in, size):
    (face,) = faces_in(ASTRONAUT)
    (seen,) = faces_in(ASTRONAUT, cv2.resize(ASTRONAUT, size, interpolation=cv2.INTER_AREA))

    assert overlap(face.box, seen.box) > 0.9


@pytest.mark.parametrize(("top", "left"), [(0, 512), (512, 0)], ids=["beside", "below"])
def test_two_people_are_two_faces_each_in_its_place(faces_in, top, left):
    photo = np.zeros((512 + top, 512 + left, 3), np.uint8)
    photo[:512, :512], photo[top : top + 512, left : left + 512] = ASTRONAUT, ASTRONAUT[:, ::-1]
    height, width = photo.shape[:2]
    x, y = 512 / width, 512 / height
    first = (BOX[0] * x, BOX[1] * y, BOX[2] * x, BOX[3] * y)
    at = left / width, top / height
    second = (at[0] + (1 - BOX[2]) * x, at[1] + BOX[1] * y, at[0] + (1 - BOX[0]) * x, at[1] + BOX[3] * y)

    faces = faces_in(photo)

    assert len(faces) == 2
    assert faces[0].score >= faces[1].score
    for place in (first, second):
        assert max(overlap(face.box, place) for face in faces) > 0.5


def test_a_face_of_a_twelfth_of_the_longer_side_is_still_found(faces_in):
    person = cv2.resize(ASTRONAUT, (360, 360), interpolation=cv2.INTER_AREA)  # its face is .2 of that
    photo = np.full((600, 900, 3), 90, np.uint8)
    photo[200:560, 450:810] = person

    (face,) = faces_in(photo)

    assert overlap(face.box, [(450 + 360 * BOX[0]) / 900, (200 + 360 * BOX[1]) / 600,
                              (450 + 360 * BOX[2]) / 900, (200 + 360 * BOX[3]) / 600]) > 0.4  # fmt: skip


def test_a_dark_photo_and_the_narrowest_one_allowed_have_no_face_and_no_error(faces_in):
    assert faces_in(np.zeros((64, 64, 3), np.uint8)) == ()
    assert faces_in(np.zeros((1, 32, 3), np.uint8)) == ()
    assert faces_in(np.full((2048, 64, 3), 255, np.uint8)) == ()
