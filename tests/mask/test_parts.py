"""Which parts belong to the subject."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.morphology
from focal.mask.parts import core, keep_parts, without_islands
from hypothesis import given
from hypothesis.extra import numpy as arrays


def test_a_small_part_goes_and_a_large_one_stays():
    area = np.zeros((20, 40), bool)
    area[2:12, 2:12] = area[2:12, 20:30] = True
    area[15:17, 35:37] = True

    kept = keep_parts(area, np.ones((20, 40), np.float32))

    assert kept[2:12, 20:30].all()
    assert not kept[15:17, 35:37].any()


def test_a_soft_edge_fades_away_from_its_area_and_rises_nowhere_else():
    rng = np.random.default_rng(0)
    area = np.zeros((40, 60), bool)
    area[10:30, 20:40] = True
    mask = cv2.blur(area.astype(np.float32), (9, 9)) * rng.uniform(0.5, 1, area.shape).astype(np.float32)
    mask[4, 30] = 0.3  # beyond what is nothing

    found = without_islands(mask, area)

    np.testing.assert_array_equal(found, skimage.morphology.reconstruction(np.where(area, mask, 0), mask))
    assert found[4, 30] == 0
    assert (found < mask).any()
    np.testing.assert_array_equal(found[area], mask[area])


def test_a_core_keeps_away_from_the_border_of_its_area_and_not_of_the_picture():
    area = np.zeros((20, 40), bool)
    area[5:, 10:30] = True

    inner = core(area, 2)

    expected = np.zeros((20, 40), np.float32)
    expected[7:, 12:28] = 1
    np.testing.assert_array_equal(inner, expected)


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
