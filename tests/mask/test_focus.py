"""The disparity in focus: asked for, pointed at, or the subject's."""

from __future__ import annotations

import numpy as np
import pytest
from focal.mask.focus import find_focus


@pytest.fixture
def disparity():
    """A slope from 0 at the left to .5, on it a thing at .8."""
    slope = np.tile(np.linspace(0, 0.5, 80, dtype=np.float32), (60, 1))
    slope[20:40, 30:50] = 0.8
    return slope


@pytest.fixture
def alpha():
    """The thing's mask at four times the resolution, a good part of it beside the thing."""
    mask = np.zeros((240, 320), np.uint8)
    mask[80:160, 120:232] = 255
    return mask


def test_the_subject_is_in_focus_by_the_median_of_its_disparity(disparity, alpha):
    assert find_focus(disparity, alpha) == pytest.approx(0.8)


def test_a_point_goes_before_the_subject(disparity, alpha):
    assert find_focus(disparity, alpha, point=(0.95, 0.1)) == pytest.approx(0.475, abs=0.02)
    assert find_focus(disparity, alpha, point=(0.5, 0.5)) == pytest.approx(0.8)
    assert find_focus(disparity, alpha, point=(1.0, 1.0)) == pytest.approx(0.5, abs=0.02)


def test_the_focus_asked_for_goes_before_all(disparity, alpha):
    assert find_focus(disparity, alpha, point=(0.5, 0.5), focus=0.1) == 0.1


@pytest.mark.parametrize("mask", [None, np.zeros((240, 320), np.uint8)])
def test_without_a_subject_the_nearest_is_in_focus(disparity, mask):
    assert find_focus(disparity, mask) == pytest.approx(0.8)


def test_a_few_wrong_values_do_not_move_it(disparity, alpha):
    disparity[26] = 0

    assert find_focus(disparity, alpha) == pytest.approx(0.8)
    assert find_focus(disparity, alpha, point=(0.5, 0.45)) == pytest.approx(0.8)
