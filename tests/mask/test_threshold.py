"""Where the score is cut."""

from __future__ import annotations

import numpy as np
import pytest
from focal.mask.threshold import AREA, LEVEL, MARGIN, SIDES, Cut, best_cut, otsu_threshold, overrules
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def by_definition(levels: np.ndarray) -> set[int]:
    """All levels whose split has the greatest variance between the classes."""
    variance = np.full(256, -1.0)
    for t in range(256):
        low, high = levels[levels <= t].astype(float), levels[levels > t].astype(float)
        if low.size and high.size:
            variance[t] = low.size * high.size * (high.mean() - low.mean()) ** 2
    return set(np.flatnonzero(np.isclose(variance, variance.max(), rtol=1e-6)))


def quality_by_definition(score: np.ndarray, level: int) -> float:
    """How good the cut above a level is, from the area that it gives."""
    levels = np.ceil(score * 255)
    area, values = levels > level, levels / 255
    between = area.mean() * (1 - area.mean()) * (values[area].mean() - values[~area].mean()) ** 2
    sides = (area[:, 0].mean() + area[:, -1].mean()) / 2
    return between / values.var() + SIDES * sides + AREA * area.mean() + LEVEL * level / 255


def test_otsu_separates_the_classes_best(rng):
    score = np.concatenate([rng.normal(0.2, 0.05, 700), rng.normal(0.7, 0.1, 300)]).clip(0, 1).astype(np.float32)

    threshold = otsu_threshold(score.reshape(20, 50))

    assert round(threshold * 255) in by_definition((score * 255).astype(np.uint8))


def test_a_constant_score_has_a_threshold():
    assert otsu_threshold(np.zeros((5, 5), np.float32)) == 0


@given(arrays.arrays(np.float32, (6, 6), elements=st.floats(0, 1, width=32)))
def test_the_threshold_is_between_the_least_and_the_greatest(score):
    assert 0 <= otsu_threshold(score) <= max(score.max(), 0)


def test_the_best_cut_is_the_best_of_all_levels(rng):
    score = rng.random((20, 30)).astype(np.float32) ** 2

    cut = best_cut([score])

    levels = np.ceil(score * 255).astype(int)
    qualities = [quality_by_definition(score, level) for level in range(levels.min(), levels.max())]
    assert cut.quality == pytest.approx(max(qualities))
    assert quality_by_definition(score, round(cut.threshold * 255)) == pytest.approx(max(qualities))


def test_a_score_of_two_classes_is_cut_between_them(rng):
    score = np.full((20, 30), 0.2, np.float32)
    score[5:15, 8:22] = 0.8
    score += rng.normal(0, 0.02, score.shape).astype(np.float32)

    cut = best_cut([score])

    assert ((cut.score > cut.threshold) == (score > 0.5)).mean() > 0.98


def test_a_middle_level_joins_the_subject_within_the_picture_and_not_along_its_sides():
    body, walls = (np.full((20, 30), 0.1, np.float32) for _ in range(2))
    body[4:10, 10:20] = walls[4:10, 10:20] = 0.9
    body[10:18, 8:23] = 0.4
    walls[:, :3] = walls[:, -3:] = 0.4  # as large

    kept = [(cut.score > cut.threshold) & (cut.score < 0.7) for cut in (best_cut([body]), best_cut([walls]))]

    assert kept[0].any()
    assert not kept[1].any()


def test_of_several_scores_the_one_with_the_clearer_cut_is_taken(rng):
    clear = np.full((20, 30), 0.1, np.float32)
    clear[5:15, 8:22] = 0.9
    vague = rng.random((20, 30)).astype(np.float32)

    assert best_cut([vague, clear]).score is clear
    assert best_cut([clear, vague]).score is clear


def marks(rows: slice, quality: float) -> Cut:
    score = np.zeros((20, 30), np.float32)
    score[rows] = 1
    return Cut(score, 0.5, quality)


def test_a_cut_is_overruled_by_a_much_better_one_of_the_same_thing():
    head, whole, elsewhere = slice(0, 5), slice(0, 15), slice(15, 20)

    assert overrules(marks(whole, 0.5 + 1.1 * MARGIN), marks(head, 0.5))
    assert not overrules(marks(whole, 0.5 + 0.9 * MARGIN), marks(head, 0.5))
    assert not overrules(marks(elsewhere, 0.5 + 1.1 * MARGIN), marks(head, 0.5))


@pytest.mark.parametrize("value", [0, 0.3, 1])
def test_of_a_constant_score_nothing_is_kept(value):
    cut = best_cut([np.full((5, 5), value, np.float32)])

    assert not (cut.score > cut.threshold).any()
    assert cut.quality == 0


@given(arrays.arrays(np.float32, (6, 6), elements=st.floats(0, 1, width=32)))
def test_any_score_has_a_cut_that_leaves_something_outside(score):
    cut = best_cut([score])

    assert 0 <= cut.threshold <= 1
    assert not (score > cut.threshold).all()
