"""People turned on their side or head: found in a turned copy, and placed where they are in the photo."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from focal.network.people.people import Face, People
from focal.network.people.turned import find_turned, leaves_downwards, turned, turned_back

from tests.helpers.made_people import figure, people

ASTRONAUT = skimage.data.astronaut()[:, 60:420]  # 512 × 360 px
SIZE = 200, 300
UPRIGHT = figure(SIZE, 100, 60, 30)


def area_of(face: Face, size: tuple[int, int]) -> np.ndarray:
    """What a face's box covers of a photo of a size (h, w), bool."""
    left, top, right, bottom = (
        round(x * side) for x, side in zip(face.box, (size[1], size[0], size[1], size[0]), strict=True)
    )
    cover = np.zeros(size, bool)
    cover[top:bottom, left:right] = True
    return cover


def anywhere() -> np.ndarray:
    """A map that tells nothing of who lies."""
    return np.ones((256, 256), np.float32)


def somebody(rows: slice, columns: slice) -> np.ndarray:
    """The map of somebody who takes a part of the photo."""
    person: np.ndarray = np.zeros((256, 256), np.float32)
    person[rows, columns] = 1
    return person


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_what_is_found_in_a_turned_copy_lies_where_it_is_in_the_photo(quarters):
    """The oracle is the picture of the face's box and of its points, turned."""
    found = people([UPRIGHT])
    whole = People(found.faces, found.person, found.person**2)

    back = turned_back(whole, quarters)

    (face,) = back.faces
    size = SIZE if quarters % 2 == 0 else SIZE[::-1]
    np.testing.assert_array_equal(area_of(face, size), turned(area_of(UPRIGHT.face, SIZE), -quarters))
    for point, place in zip(UPRIGHT.face.points, face.points, strict=True):
        spot: np.ndarray = np.zeros(SIZE)
        spot[int(point[1] * SIZE[0]), int(point[0] * SIZE[1])] = 1
        y, x = np.argwhere(turned(spot, -quarters))[0]
        np.testing.assert_allclose(place * size[::-1], [x + 0.5, y + 0.5], atol=1)
    np.testing.assert_array_equal(back.person, turned(found.person, -quarters))
    np.testing.assert_array_equal(back.halves, turned(found.person**2, -quarters))


def test_halves_that_were_not_looked_at_stay_so():
    assert turned_back(people([UPRIGHT]), 1).halves is None


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_somebody_on_the_side_or_head_is_turned_upright(person_networks, quarters):
    lying = turned(ASTRONAUT, -quarters)

    turn, faces = find_turned(person_networks.find_faces, (), lying, lying.shape[:2], anywhere())

    assert turn == quarters
    (upright,) = person_networks.find_faces(ASTRONAUT, ASTRONAUT.shape[:2])
    np.testing.assert_allclose(faces[0].points, upright.points, atol=0.01)


def test_somebody_upright_is_not_turned(person_networks):
    faces = person_networks.find_faces(ASTRONAUT, ASTRONAUT.shape[:2])

    assert find_turned(person_networks.find_faces, faces, ASTRONAUT, ASTRONAUT.shape[:2], anywhere()) == (0, faces)


@pytest.mark.parametrize(("upright", "in_copy", "turns"), [((), 0.69, 0), ((), 0.71, 1), ((0.65,), 0.74, 0)])
def test_a_face_in_a_copy_counts_if_it_is_surer_than_those_seen_upright(upright, in_copy, turns):
    seen = tuple(UPRIGHT.face.__class__(UPRIGHT.face.box, UPRIGHT.face.points, score) for score in upright)
    pixels = np.zeros((*SIZE, 3), np.uint8)
    pixels[0] = 255  # a copy turned once has this row at its left

    def find(view: np.ndarray, photo_px: tuple[int, int]) -> tuple[Face, ...]:
        assert view.shape[:2] == photo_px
        return (Face(UPRIGHT.face.box, UPRIGHT.face.points, in_copy),) if view[:, 0].all() else ()

    assert find_turned(find, seen, pixels, SIZE, anywhere())[0] == turns


def test_who_leaves_the_photo_at_the_bottom_alone_may_only_be_on_the_head():
    """As in a photo of somebody from behind, whose face is not seen either way."""
    looked_at = []

    def find(view: np.ndarray, photo_px: tuple[int, int]) -> tuple[Face, ...]:
        looked_at.append(view)
        return ()

    upright: np.ndarray = np.zeros((*SIZE, 3), np.uint8)
    upright[0] = 255
    find_turned(find, (), upright, SIZE, somebody(slice(60, 256), slice(100, 150)))

    (on_head,) = looked_at
    np.testing.assert_array_equal(on_head, turned(upright, 2))


@pytest.mark.parametrize(
    ("rows", "columns", "leaves"),
    [
        pytest.param(slice(60, 256), slice(100, 150), True, id="from the head to the hips"),
        pytest.param(slice(60, 255), slice(100, 150), False, id="from head to foot"),
        pytest.param(slice(0, 256), slice(100, 150), False, id="on to the top, or in from there"),
        pytest.param(slice(60, 256), slice(0, 150), False, id="from a side"),
        pytest.param(slice(60, 256), slice(200, 256), False, id="from the other side"),
        pytest.param(slice(156, 256), slice(50, 150), False, id="wider than high in a photo that is"),
        pytest.param(slice(0, 0), slice(0, 0), False, id="nobody"),
    ],
)
def test_somebody_leaves_the_photo_downwards(rows, columns, leaves):
    assert leaves_downwards(somebody(rows, columns), SIZE) == leaves
