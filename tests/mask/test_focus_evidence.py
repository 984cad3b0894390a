"""The camera's own focus, on made scenes with a known plane of focus."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from focal.mask.focus_evidence import COARSE_PX, FINE_PX, edge_sharpness, focus_factor
from hypothesis import given, settings
from hypothesis import strategies as st

SIZE = (24, 32)
MOST = 0.5
LEFT, RIGHT = np.s_[3:-3, 3:13], np.s_[3:-3, -13:-3]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def patches(rng, height=600, width=800, contrast=1.0):
    """A picture of square patches of many greys, with sharp borders."""
    grey = rng.integers(0, 256, (height // 25, width // 25)).astype(np.float32)
    grey = 128 + contrast * (grey - 128)
    return np.repeat(np.repeat(grey, 25, 0), 25, 1)


def photo(grey):
    return np.repeat(np.rint(grey).clip(0, 255).astype(np.uint8)[..., None], 3, 2)


def with_soft_right(grey, blur_px):
    """The picture, its right half out of focus."""
    soft = grey.copy()
    middle = grey.shape[1] // 2
    soft[:, middle:] = cv2.GaussianBlur(grey, (0, 0), blur_px)[:, middle:]
    return soft


@pytest.mark.parametrize("blur_px", [0.8, 1.5, 2.5, 4.0])
def test_the_sharpness_of_a_blurred_step_is_that_of_the_formula(blur_px):
    step = np.repeat(np.where(np.arange(400) < 200, 60.0, 200.0)[None], 300, 0)

    sharpness = edge_sharpness(photo(cv2.GaussianBlur(step, (0, 0), blur_px)), (3, 4))

    own = blur_px**2 + 1 / 3  # a derivative over two pixels blurs as a box of that width does
    ratio = np.sqrt((own + COARSE_PX**2) / (own + FINE_PX**2))
    np.testing.assert_allclose(sharpness, (ratio - 1) / (COARSE_PX / FINE_PX - 1), atol=0.06)


def test_a_faint_sharp_edge_is_as_sharp_as_a_strong_one(rng):
    grey = patches(rng)

    faint, strong = (edge_sharpness(photo(128 + k * (grey - 128)), SIZE).mean() for k in (0.4, 1.0))

    assert faint == pytest.approx(strong, abs=0.05)


def test_the_noise_of_a_sensor_has_no_edges(rng):
    noise = 128 + rng.normal(size=(480, 640))

    np.testing.assert_array_equal(edge_sharpness(photo(noise), SIZE), 1)


def test_what_is_out_of_focus_loses_and_what_is_in_focus_does_not(rng):
    factor = focus_factor(photo(with_soft_right(patches(rng), blur_px=4)), SIZE, MOST)

    assert factor.dtype == np.float32
    assert factor[LEFT].mean() > 0.95
    assert factor[RIGHT].mean() < 1 - MOST + 0.1


def test_a_place_without_texture_is_not_out_of_focus(rng):
    grey = patches(rng)
    grey[:, 400:] = 90

    np.testing.assert_array_equal(focus_factor(photo(grey), SIZE, MOST), 1)


def test_weak_texture_is_not_out_of_focus(rng):
    grey = patches(rng)
    grey[:, 400:] = 128 + 0.3 * (grey[:, 400:] - 128)

    np.testing.assert_array_equal(focus_factor(photo(grey), SIZE, MOST), 1)


def test_noise_does_not_hide_what_is_out_of_focus(rng):
    grey = with_soft_right(patches(rng), blur_px=4) + rng.normal(0, 4, (600, 800))

    factor = focus_factor(photo(grey), SIZE, MOST)

    assert factor[LEFT].mean() > factor[RIGHT].mean() + 0.3


def test_a_larger_copy_of_a_photo_has_the_same_focus(rng):
    grey = with_soft_right(patches(rng, 768, 768), blur_px=4)
    large = cv2.resize(grey, None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST)

    own, enlarged = (focus_factor(photo(x), (28, 28), MOST) for x in (grey, large))

    np.testing.assert_allclose(enlarged, own, atol=0.1)


@pytest.mark.parametrize("value", [0, 100, 255])
def test_a_flat_picture_is_in_focus(value):
    np.testing.assert_array_equal(edge_sharpness(np.full((90, 120, 3), value, np.uint8), SIZE), 1)
    np.testing.assert_array_equal(focus_factor(np.full((90, 120, 3), value, np.uint8), SIZE, MOST), 1)


@settings(max_examples=25)
@given(st.integers(1, 40), st.integers(1, 900), st.booleans(), st.integers(0, 99))
def test_any_picture_has_factors_of_the_asked_size_within_their_bounds(short, long, upright, seed):
    height, width = (long, short) if upright else (short, long)
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)

    factor = focus_factor(pixels, SIZE, MOST)

    assert factor.shape == SIZE
    assert factor.min() >= 1 - MOST
    assert factor.max() <= 1
