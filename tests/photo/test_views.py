"""The reduced copies of a photo hold what the whole of it holds."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from focal.photo.views import guide_view


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_a_large_photo_is_read_in_means_of_its_neighbourhoods(rng):
    smooth = cv2.GaussianBlur(rng.random((1500, 2000, 3)).astype(np.float32), (0, 0), 30)
    pixels = (255 * (smooth - smooth.min()) / np.ptp(smooth)).astype(np.uint8)

    small = guide_view(pixels, 224)

    expected = cv2.resize(pixels, (224, 168), interpolation=cv2.INTER_AREA) / 255
    assert small.shape == (168, 224, 3)
    np.testing.assert_allclose(small, expected, atol=0.02)


def test_a_texture_too_fine_for_the_guide_becomes_its_mean():
    y, x = np.mgrid[:600, :800]
    checks = np.repeat(((x + y) % 2 * 255).astype(np.uint8)[..., None], 3, 2)

    np.testing.assert_allclose(guide_view(checks, 224), 0.5, atol=0.03)
