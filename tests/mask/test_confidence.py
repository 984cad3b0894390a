"""How far a mask can be trusted, told from masks on graphs made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from focal.mask.confidence import BORDER, border_share, graph_agreement, mask_confidence
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


def test_the_border_share_counts_each_side():
    assert border_share(square(0, 12, 0, 16)) == 1
    assert border_share(SUBJECT) == 0
    assert border_share(square(0, 12, 0, 1)) == pytest.approx((12 + 2) / (2 * 12 + 2 * 16))


def test_the_subject_is_trusted_more_than_half_of_it_or_what_meets_the_border(diffuse):
    whole = mask_confidence(SUBJECT, 0.4, diffuse, GRID)

    assert whole > 0.8
    assert mask_confidence(square(3, 9, 4, 7), 0.4, diffuse, GRID) < whole - 0.2
    assert mask_confidence(square(3, 12, 0, 10), 0.4, diffuse, GRID) < whole - 0.2


def test_a_higher_threshold_is_trusted_more(diffuse):
    low, high = (mask_confidence(SUBJECT, threshold, diffuse, GRID) for threshold in (0.2, 0.5))

    assert low < high


def test_the_border_counts_half_where_the_subject_fills_the_frame(diffuse):
    wide = square(2, 12, 0, 16)

    confident = [mask_confidence(wide, 0.3, diffuse, GRID, fills_frame=filled) for filled in (False, True)]

    odds = np.log(np.divide(confident, np.subtract(1, confident)))
    assert odds[1] - odds[0] == pytest.approx(-BORDER / 2 * border_share(wide))


@pytest.mark.parametrize("value", [False, True])
def test_a_mask_of_nothing_or_of_everything_is_not_trusted(diffuse, value):
    assert mask_confidence(np.full(GRID, value), 0.1, diffuse, GRID) < 0.05


@settings(max_examples=30)
@given(arrays.arrays(bool, (24, 32)), st.floats(0, 1))
def test_any_mask_has_a_confidence_between_0_and_1(diffuse, area, threshold):
    assert 0 <= mask_confidence(area, threshold, diffuse, GRID) <= 1
