"""How far a mask can be trusted, told from masks on graphs made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from focal.mask.confidence import (
    common_confidence,
    correlation,
    graph_agreement,
    mask_confidence,
    part_count,
    people_confidence,
    side_share,
    soft_iou,
)
from focal.mask.diffusion import diffusion
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

GRID = (12, 16)


def square(top: int, bottom: int, left: int, right: int, scale: int = 1) -> np.ndarray:
    area = np.zeros((GRID[0] * scale, GRID[1] * scale), bool)
    area[top * scale : bottom * scale, left * scale : right * scale] = True
    return area


SUBJECT = square(3, 9, 4, 10)


@pytest.fixture(scope="module")
def diffuse():
    """Over a graph in which the subject's cells are alike, and the others are."""
    same = SUBJECT.ravel()[:, None] == SUBJECT.ravel()
    W = np.where(same, 1, 0.002).astype(np.float32)
    np.fill_diagonal(W, 0)
    return diffusion(W)


def test_the_graph_gives_the_subject_back_and_not_half_of_it(diffuse):
    assert graph_agreement(SUBJECT, diffuse, GRID) > 0.8
    assert graph_agreement(square(3, 9, 4, 7), diffuse, GRID) < 0.4
    assert graph_agreement(square(1, 11, 2, 14), diffuse, GRID) < 0.6


def test_agreement_is_the_soft_overlap_of_the_cells_with_their_diffusion(diffuse):
    cells = square(2, 7, 4, 9).astype(np.float32)
    diffused = diffuse(cells.ravel()).reshape(GRID)
    shared = sum(min(a, b) for a, b in zip(cells.flat, diffused.flat, strict=True))
    either = sum(max(a, b) for a, b in zip(cells.flat, diffused.flat, strict=True))

    assert graph_agreement(cells > 0, diffuse, GRID) == pytest.approx(shared / either, rel=1e-4)


def test_the_area_may_be_finer_than_the_grid(diffuse):
    fine = square(3, 9, 4, 10, scale=7)

    assert graph_agreement(fine, diffuse, GRID) == pytest.approx(graph_agreement(SUBJECT, diffuse, GRID))


def test_only_the_left_and_the_right_border_are_sides():
    assert side_share(square(0, 12, 0, 16)) == 1
    assert side_share(square(0, 12, 1, 15)) == 0
    assert side_share(square(0, 6, 0, 15)) == pytest.approx(6 / 24)


def test_the_subject_is_trusted_more_than_half_of_it_or_what_meets_the_sides(diffuse):
    whole = mask_confidence(SUBJECT, 1.1, diffuse, GRID)

    assert whole > 0.8
    assert mask_confidence(square(3, 9, 4, 7), 1.1, diffuse, GRID) < whole - 0.2
    assert mask_confidence(square(3, 9, 0, 16), 1.1, diffuse, GRID) < whole - 0.2


def test_a_clearer_cut_is_trusted_more(diffuse):
    low, high = (mask_confidence(SUBJECT, quality, diffuse, GRID) for quality in (0.6, 0.9))

    assert low < high


def test_parts_that_do_not_touch_are_counted_and_specks_are_not():
    two = square(1, 5, 1, 5, scale=20) | square(6, 9, 9, 14, scale=20)
    two[200, 10] = True

    assert part_count(two) == 2
    assert part_count(square(3, 9, 4, 10)) == 1
    assert part_count(np.zeros(GRID, bool)) == 1


def test_a_mask_in_pieces_is_trusted_less():
    def keeps_all(cells: np.ndarray) -> np.ndarray:
        return cells

    one, three = square(2, 8, 4, 7), square(2, 4, 4, 7) | square(5, 7, 4, 7) | square(8, 10, 4, 7)

    assert mask_confidence(three, 0.9, keeps_all, GRID) < mask_confidence(one, 0.9, keeps_all, GRID)


def test_a_head_is_trusted_less_where_clothes_are_seen_below_it(diffuse):
    worn = square(6, 12, 2, 12).astype(np.float32)[::2, ::2]

    body, head = square(4, 11, 3, 11), square(1, 5, 5, 9)
    confidences = [[mask_confidence(area, 1.1, diffuse, GRID, seen) for seen in (None, worn)] for area in (body, head)]

    assert confidences[0][1] == confidences[0][0]
    assert confidences[1][1] < confidences[1][0] / 3


def test_the_correlation_of_an_area_and_a_map_is_pearsons():
    likely = np.random.default_rng(0).random(GRID, np.float32)

    assert correlation(SUBJECT, likely) == pytest.approx(np.corrcoef(SUBJECT.ravel(), likely.ravel())[0, 1], abs=1e-5)
    assert correlation(np.ones(GRID, bool), likely) == correlation(SUBJECT, np.ones(GRID, np.float32)) == 0


@pytest.mark.parametrize("level", [0.3, 0.123, 0.77, 1e-8])
@pytest.mark.parametrize("grid", [(1, 1), (7, 10)])
@pytest.mark.parametrize("shape", [(224, 300), (1, 224)])
def test_a_map_that_is_alike_everywhere_correlates_with_nothing(level, grid, shape):
    area = np.zeros(shape, bool)
    area[:, shape[1] // 4 : shape[1] // 2] = True

    assert correlation(area, np.full(grid, level, np.float32)) == 0


@pytest.mark.parametrize("value", [False, True])
def test_a_mask_of_nothing_or_of_everything_is_not_trusted(diffuse, value):
    assert mask_confidence(np.full(GRID, value), 0, diffuse, GRID) < 0.05


@settings(max_examples=30)
@given(arrays.arrays(bool, (24, 32)), st.floats(0, 1.3))
def test_any_mask_has_a_confidence_between_0_and_1(diffuse, area, quality):
    assert 0 <= mask_confidence(area, quality, diffuse, GRID) <= 1


def test_people_are_trusted_as_far_as_the_mask_is_what_the_person_network_sees():
    seen = SUBJECT.astype(np.float32)

    whole, half, twice = (people_confidence(x, x, seen) for x in (SUBJECT, square(3, 9, 4, 7), square(3, 9, 0, 12)))

    assert whole > 0.9
    assert half < whole - 0.3
    assert twice < whole - 0.3


def test_bystanders_who_are_left_out_take_no_trust_from_those_who_stay():
    both = SUBJECT | square(3, 6, 12, 15)

    assert people_confidence(SUBJECT, both, both.astype(np.float32)) > 0.9


@pytest.mark.parametrize("value", [False, True])
def test_a_mask_of_nobody_or_of_everything_is_not_trusted_where_somebody_is_seen(value):
    area = np.full(GRID, value)

    assert people_confidence(area, area, SUBJECT.astype(np.float32)) < 0.3


def test_soft_overlap_is_exact_for_areas_and_whole_for_nothing():
    assert soft_iou(np.float32([1, 1, 0, 0]), np.float32([0, 1, 1, 0])) == pytest.approx(1 / 3)
    assert soft_iou(np.zeros(4, np.float32), np.zeros(4, np.float32)) == 1


def test_two_confidences_meet_between_both():
    assert common_confidence(0.9, 0.9) == pytest.approx(0.9)
    assert common_confidence(0.9, 0.1) == pytest.approx(0.5)
    assert 0.6 < common_confidence(0.95, 0.3) == common_confidence(0.3, 0.95) < 0.95
