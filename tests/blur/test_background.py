"""The background blurred, the subject untouched."""

from __future__ import annotations

import tracemalloc

import cv2
import numpy as np
import pytest
from focal.blur.background import PURITY, blur_background
from focal.blur.linear_light import decode, encode
from focal.blur.normalised_blur import defocus
from focal.blur.pull_push import fill
from focal.declarations import schema
from focal.options import Options
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

BOKEHS = schema(Options)["bokeh"]["enum"]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def texture(rng, height, width, grain_px):
    """A photo-like picture: noise of four scales, the finest of grain_px, the coarser the stronger."""
    picture = np.full((height, width, 3), 118.0)
    for octave in range(4):
        grain = grain_px * 4**octave
        coarse = rng.normal(size=(height // grain + 2, width // grain + 2, 3))
        picture += (12 + 8 * octave) * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return picture.clip(0, 255).astype(np.uint8)


def soft_disc(height, width, softness_px):
    """Alpha of a round subject in the middle whose edge is softness_px wide."""
    y, x = np.mgrid[:height, :width]
    inside = 0.28 * min(height, width) - np.hypot(y - height / 2, x - width / 2)
    return (np.clip(0.5 + inside / softness_px, 0, 1) * 255).round().astype(np.uint8)


def over(subject, alpha, background):
    share = alpha[..., None] / 255
    return (share * subject + (1 - share) * background).round().astype(np.uint8)


def naive_blur(pixels, alpha, strength):
    """What focal does not do: blur everything, then blend."""
    blurred = cv2.GaussianBlur(pixels, (0, 0), strength * max(alpha.shape) / 4)
    return over(pixels, alpha, blurred)


def without_dither(error):
    """How far off blocks of 8 × 8 pixels are: the dither keeps their mean."""
    height, width = error.shape[:2]
    return np.abs(error.reshape(height // 8, 8, width // 8, 8, 3).mean((1, 3)))


def full_size_blur(pixels, alpha, strength, bokeh):
    """The same blur with every array at full size, in floats, without dither: slow and obvious."""
    radius = strength * max(alpha.shape) / 2
    share = alpha.astype(np.float32) / 255
    light, purity = decode(pixels), (1 - share) ** PURITY
    background, foreground = fill(light, purity), fill(light, share**PURITY)
    blurred = encode(defocus(light, purity, background, radius, bokeh)) / 256
    F, B, a = encode(foreground) / 256, encode(background) / 256, share[..., None]
    F = np.clip(F + a / (a**2 + (1 - a) ** 2) * (pixels - B - a * (F - B)), 0, 255)
    return a * F + (1 - a) * blurred


@settings(max_examples=60)
@given(st.data(), st.integers(1, 40), st.integers(1, 40), st.floats(0, 0.15), st.sampled_from(BOKEHS))
def test_the_subject_is_untouched_bit_for_bit(data, height, width, strength, bokeh):
    pixels = data.draw(arrays(np.uint8, (height, width, 3)))
    alpha = data.draw(arrays(np.uint8, (height, width), elements=st.sampled_from([0, 1, 128, 254, 255])))

    blurred = blur_background(pixels, alpha, strength_frac=strength, bokeh=bokeh)

    subject = alpha == 255
    np.testing.assert_array_equal(blurred[subject], pixels[subject])


@pytest.mark.parametrize("bokeh", BOKEHS)
@pytest.mark.parametrize("level", range(0, 256, 15))
def test_a_flat_area_comes_back_exactly(level, bokeh):
    pixels = np.full((90, 530, 3), level, np.uint8)

    blurred = blur_background(pixels, np.zeros((90, 530), np.uint8), strength_frac=0.1, bokeh=bokeh)

    np.testing.assert_array_equal(blurred, pixels)


def test_a_dark_area_stays_exact_beside_bright_lamps():
    pixels = np.full((400, 600, 3), 9, np.uint8)
    pixels[::80, :200:20] = 255

    blurred = blur_background(pixels, np.zeros((400, 600), np.uint8), strength_frac=0.04)

    np.testing.assert_array_equal(blurred[:, 240:], 9)


@pytest.mark.parametrize("bokeh", BOKEHS)
@pytest.mark.parametrize("softness_px", [1, 12, 40])
@pytest.mark.parametrize("subject", [(255, 255, 255), (250, 20, 10), (0, 0, 0)])
def test_no_colour_of_the_subject_bleeds_into_the_background(subject, softness_px, bokeh):
    alpha = soft_disc(480, 640, softness_px)
    background = np.tile(np.linspace(60, 120, 480)[:, None, None], (1, 640, 3))
    photo = over(np.array(subject), alpha, background)

    blurred = blur_background(photo, alpha, strength_frac=0.08, bokeh=bokeh)

    alone = blur_background(background.round().astype(np.uint8), alpha, strength_frac=0.08, bokeh=bokeh)
    outside = alpha == 0
    error = np.abs(blurred[outside].astype(int) - alone[outside]).max()
    naive_error = np.abs(naive_blur(photo, alpha, 0.08)[outside].astype(int) - alone[outside]).max()
    assert error <= 2
    assert naive_error >= 10


@pytest.mark.parametrize(("softness_px", "tolerance"), [(1, 2), (12, 2), (40, 10)])
def test_a_soft_edge_over_a_flat_background_keeps_its_colours(softness_px, tolerance):
    alpha = soft_disc(480, 640, softness_px)
    photo = over(np.array([230, 60, 20]), alpha, np.array([30, 90, 160]))

    blurred = blur_background(photo, alpha, strength_frac=0.08)

    error = np.abs(blurred.astype(int) - photo)
    naive_error = np.abs(naive_blur(photo, alpha, 0.08).astype(int) - photo)
    assert error[(alpha == 0) | (alpha == 255)].max() <= 2
    assert error.max() <= tolerance  # of the 200 between the two colours
    assert naive_error.max() >= 20


@pytest.mark.parametrize("bokeh", BOKEHS)
@pytest.mark.parametrize("strength", [0.02, 0.04, 0.1])
def test_the_reduced_blur_is_the_full_size_blur(rng, strength, bokeh):
    pixels, alpha = texture(rng, 600, 800, 2), np.zeros((600, 800), np.uint8)

    blurred = blur_background(pixels, alpha, strength_frac=strength, bokeh=bokeh)

    assert np.percentile(without_dither(blurred - full_size_blur(pixels, alpha, strength, bokeh)), 99) < 1


@pytest.mark.parametrize("bokeh", BOKEHS)
def test_around_a_subject_too_the_reduced_blur_is_the_full_size_blur(rng, bokeh):
    pixels, alpha = texture(rng, 600, 800, 2), soft_disc(600, 800, 8)

    blurred = blur_background(pixels, alpha, strength_frac=0.04, bokeh=bokeh)

    assert np.percentile(without_dither(blurred - full_size_blur(pixels, alpha, 0.04, bokeh)), 95) < 1


def test_on_real_photos_the_reduced_blur_is_the_full_size_blur(shared):
    worst = 0
    for path in sorted((shared / "eval" / "photos").glob("*.jpg"))[::5]:
        photo = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        pixels = photo[: photo.shape[0] // 8 * 8, : photo.shape[1] // 8 * 8]
        alpha = np.zeros(pixels.shape[:2], np.uint8)
        error = without_dither(blur_background(pixels, alpha) - full_size_blur(pixels, alpha, 0.04, "lens"))
        worst = max(worst, np.percentile(error, 95))

    print(f"95 % of each photo is within {worst:.2f} code values of the full-size blur")
    assert worst < 1


@pytest.mark.parametrize("bokeh", BOKEHS)
def test_the_same_picture_at_two_resolutions_looks_the_same(rng, bokeh):
    large, alpha = texture(rng, 1200, 1600, 5), soft_disc(1200, 1600, 12)
    half = (800, 600)

    of_large = blur_background(large, alpha, bokeh=bokeh)
    of_small = blur_background(
        cv2.resize(large, half, interpolation=cv2.INTER_AREA),
        cv2.resize(alpha, half, interpolation=cv2.INTER_AREA),
        bokeh=bokeh,
    )

    difference = np.abs(cv2.resize(of_large, half, interpolation=cv2.INTER_AREA).astype(int) - of_small)
    assert difference.mean() < 0.6
    assert np.percentile(difference, 99) <= 2


@pytest.mark.parametrize("size", [(300, 400), (1500, 2000)])
def test_a_lamp_becomes_an_even_disc_of_the_asked_diameter(size):
    height, width = size
    pixels = np.full((height, width, 3), 10, np.uint8)
    cv2.circle(pixels, (width // 2, height // 2), max(1, width // 300), (255, 255, 255), -1)

    blurred = blur_background(pixels, np.zeros(size, np.uint8), strength_frac=0.06)

    disc = blurred[..., 0] > 10 + (int(blurred.max()) - 10) / 2
    diameter = 2 * np.sqrt(disc.sum() / np.pi) / width
    middle = blurred[height // 2, int(width * 0.48) : int(width * 0.52), 0]
    assert diameter == pytest.approx(0.06, rel=0.08)
    assert int(middle.max()) - int(middle.min()) <= 2
    assert middle.min() > 40
    assert cv2.GaussianBlur(pixels, (0, 0), 0.015 * width).max() < 25  # a blur of code values leaves a smear


def test_the_blur_is_the_same_each_time(rng):
    pixels, alpha = texture(rng, 300, 300, 2), soft_disc(300, 300, 8)

    np.testing.assert_array_equal(blur_background(pixels, alpha), blur_background(pixels, alpha))


@pytest.mark.parametrize("strength", [0.004, 0.04])
def test_no_array_of_floats_is_as_large_as_the_photo(rng, strength):
    pixels = cv2.resize(texture(rng, 300, 400, 2), (4000, 3000))
    alpha = cv2.resize(soft_disc(300, 400, 8), (4000, 3000))
    tracemalloc.start()

    blur_background(pixels, alpha, strength_frac=strength)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < pixels.nbytes + 72e6  # the result, and beside it less than half of the photo in floats


def test_strength_0_returns_the_photo(rng):
    pixels = texture(rng, 50, 60, 2)

    blurred = blur_background(pixels, np.zeros((50, 60), np.uint8), strength_frac=0)

    np.testing.assert_array_equal(blurred, pixels)
    assert not np.shares_memory(blurred, pixels)


@pytest.mark.parametrize("bokeh", BOKEHS)
@pytest.mark.parametrize("level", [0, 1, 128, 254, 255])
@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (2, 2), (37, 411)])
def test_any_shape_under_any_even_alpha_gives_a_picture_within_its_own_range(rng, size, level, bokeh):
    pixels = rng.integers(40, 200, (*size, 3), dtype=np.uint8)

    blurred = blur_background(pixels, np.full(size, level, np.uint8), strength_frac=0.15, bokeh=bokeh)

    assert blurred.shape == pixels.shape
    assert blurred.dtype == np.uint8
    assert blurred.min() >= pixels.min() - 1
    assert blurred.max() <= pixels.max() + 1


def test_sizes_that_differ_are_refused():
    with pytest.raises(ValueError, match="differ in size"):
        blur_background(np.zeros((4, 5, 3), np.uint8), np.zeros((4, 4), np.uint8))
