"""Code values to light and back."""

from __future__ import annotations

import numpy as np
import pytest
from focal.light import LIGHT, WHITE, dither, encode


def test_each_code_value_comes_back_from_its_light():
    np.testing.assert_allclose(encode(LIGHT), 256 * np.arange(256), atol=1)


def test_light_rises_with_the_code_value_and_ends_at_white():
    assert (np.diff(LIGHT) > 0).all()
    assert LIGHT[255] == pytest.approx(WHITE)


def test_below_the_highlights_light_follows_the_srgb_curve():
    code = np.arange(128) / 255
    srgb = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)

    np.testing.assert_allclose(LIGHT[:128], srgb, rtol=0.001)


def test_codes_between_whole_ones_are_interpolated_in_light():
    halfway = (LIGHT[1:] + LIGHT[:-1]) / 2

    np.testing.assert_allclose(encode(halfway), 256 * (np.arange(255) + 0.5), atol=2)


def test_light_out_of_range_is_clipped():
    np.testing.assert_array_equal(encode(np.array([-1, 0, WHITE, 9], np.float32)), [0, 0, 255 * 256, 255 * 256])


def test_dither_keeps_whole_code_values_even_one_256th_off():
    codes = np.tile(np.arange(256, dtype=np.uint16), (16, 1))[..., None].repeat(3, -1)

    for error in (0, 1, -1):
        slightly_off = np.clip(codes.astype(int) * 256 + error, 0, 255 * 256).astype(np.uint16)
        np.testing.assert_array_equal(dither(slightly_off), codes)


@pytest.mark.parametrize("fraction", [17, 64, 128, 200])
def test_dither_keeps_the_mean_of_each_channel_over_8_by_8_pixels(fraction):
    code = np.full((8, 8, 3), 100 * 256 + fraction, np.uint16)

    mean = dither(code).mean((0, 1))

    np.testing.assert_allclose(mean, 100 + fraction / 256, atol=1 / 64)


def test_a_slow_gradient_does_not_band():
    sky = np.linspace(180, 184, 1024) * 256  # four levels over a thousand pixels
    code = np.tile(sky.astype(np.uint16)[None, :, None], (64, 1, 3))

    dithered = dither(code)

    local = dithered.reshape(8, 8, 128, 8, 3).mean((1, 3))
    np.testing.assert_allclose(local, np.tile(sky.reshape(128, 8).mean(1)[None, :, None] / 256, (8, 1, 3)), atol=0.03)


def test_dither_is_the_same_each_time():
    code = np.random.default_rng(0).integers(0, 255 * 256, (33, 47, 3)).astype(np.uint16)

    np.testing.assert_array_equal(dither(code), dither(code))
