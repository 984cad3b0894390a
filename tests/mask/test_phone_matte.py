"""A phone's matte as a mask."""

import numpy as np
import pytest
from focal.mask.phone_matte import matte_alpha


def matte() -> np.ndarray:
    """A person left of the middle, kept by a lossy format; uint8 (150, 200)."""
    kept = np.full((150, 200), 4, np.uint8)
    kept[40:, 40:90] = 251
    kept[40:, 90] = 128
    return kept


@pytest.mark.parametrize("size", [(300, 400), (75, 100), (150, 200)])
def test_the_mask_has_the_photos_size_and_no_noise(size):
    alpha = matte_alpha(matte(), size, None)

    assert (alpha.shape, alpha.dtype) == (size, np.uint8)
    scale = size[0] / 150
    assert (alpha[int(60 * scale) :, int(45 * scale) : int(85 * scale)] == 255).all()
    assert (alpha[:, int(95 * scale) :] == 0).all()


def test_a_matte_without_anybody_is_no_mask():
    assert matte_alpha(np.full((150, 200), 5, np.uint8), (300, 400), None) is None


@pytest.mark.parametrize(("point", "is_person"), [((0.3, 0.9), True), ((0.8, 0.9), False), ((1.0, 1.0), False)])
def test_a_point_elsewhere_asks_for_another_subject(point, is_person):
    assert (matte_alpha(matte(), (300, 400), point) is not None) == is_person
