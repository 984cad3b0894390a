"""The threshold of the score, and which parts belong to the subject."""

from __future__ import annotations

import numpy as np
import pytest
from focal.mask.parts import fills_frame, keep_parts, otsu_threshold
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays


def by_definition(levels: np.ndarray) -> set[int]:
    """All levels whose split has the greatest variance between the classes."""
    variance = np.full(256, -1.0)
    for t in range(256):
        low, high = levels[levels <= t].astype(float), levels[levels > t].astype(float)
        if low.size and high.size:
            variance[t] = low.size * high.size * (high.mean() - low.mean()) ** 2
    return set(np.flatnonzero(np.isclose(variance, variance.max(), rtol=1e-6)))


def test_otsu_separates_the_classes_best():
    rng = np.random.default_rng(0)
    score = np.concatenate([rng.normal(0.2, 0.05, 700), rng.normal(0.7, 0.1, 300)]).clip(0, 1).astype(np.float32)

    threshold = otsu_threshold(score.reshape(20, 50))

    assert round(threshold * 255) in by_definition((score * 255).astype(np.uint8))


def picture(inside: float, outside: float) -> tuple[np.ndarray, np.ndarray]:
    """A score of two classes, and an unlikeness to the border that is constant in each."""
    score, unlike = np.full((10, 10), 0.2, np.float32), np.full((10, 10), outside, np.float32)
    score[3:7, 3:7], unlike[3:7, 3:7] = 0.9, inside
    return score, unlike


def test_a_subject_before_a_background_does_not_fill_the_frame():
    score, unlike = picture(inside=1.0, outside=0.2)

    assert not fills_frame(score > otsu_threshold(score), unlike)


def test_a_subject_fills_the_frame_where_the_outside_is_as_unlike_the_border():
    score, unlike = picture(inside=1.0, outside=0.8)

    assert fills_frame(score > otsu_threshold(score), unlike)


@pytest.mark.parametrize("value", [False, True])
def test_nothing_and_everything_are_no_two_classes(value):
    assert not fills_frame(np.full((5, 5), value), np.ones((5, 5), np.float32))


def test_a_constant_score_has_a_threshold():
    assert otsu_threshold(np.zeros((5, 5), np.float32)) == 0


def test_a_small_part_goes_and_a_large_one_stays():
    area = np.zeros((20, 40), bool)
    area[2:12, 2:12] = area[2:12, 20:30] = True
    area[15:17, 35:37] = True

    kept = keep_parts(area, np.ones((20, 40), np.float32))

    assert kept[2:12, 20:30].all()
    assert not kept[15:17, 35:37].any()


def test_a_small_hole_is_filled_and_a_large_one_or_an_open_one_is_not():
    area = np.zeros((40, 40), bool)
    area[5:35, 5:40] = True
    area[10:13, 10:13] = False
    area[20:30, 10:20] = False
    area[8:10, 38:40] = False

    kept = keep_parts(area, np.ones((40, 40), np.float32))

    assert kept[10:13, 10:13].all()
    assert not kept[20:30, 10:20].any()
    assert not kept[8:10, 38:40].any()


@pytest.mark.parametrize("value", [False, True])
def test_all_or_nothing_stays_so(value):
    area = np.full((6, 7), value)

    np.testing.assert_array_equal(keep_parts(area, np.ones((6, 7), np.float32)), area)


@given(arrays.arrays(bool, (9, 11)))
def test_what_is_kept_is_part_of_the_area_or_fills_its_holes(area):
    kept = keep_parts(area, np.ones(area.shape, np.float32))

    border = np.ones(area.shape, bool)
    border[1:-1, 1:-1] = False
    assert not (kept & ~area & border).any()
    assert kept.any() == area.any()


@given(arrays.arrays(np.float32, (6, 6), elements=st.floats(0, 1, width=32)))
def test_the_threshold_is_between_the_least_and_the_greatest(score):
    assert 0 <= otsu_threshold(score) <= max(score.max(), 0)
