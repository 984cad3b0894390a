"""What a face says of where its person is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from focal.mask.faces import (
    face_cover,
    faces_within,
    head_map,
    head_of,
    outline,
    raise_faces,
    round_outline,
    subjects,
    together,
    torso_map,
    wide_outline,
)

from tests.helpers.made_people import figure

SIZE = 300, 400
ASPECT = 4 / 3


def test_bystanders_are_those_less_than_half_as_large_as_the_largest():
    near, far, middling = (figure(SIZE, 100, 80, side).face for side in (60, 29, 31))

    assert subjects([far, near, middling], ASPECT) == (near, middling)
    assert subjects([], ASPECT) == ()


def test_the_outline_holds_every_point_of_the_face_and_hardly_more_than_its_box():
    face = figure(SIZE, 200, 150, 80).face
    polygon = outline(face, ASPECT)

    cover = face_cover([face], SIZE, ASPECT)
    x, y = (face.points * [400, 300]).astype(int).T
    left, top, right, bottom = (int(v) for v in np.array(face.box) * [400, 300, 400, 300])

    assert polygon.dtype == np.float32
    assert (cover[y, x] > 0.5).all()
    assert cover[top:bottom, left:right].mean() > 0.6
    assert cover.sum() < 1.1 * (right - left) * (bottom - top)


def test_the_outline_of_a_profile_ends_at_the_nose():
    face = figure(SIZE, 200, 150, 80).face
    # Seen from the side, facing left: eyes and mouth close to the nose, both ears far behind.
    points = (
        np.array([[-0.3, -0.2], [-0.35, -0.2], [-0.45, 0.05], [-0.35, 0.25], [0.3, -0.1], [-0.2, -0.15]]) * 80
        + [200, 150]
    ) / [400, 300]
    profile = type(face)(face.box, points.astype(np.float32), 0.8)

    cover = face_cover([profile], SIZE, ASPECT)

    nose_px = 200 - 0.45 * 80
    assert np.flatnonzero(cover.any(0)).min() > nose_px - 0.1 * 80


def test_the_head_lies_around_the_face_and_the_torso_below_it():
    one = figure(SIZE, 200, 80, 40)

    head, torso = head_map([one.face], SIZE, ASPECT), torso_map([one.face], SIZE, ASPECT)

    assert head[80, 200] == 1
    assert head[60, 200] > 0.9
    assert torso[80, 200] == 0
    assert torso[150, 200] == 1
    assert head[150, 200] == 0
    assert torso[:, :150].max() == 0
    assert (torso[one.area] > 0.5).mean() > 0.4


def test_the_crown_is_the_head_above_the_middle_of_the_face():
    face = figure(SIZE, 200, 80, 40).face

    head = head_of(face, SIZE, ASPECT)

    np.testing.assert_array_equal(head.face, face_cover([face], SIZE, ASPECT))
    np.testing.assert_array_equal(head.whole, head_map([face], SIZE, ASPECT))
    assert head.crown[60, 200] == head.whole[60, 200] > 0.9
    assert head.crown[90, 200] == 0 < head.whole[90, 200]


def test_several_heads_are_together_where_any_of_them_is():
    heads = [head_of(figure(SIZE, x, 80, 40).face, SIZE, ASPECT) for x in (80, 250)]

    both, none = together(heads, SIZE), together([], SIZE)

    for maps in zip(both, *heads, strict=True):
        np.testing.assert_array_equal(maps[0], np.maximum(*maps[1:]))
    assert not np.any(none)


def test_a_tilted_head_is_looked_for_along_its_own_axis():
    upright = figure(SIZE, 200, 150, 60).face
    middle = np.array([0.5, 0.5])
    turn = np.array([[0, 1], [-1, 0]])
    points = (((upright.points - middle) * [400, 300]) @ turn) / [400, 300] + middle
    lying = type(upright)(upright.box, points.astype(np.float32), 0.9)

    a, b = head_map([upright], (300, 300), 1.0), head_map([lying], (300, 300), 1.0)

    assert a[100, 150] > b[100, 150]
    assert np.abs(a.sum() - b.sum()) < 0.05 * a.sum()


NOWHERE = np.zeros((150, 200), bool)


def test_a_raised_face_is_whole_and_nothing_else_is_touched():
    face = figure(SIZE, 200, 150, 60).face
    alpha = np.full(SIZE, 40, np.uint8)

    raised = raise_faces(alpha, (face,), NOWHERE)

    assert (alpha == 40).all()
    assert raised[face_cover([face], SIZE, ASPECT) > 0.5].min() >= 0.5 * 255
    assert raised[face_cover([face], SIZE, ASPECT) == 1].min() >= 0.98 * 255
    assert (raised[:100] == 40).all()
    assert (raised[:, :150] == 40).all()


@pytest.mark.parametrize("place", [(0, 0), (399, 299), (-30, 150), (1000, 1000)])
def test_a_face_at_or_beyond_the_border_is_raised_as_far_as_it_shows(place: tuple[int, int]):
    face = figure(SIZE, *place, 60).face

    raised = raise_faces(np.zeros(SIZE, np.uint8), (face,), NOWHERE)

    assert (raised[face_cover([face], SIZE, ASPECT) == 1] >= 0.98 * 255).all()
    assert (raised > 0).any() == (place != (1000, 1000))


def test_a_face_belongs_to_the_area_that_holds_most_of_it():
    here, there = figure(SIZE, 100, 80, 40), figure(SIZE, 300, 80, 40)

    assert faces_within(here.area, (here.face, there.face)) == (here.face,)


def test_around_a_face_alpha_follows_the_head_and_never_the_outline():
    """The background beside a cheek stays background; the cheek that the matte has lost comes back."""
    face = figure(SIZE, 200, 150, 60).face
    head = np.zeros((150, 200), bool)
    head[:, :100] = True  # the left half of the face's surroundings, at half the photo's size
    wide, inner = np.zeros(SIZE, np.uint8), face_cover([face], SIZE, ASPECT) > 0
    cv2.fillConvexPoly(wide, (wide_outline(face, ASPECT) * [400, 300]).astype(np.int32), 1)
    between = (cv2.erode(wide, np.ones((5, 5), np.uint8)) > 0) & ~inner

    raised = raise_faces(np.zeros(SIZE, np.uint8), (face,), head)

    assert between[:, :196].sum() > 50
    assert raised[:, :196][between[:, :196]].min() >= 0.98 * 255
    assert between[:, 200:].sum() > 50
    assert (raised[:, 200:][between[:, 200:]] == 0).all()


def test_what_the_matte_gives_a_face_for_the_most_part_is_opaque_and_no_edge_moves():
    face = figure(SIZE, 200, 150, 60).face
    levels = np.interp(np.arange(400), [165, 235], [50, 240]).astype(np.uint8)[None].repeat(300, 0)
    circle, inner = np.zeros(SIZE, np.uint8), face_cover([face], SIZE, ASPECT) > 0
    cv2.fillConvexPoly(circle, (round_outline(face, ASPECT) * [400, 300]).astype(np.int32), 1)
    rim = (cv2.erode(circle, np.ones((5, 5), np.uint8)) > 0) & ~inner
    beyond = (cv2.dilate(circle, np.ones((5, 5), np.uint8)) == 0) & ~inner

    raised = raise_faces(levels, (face,), NOWHERE)

    opaque, doubtful = rim & (levels >= 0.7 * 255), rim & (levels <= 0.57 * 255)
    assert opaque.sum() > 50
    assert raised[opaque].min() >= 0.98 * 255
    assert doubtful.sum() > 50
    assert (raised == levels)[doubtful].all()
    assert (raised == levels)[beyond].all()
    assert ((raised > 127) == (levels > 127))[~inner].all()


@pytest.mark.parametrize("size", [(300, 400), (1201, 1603)])
def test_the_edge_of_the_head_lies_where_the_area_has_it_at_any_size(size: tuple[int, int]):
    face = figure(SIZE, 200, 150, 120).face
    head = np.zeros((90, 120), bool)
    head[:, :60] = True

    raised = raise_faces(np.zeros(size, np.uint8), (face,), head)

    around = (raised > 127) & (face_cover([face], size, ASPECT) == 0)
    assert around.sum() == pytest.approx(_half(face, size), rel=0.1)


def _half(face, size):
    """How much of the wide outline but for the inner one lies in the left half."""
    wide = np.zeros(size, np.uint8)
    cv2.fillConvexPoly(wide, (wide_outline(face, ASPECT) * size[::-1]).astype(np.int32), 1)
    rest = (wide > 0) & (face_cover([face], size, ASPECT) == 0)
    return int(rest[:, : size[1] // 2].sum())
