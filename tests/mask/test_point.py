"""The subject under a point, on evidence made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from focal.mask.boundary_prior import BoundaryPrior
from focal.mask.clicks import sharp_where_kept
from focal.mask.diffusion import diffusion
from focal.mask.evidence import Evidence
from focal.mask.photo_graph import PhotoGraph
from focal.mask.point import area_at_point, piece_at, piece_of_person
from focal.mask.threshold import best_cut
from focal.option_values import Click
from hypothesis import given, settings
from hypothesis import strategies as st

GRID, CELL_PX = (20, 28), 8
SIZE = (GRID[0] * CELL_PX, GRID[1] * CELL_PX)
WARM, COLD, GREY = (200, 90, 40), (40, 90, 200), (120, 120, 120)


def box(top: int, bottom: int, left: int, right: int) -> np.ndarray:
    area = np.zeros(GRID, bool)
    area[top:bottom, left:right] = True
    return area


def enlarged(cells: np.ndarray) -> np.ndarray:
    return cells.repeat(CELL_PX, 0).repeat(CELL_PX, 1)


LEFT, RIGHT = box(5, 15, 3, 10), box(5, 15, 18, 25)
IN_LEFT, IN_RIGHT = (0.22, 0.5), (0.77, 0.5)


def trusting(area: np.ndarray) -> float:
    """Confidence in any area."""
    return 1.0


@pytest.fixture(scope="module")
def scene() -> tuple[PhotoGraph, Evidence]:
    """Two subjects, one warm and one cold, before a grey background; the seed shows all of them a little."""
    kind = LEFT + 2 * RIGHT
    guide = enlarged(np.array([GREY, WARM, COLD], np.float32)[kind] / 255)
    same = kind.ravel()[:, None] == kind.ravel()
    W = np.where(same, 1, 0.002).astype(np.float32)
    np.fill_diagonal(W, 0)
    diffuse = diffusion(W)
    seed = np.array([0.02, 1, 0.6], np.float32)[kind]
    nodes = LEFT.astype(np.float32)
    prior, focus = BoundaryPrior(np.zeros((1, *GRID), np.float32)), np.ones(GRID, np.float32)
    graph = PhotoGraph(guide, GRID, diffuse, prior, focus)
    return graph, Evidence(np.zeros(GRID, np.float32), seed, seed, nodes, best_cut([graph.score(nodes)]))


def test_of_two_parts_it_is_the_one_under_the_point(scene: tuple[PhotoGraph, Evidence]):
    both = enlarged(LEFT | RIGHT)

    np.testing.assert_array_equal(area_at_point(IN_LEFT, both, *scene, trusting, is_alone=True), enlarged(LEFT))
    np.testing.assert_array_equal(area_at_point(IN_RIGHT, both, *scene, trusting, is_alone=True), enlarged(RIGHT))


def test_a_single_part_stays_as_it_is(scene: tuple[PhotoGraph, Evidence]):
    area = area_at_point(IN_LEFT, enlarged(LEFT), *scene, trusting, is_alone=True)

    np.testing.assert_array_equal(area, enlarged(LEFT))


def test_a_subject_that_did_not_stand_out_grows_from_its_point(scene: tuple[PhotoGraph, Evidence]):
    area = area_at_point(IN_RIGHT, enlarged(LEFT), *scene, trusting, is_alone=True)

    expected = enlarged(RIGHT)
    assert (area & expected).sum() / (area | expected).sum() > 0.9


def test_what_grows_elsewhere_leaves_the_area_out(scene: tuple[PhotoGraph, Evidence]):
    area = area_at_point((0.5, 0.1), enlarged(LEFT), *scene, trusting, is_alone=True)

    assert not (area & enlarged(LEFT)).any()


def test_two_things_with_a_little_between_them_are_divided_in_the_valley() -> None:
    joined = LEFT | RIGHT | box(9, 11, 10, 18)
    score = enlarged(np.where(LEFT | RIGHT, 1, 0.4) * joined).astype(np.float32)
    guide = enlarged(np.array([GREY, WARM, COLD], np.float32)[LEFT + 2 * RIGHT] / 255)

    piece = piece_at(IN_LEFT, enlarged(joined), score, guide)

    assert piece[enlarged(LEFT)].mean() > 0.98
    assert not (piece & enlarged(RIGHT)).any()


@pytest.mark.parametrize(("between", "whole"), [(0.05, False), (0.4, True)])
def test_a_person_is_divided_only_where_hardly_anything_stands_out(between: float, whole: bool) -> None:
    joined = LEFT | RIGHT | box(9, 11, 10, 18)
    score = enlarged(np.where(LEFT | RIGHT, 1, between) * joined).astype(np.float32)
    guide = enlarged(np.array([GREY, WARM, COLD], np.float32)[LEFT + 2 * RIGHT] / 255)

    piece = piece_of_person(IN_LEFT, enlarged(joined), score, guide)

    assert piece[enlarged(LEFT)].mean() > 0.98
    assert piece[enlarged(RIGHT)].all() == whole
    assert piece[enlarged(RIGHT)].any() == whole


def test_a_person_in_pieces_stays_whole(scene: tuple[PhotoGraph, Evidence]) -> None:
    person = enlarged(LEFT | RIGHT)

    np.testing.assert_array_equal(piece_of_person(IN_LEFT, person, person.astype(np.float32), scene[0].guide), person)


@pytest.mark.parametrize("size", [(40, 2), (1, 40)])
def test_two_things_in_the_thinnest_photo_are_divided(size: tuple[int, int]) -> None:
    score = np.where(np.arange(40) // 10 % 2, 0.1, 0.9).astype(np.float32)
    score = np.broadcast_to(score if size[0] == 1 else score[:, None], size)

    piece = piece_at((0.01, 0.01), np.ones(size, bool), score, np.zeros((*size, 3), np.float32))

    assert 0.25 <= piece.mean() < 0.75


def test_one_thing_is_not_divided(scene: tuple[PhotoGraph, Evidence]) -> None:
    score = enlarged(np.where(LEFT, 0.9, 0)).astype(np.float32)

    np.testing.assert_array_equal(piece_at(IN_LEFT, enlarged(LEFT), score, scene[0].guide), enlarged(LEFT))


def test_a_missed_piece_brings_the_rest_of_its_subject_along_only_if_more_is_to_be_kept(
    scene: tuple[PhotoGraph, Evidence],
):
    upper_half = enlarged(LEFT & box(0, 10, 0, 28))

    added, alone = (
        area_at_point((0.22, 0.7), upper_half, *scene, trusting, is_alone=is_alone) for is_alone in (False, True)
    )

    assert (added & enlarged(LEFT)).sum() / (added | enlarged(LEFT)).sum() > 0.9
    assert alone[enlarged(LEFT) & ~upper_half].all()
    assert not (alone & upper_half).any()


@pytest.mark.parametrize(("seed_below", "kept"), [(0.7, 1), (0.3, 0)])
def test_what_stands_out_itself_belongs_to_the_subject_though_it_looks_otherwise(seed_below: float, kept: float):
    """A subject of two colours, of which the mask has the upper one alone, and a point on the lower one."""
    above, below = box(5, 10, 3, 10), box(10, 15, 3, 10)
    kind = above + 2 * below
    guide = enlarged(np.array([GREY, WARM, COLD], np.float32)[kind] / 255)
    W = np.where(kind.ravel()[:, None] == kind.ravel(), 1, 0.002).astype(np.float32)
    np.fill_diagonal(W, 0)
    seed, nodes = np.array([0.02, 1, seed_below], np.float32)[kind], above.astype(np.float32)
    prior, focus = BoundaryPrior(np.zeros((1, *GRID), np.float32)), np.ones(GRID, np.float32)
    graph = PhotoGraph(guide, GRID, diffusion(W), prior, focus)
    evidence = Evidence(np.zeros(GRID, np.float32), seed, seed, nodes, best_cut([graph.score(nodes)]))

    area = area_at_point((0.22, 0.55), enlarged(above), graph, evidence, trusting, is_alone=False)

    assert area[enlarged(below)].all()
    assert area[enlarged(above)].mean() == kept


def test_within_a_doubtful_part_the_more_trusted_of_it_and_what_grows_counts(scene: tuple[PhotoGraph, Evidence]):
    merged = enlarged(box(5, 15, 3, 25))  # the two subjects and what is between

    def preferring_small(area: np.ndarray) -> float:
        return 0.4 * (1 - area.mean())

    sure, small, large = (
        area_at_point(IN_LEFT, merged, *scene, confidence, is_alone=True)
        for confidence in (trusting, preferring_small, lambda area: 0.4 * area.mean())
    )

    np.testing.assert_array_equal(sure, merged)
    assert (small & enlarged(LEFT)).sum() / (small | enlarged(LEFT)).sum() > 0.9
    np.testing.assert_array_equal(large, merged)


@settings(max_examples=30)
@given(st.floats(0, 1), st.floats(0, 1))
def test_every_point_is_in_its_area_and_sharp_in_its_mask(scene: tuple[PhotoGraph, Evidence], x, y):
    row, column = min(SIZE[0] - 1, int(y * SIZE[0])), min(SIZE[1] - 1, int(x * SIZE[1]))

    for is_alone in (True, False):
        assert area_at_point((x, y), enlarged(LEFT), *scene, trusting, is_alone=is_alone)[row, column]
    assert sharp_where_kept([Click(x, y)], np.zeros(SIZE, np.float32))[row, column] == 1
    assert sharp_where_kept([Click(x, y, keep=False)], np.ones(SIZE, np.float32))[row, column] == 0


def test_only_what_is_right_around_the_point_is_raised():
    mask = np.full((100, 200), 0.25, np.float32)

    raised = sharp_where_kept([Click(0.5, 0.5)], mask)

    assert raised.dtype == np.float32
    assert (raised >= mask).all()
    assert (raised > mask).mean() < 0.01
    np.testing.assert_array_equal(raised[:, :90], mask[:, :90])
