"""A map of depth is believed only where it has the subject near."""

import cv2
import numpy as np
import pytest
from focal.mask.mask_and_depth import in_focus_alpha, is_near


def scene(near: float, far: float, size=(120, 160)) -> tuple[np.ndarray, np.ndarray]:
    """Disparity and mask of a disc on something else; the mask at three times the size."""
    mask = np.zeros(size, np.uint8)
    cv2.circle(mask, (80, 60), 30, 255, -1)
    disparity = np.where(mask > 0, near, far).astype(np.float32)
    return disparity, cv2.resize(mask, None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST)


@pytest.mark.parametrize(("near", "far", "expected"), [(0.9, 0.1, True), (0.1, 0.9, False), (0.5, 0.5, False)])
def test_a_subject_is_near_if_most_of_the_rest_is_farther(near, far, expected):
    assert is_near(*scene(near, far)) == expected


@pytest.mark.parametrize("mask_px", [(40, 53), (60, 80), (120, 160)])
def test_a_mask_may_be_smaller_than_the_map(mask_px):
    disparity, mask = scene(0.9, 0.1)
    small = cv2.resize(mask, mask_px[::-1], interpolation=cv2.INTER_AREA)

    assert is_near(disparity, small)
    assert not is_near(1 - disparity, small)


def test_a_near_table_before_the_subject_does_not_matter():
    disparity, mask = scene(0.6, 0.1)
    disparity[100:] = 1.0

    assert is_near(disparity, mask)


@pytest.mark.parametrize("value", [0, 255])
def test_a_mask_of_nothing_or_everything_tells_nothing(value):
    assert not is_near(scene(0.9, 0.1)[0], np.full((360, 480), value, np.uint8))


def test_what_is_in_focus_is_white_and_what_is_not_black():
    disparity, mask = scene(0.9, 0.1)

    alpha = in_focus_alpha(disparity, 0.85, 360, 480)

    inside, outside = cv2.erode(mask, np.ones((9, 9))) == 255, cv2.dilate(mask, np.ones((9, 9))) == 0
    assert (alpha[inside] == 255).all()
    assert (alpha[outside] == 0).all()
