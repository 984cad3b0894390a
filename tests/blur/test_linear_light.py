"""Code values to light and back."""

from __future__ import annotations

import numpy as np
import pytest
from focal.blur import cells
from focal.blur.linear_light import KNEE, WHITE, decode, dither, encode, mean_light, mean_light_roughly
from hypothesis import given
from hypothesis.extra.numpy import arrays


def srgb(code):
    code = code / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def dithered(code):
    out = np.empty(code.shape, np.uint8)
    dither(code.copy(), out)
    return out


@pytest.fixture
def greys():
    return np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, -1)  # (1, 256, 3)


@given(arrays(np.uint8, (4, 5, 3)))
def test_each_colour_comes_back_from_its_light(pixels):
    np.testing.assert_allclose(encode(decode(pixels)), 256.0 * pixels, atol=1)


def test_light_rises_with_the_code_value_and_ends_at_white(greys):
    light = decode(greys)[0, :, 0]

    assert (np.diff(light) > 0).all()
    assert light[255] == pytest.approx(WHITE)


def test_below_the_highlights_light_follows_the_srgb_curve(greys):
    np.testing.assert_allclose(decode(greys)[0, :KNEE, 0], srgb(np.arange(KNEE)), rtol=1e-5)


def test_expanding_a_highlight_keeps_the_ratios_of_its_channels():
    lamp = np.array([[[255, 240, 200]]], np.uint8)

    light = decode(lamp)[0, 0]

    np.testing.assert_allclose(light / light[0], srgb(lamp[0, 0]), rtol=1e-5)
    assert light[0] == pytest.approx(WHITE)


def test_codes_between_whole_ones_are_interpolated_in_light(greys):
    light = decode(greys)[:, : KNEE + 1]

    np.testing.assert_allclose(
        encode((light[:, 1:] + light[:, :-1]) / 2)[0, :, 0], 256 * (np.arange(KNEE) + 0.5), atol=2
    )


def test_light_out_of_range_is_clipped():
    light = np.array([[[-1, 0, 0], [WHITE, 9, 9]]], np.float32)

    np.testing.assert_array_equal(encode(light), [[[0] * 3, [255 * 256] * 3]])


def test_dither_keeps_whole_code_values_even_one_256th_off():
    codes = np.tile(np.arange(256, dtype=np.uint16), (16, 1))[..., None].repeat(3, -1)

    for error in (0, 1, -1):
        slightly_off = np.clip(codes.astype(int) * 256 + error, 0, 255 * 256).astype(np.uint16)
        np.testing.assert_array_equal(dithered(slightly_off), codes)


@pytest.mark.parametrize("fraction", [17, 64, 128, 200])
def test_dither_keeps_the_mean_of_each_channel_over_8_by_8_pixels(fraction):
    code = np.full((8, 8, 3), 100 * 256 + fraction, np.uint16)

    mean = dithered(code).mean((0, 1))

    np.testing.assert_allclose(mean, 100 + fraction / 256, atol=1 / 64)


def test_a_slow_gradient_does_not_band():
    sky = np.linspace(180, 184, 1024) * 256  # four levels over a thousand pixels
    code = np.tile(sky.astype(np.uint16)[None, :, None], (64, 1, 3))

    local = dithered(code).reshape(8, 8, 128, 8, 3).mean((1, 3))
    np.testing.assert_allclose(local, np.tile(sky.reshape(128, 8).mean(1)[None, :, None] / 256, (8, 1, 3)), atol=0.03)


def test_dither_is_the_same_each_time():
    code = np.random.default_rng(0).integers(0, 255 * 256, (33, 47, 3)).astype(np.uint16)

    np.testing.assert_array_equal(dithered(code), dithered(code))


@pytest.mark.parametrize("factor", [1, 5, 6, 8, 16])
@pytest.mark.parametrize(("least", "most"), [(0, 256), (0, 64), (90, 110)])
def test_a_cell_has_the_mean_light_of_its_pixels(factor, least, most):
    pixels = np.random.default_rng(0).integers(least, most, (3 * factor, 4 * factor, 3)).astype(np.uint8)

    light = mean_light(pixels, factor)

    each = decode(pixels).reshape(3, factor, 4, factor, 3).mean((1, 3))
    np.testing.assert_allclose(encode(light) / 256, encode(each) / 256, atol=1)


@pytest.mark.parametrize("factor", [2, 3, 4, 8, 16])
@pytest.mark.parametrize(("least", "most"), [(0, 60), (90, 110), (60, 256)])
@pytest.mark.parametrize("colour", [10, 256])
def test_the_rough_mean_is_nearly_the_mean(factor, least, most, colour):
    rng = np.random.default_rng(0)
    pixels = rng.integers(least, most, (30 * factor, 40 * factor, 3)).astype(np.uint8)
    if colour < 256:  # greys that are a little off, from pixel to pixel
        off = rng.integers(-colour, colour + 1, pixels.shape)
        pixels = (pixels[..., :1] + off).clip(0, 255).astype(np.uint8)
    elif most > KNEE and factor > 4:
        return  # highlights of any colour from pixel to pixel are in no photo

    error = encode(mean_light_roughly(pixels, factor)) / 256 - encode(mean_light(pixels, factor)) / 256

    assert np.abs(error).max() < 5  # in cells of two by two pixels of anything between black and white
    assert np.abs(error).mean() < 0.5


@pytest.mark.parametrize("noise", [5, 40])
@pytest.mark.parametrize("grey", [20, 60, 120, 180])
def test_in_large_cells_too_noise_has_the_mean_light_of_its_pixels(grey, noise):
    noisy = np.random.default_rng(0).normal(grey, noise, (64, 64, 3)).clip(0, KNEE).astype(np.uint8)

    light = mean_light(noisy, 16)

    error = encode(light) / 256 - encode(cells.cell_means(decode(noisy), 16)) / 256
    of_codes = cells.cell_means(noisy, 16) - encode(cells.cell_means(decode(noisy), 16)) / 256
    assert np.abs(error).max() < max(0.25, np.abs(of_codes).max() / 3)


@pytest.mark.parametrize("factor", [5, 8, 16])
def test_no_light_of_a_lamp_of_one_pixel_is_lost(factor):
    night = np.full((2 * factor, 2 * factor, 3), 10, np.uint8)
    night[3, 3] = 255

    light = mean_light(night, factor)

    np.testing.assert_allclose(light, cells.cell_means(decode(night), factor), rtol=1e-4)
