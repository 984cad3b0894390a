"""The subject cut out."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from focal.blur.cutout import cut_out

RED, GREEN, BLUE = (200, 30, 20), (40, 180, 60), (10, 20, 220)


@pytest.fixture(params=[(120, 160), (700, 1300)], ids=["small", "large"])
def scene(request):
    """A red disc with a soft edge before green: the photo, and alpha, uint8 (h, w)."""
    height, width = request.param
    alpha = np.zeros((height, width), np.uint8)
    cv2.circle(alpha, (width // 2, height // 2), height // 3, 255, -1)
    alpha = cv2.GaussianBlur(alpha, (0, 0), height / 60)
    share = alpha[..., None] / 255
    return (share * RED + (1 - share) * GREEN).round().astype(np.uint8), alpha


def test_a_cut_out_has_the_mask_as_alpha_and_the_subjects_own_colour(scene):
    photo, alpha = scene

    cut = cut_out(photo, alpha)

    np.testing.assert_array_equal(cut[..., 3], alpha)
    np.testing.assert_array_equal(cut[alpha == 255][:, :3], photo[alpha == 255])
    assert not cut[alpha == 0].any()
    half = (alpha > 100) & (alpha < 200)
    np.testing.assert_allclose(cut[half][:, :3], np.broadcast_to(RED, (half.sum(), 3)), atol=8)


def test_over_a_background_nothing_of_the_old_one_is_left(scene):
    photo, alpha = scene

    laid = cut_out(photo, alpha, BLUE)

    share = alpha[..., None] / 255
    np.testing.assert_allclose(laid, share * RED + (1 - share) * BLUE, atol=8)
    assert (laid[alpha == 0] == BLUE).all()
    np.testing.assert_array_equal(laid[alpha == 255], photo[alpha == 255])


def test_a_cut_out_laid_over_a_colour_is_what_the_background_gives(scene):
    photo, alpha = scene
    cut, share = cut_out(photo, alpha), alpha[..., None] / 255

    by_hand = share * cut[..., :3] + (1 - share) * BLUE

    np.testing.assert_allclose(cut_out(photo, alpha, BLUE), by_hand, atol=1)


@pytest.mark.parametrize("value", [0, 255])
def test_nothing_and_everything_can_be_cut_out(value):
    photo = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)

    cut = cut_out(photo, np.full((30, 40), value, np.uint8))

    np.testing.assert_array_equal(cut[..., :3], photo if value else np.zeros_like(photo))


def test_a_mask_of_another_size_is_refused():
    with pytest.raises(ValueError, match="differ in size"):
        cut_out(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 5), np.uint8))
