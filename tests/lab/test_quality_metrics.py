"""The measures of a mask, against hand-made cases and against the answers of PyPI's pysodmetrics."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from lab.quality import metrics as quality


def made_pair(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A noisy mask, in steps of 1/255 and over the whole of 0..1, and a reference."""
    rng = np.random.default_rng(seed)
    smooth = cv2.GaussianBlur(rng.random((60, 80)), (0, 0), 6)
    noisy = cv2.GaussianBlur(smooth + 0.3 * smooth.std() * rng.standard_normal((60, 80)), (0, 0), 2)
    mask = (noisy - noisy.min()) / np.ptp(noisy)
    return np.round(mask * 255) / 255, smooth > np.quantile(smooth, 0.7)


# pysodmetrics 1.6.2: Fmeasure's curve at its best, WeightedFmeasure, Smeasure, MAE. Its own pins do not go with ours,
# so its answers are kept here.
PYSODMETRICS = {
    0: (0.984018, 0.461140, 0.652677, 0.313279),
    1: (0.956720, 0.438395, 0.528877, 0.430964),
    2: (0.969726, 0.470793, 0.645556, 0.355810),
}


@pytest.mark.parametrize("seed", PYSODMETRICS)
def test_they_agree_with_pysodmetrics(seed):
    mask, reference = made_pair(seed)

    found = (
        quality.max_f(mask, reference),
        quality.weighted_f(mask, reference),
        quality.s_measure(mask, reference),
        quality.mean_absolute_error(mask, reference.astype(float)),
    )

    # The weighted F's nearest subject pixel is OpenCV's, exact to a hundredth of a pixel.
    np.testing.assert_allclose(found, PYSODMETRICS[seed], atol=1e-4)


def square(top: int, left: int, side: int = 20) -> np.ndarray:
    area = np.zeros((100, 100), bool)
    area[top : top + side, left : left + side] = True
    return area


@pytest.mark.parametrize("reference", [square(10, 10), square(0, 0), np.ones((100, 100), bool)])
def test_the_reference_itself_is_perfect(reference):
    found = quality.measures(reference.astype(float), reference.astype(float))

    assert found.pop("mae") == 0
    assert all(value == pytest.approx(1, abs=1e-6) for value in found.values()), found


def test_half_of_the_subject_is_half_recalled():
    reference, mask = square(10, 10), square(10, 10)
    mask[:, 20:] = False

    assert quality.recall(mask, reference) == 0.5
    assert quality.iou(mask, reference) == 0.5


def test_a_boundary_one_pixel_off_agrees_and_one_five_pixels_off_does_not():
    reference = square(30, 30)

    assert quality.boundary_f(square(31, 30).astype(float), reference) == pytest.approx(1)
    assert quality.boundary_f(square(40, 40).astype(float), reference) < 0.2


@pytest.mark.parametrize("measure", [quality.iou, quality.weighted_f, quality.s_measure, quality.boundary_f])
def test_nothing_found_where_nothing_is_is_perfect(measure):
    nothing = np.zeros((10, 10))

    assert measure(nothing, nothing > 0) == 1


def test_an_error_far_from_the_subject_weighs_more_than_one_beside_it():
    reference = square(10, 10)
    beside, far = reference.astype(float), reference.astype(float)
    beside[10:15, 30:35] = 1
    far[80:85, 80:85] = 1

    assert quality.weighted_f(far, reference) < quality.weighted_f(beside, reference)
