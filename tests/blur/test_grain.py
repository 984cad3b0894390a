"""The grain that the blur takes away, and gets back."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from focal.blur.grain import FIELD_PX, LEVEL_UNIT, grain_field, measure_grain, with_grain
from focal.blur.lens import blur_by_depth
from focal.methods import METHODS, Focus, Subject
from focal.options import Options
from focal.photo.depth import DepthMap
from focal.photo.photo import Photo

HEIGHT, WIDTH = 450, 600


def made(level, *, size_px=0.0, common=0.0, texture=0.0):
    """A photo with an even wall above and a textured ground below, under grain of a known level."""
    rng = np.random.default_rng(2)
    picture = np.tile(np.linspace(60, 190, WIDTH)[None, :, None], (HEIGHT, 1, 3))
    coarse = rng.normal(size=(HEIGHT // 4, WIDTH // 2, 1))
    picture[HEIGHT // 2 :] += (
        texture * cv2.resize(coarse, (WIDTH, HEIGHT // 2), interpolation=cv2.INTER_CUBIC)[..., None]
    )
    noise = np.sqrt(1 - common) * rng.normal(size=picture.shape)
    noise += np.sqrt(common) * rng.normal(size=(HEIGHT, WIDTH, 1))
    if size_px:
        noise = cv2.GaussianBlur(noise, (0, 0), size_px)
    return (picture + level * noise / noise.std()).round().clip(0, 255).astype(np.uint8)


def level_of(picture):
    """The standard deviation of what a smooth picture leaves, in code values."""
    even = picture[40 : HEIGHT // 2 - 60, 40:-40].astype(float)
    return (even - cv2.GaussianBlur(even, (0, 0), 8)).std()


@pytest.mark.parametrize("level", [1.0, 2.0, 4.0])
@pytest.mark.parametrize("size_px", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("common", [0.0, 0.8])
def test_grain_is_measured_over_any_texture(level, size_px, common):
    found = measure_grain(made(level, size_px=size_px, common=common, texture=25))

    assert found.level[128] == pytest.approx(level, rel=0.12)
    assert found.common == pytest.approx(common, abs=0.1)
    assert found.size_px == pytest.approx(size_px, abs=0.2)


def test_a_steep_slope_neither_hides_grain_nor_counts_as_some():
    across = np.abs(np.arange(WIDTH) % 300 - 150)[None, :, None]
    slopes = np.tile(60 + 0.9 * across, (HEIGHT, 1, 3))
    grain = 2 * np.random.default_rng(3).normal(size=slopes.shape)

    assert measure_grain((slopes + grain).round().astype(np.uint8)).level[128] == pytest.approx(2, rel=0.12)
    assert measure_grain(slopes.round().astype(np.uint8)) is None


@pytest.mark.parametrize("level", [0.6, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("size_px", [0.0, 0.8])
def test_an_even_area_keeps_its_grain_within_15_percent(level, size_px):
    photo = made(level, size_px=size_px, texture=25)
    far = np.zeros((3, 4), np.float32)

    blurred = blur_by_depth(photo, np.zeros((HEIGHT, WIDTH), np.uint8), far, 1.0)
    without = blur_by_depth(photo, np.zeros((HEIGHT, WIDTH), np.uint8), far, 1.0, grain=False)

    assert level_of(blurred) == pytest.approx(level_of(photo), rel=0.15)
    assert level_of(without) < 0.6


def test_what_is_before_the_subject_keeps_its_grain_within_15_percent():
    photo, alpha = made(3.0), np.zeros((HEIGHT, WIDTH), np.uint8)
    alpha[HEIGHT // 2 :] = 255
    disparity = np.where(alpha > 0, np.float32(0.5), np.float32(1))

    blurred = blur_by_depth(photo, alpha, disparity, 0.5)

    assert level_of(blurred) == pytest.approx(level_of(photo), rel=0.15)


def test_the_option_leaves_it_out():
    photo, far = made(3.0), Focus(DepthMap(np.zeros((3, 4), np.float32), "image"), 1.0)
    subject = Subject(np.zeros((HEIGHT, WIDTH), np.uint8))

    levels = [
        level_of(METHODS["refined"].blur(Photo(photo, None, "PNG"), subject, far, Options(grain=grain), gentle=False))
        for grain in (True, False)
    ]

    assert levels[0] == pytest.approx(3.0, rel=0.15)
    assert levels[1] < 0.6


@pytest.mark.parametrize("texture", [0, 25])
def test_a_clean_picture_stays_clean(texture):
    photo = made(0, texture=texture)
    alpha, far = np.zeros((HEIGHT, WIDTH), np.uint8), np.zeros((3, 4), np.float32)

    np.testing.assert_array_equal(
        blur_by_depth(photo, alpha, far, 1.0), blur_by_depth(photo, alpha, far, 1.0, grain=False)
    )


def test_a_texture_without_an_even_place_is_not_taken_for_grain():
    rng = np.random.default_rng(0)
    grass = 120 + 14 * sum(
        scale
        * cv2.resize(
            rng.normal(size=(HEIGHT // scale, WIDTH // scale, 1)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC
        )
        for scale in (1, 2, 4)
    )

    assert measure_grain(np.dstack([grass] * 3).clip(0, 255).astype(np.uint8)) is None


def test_what_is_clipped_gets_none():
    photo = made(3.0)
    photo[:, 400:] = 255
    alpha, far = np.zeros((HEIGHT, WIDTH), np.uint8), np.zeros((3, 4), np.float32)

    assert (blur_by_depth(photo, alpha, far, 1.0)[:, 450:] == 255).all()


def test_the_subject_and_what_is_in_focus_get_none():
    photo = made(3.0)
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    alpha[100:300, 100:300] = 255
    disparity = np.zeros((HEIGHT, WIDTH), np.float32)
    disparity[:, 200:] = 1
    disparity[alpha == 255] = 1

    blurred = blur_by_depth(photo, alpha, disparity, 1.0)

    np.testing.assert_array_equal(blurred[alpha == 255], photo[alpha == 255])
    np.testing.assert_array_equal(blurred[:, 330:], photo[:, 330:])


def test_the_grain_of_a_place_does_not_depend_on_the_tile_it_is_laid_in():
    field = grain_field(measure_grain(made(3.0, size_px=0.7)))
    whole, parts = (np.full((900, 1100, 3), 128, np.uint8) for _ in range(2))
    level = np.full((FIELD_PX // 2, FIELD_PX // 2), 3 / LEVEL_UNIT, np.int16)

    for picture, down, across in ((whole, FIELD_PX // 2, FIELD_PX // 2), (parts, FIELD_PX // 8, 100)):
        for top in range(0, 900, down):
            for left in range(0, 1100, across):
                part = picture[top : top + down, left : left + across]
                part[:] = with_grain(part, field, level[: part.shape[0], : part.shape[1]], top, left)

    np.testing.assert_array_equal(whole, parts)


@pytest.mark.parametrize("radius_px", [0.55, 0.7, 0.85, 1.0, 1.2, 2, 3, 15])
@pytest.mark.parametrize("size_px", [0.0, 0.6, 1.0])
def test_what_is_nearly_sharp_keeps_its_grain_within_15_percent(radius_px, size_px):
    """So small a disc takes only a part of the grain away, and of coarse grain the less."""
    photo, far = made(3.0, size_px=size_px), np.zeros((3, 4), np.float32)

    blurred = blur_by_depth(photo, np.zeros((HEIGHT, WIDTH), np.uint8), far, 1.0, strength_frac=2 * radius_px / WIDTH)

    assert level_of(blurred) == pytest.approx(level_of(photo), rel=0.15)


def test_a_panorama_of_any_length_keeps_its_grain():
    """Its cells would be larger than the noise that is repeated."""
    photo = np.tile(made(3.0)[:48, :500], (1, 190, 1))
    slope = np.linspace(0, 1, 400, dtype=np.float32)[None]

    blurred = blur_by_depth(photo, np.zeros(photo.shape[:2], np.uint8), slope, 0.5, strength_frac=0.15)

    far = blurred[:, 2000:4000].astype(float)
    assert (far - cv2.GaussianBlur(far, (0, 0), 8)).std() == pytest.approx(3, rel=0.15)


def test_a_picture_too_small_to_measure_gets_none():
    assert measure_grain(np.zeros((30, 900, 3), np.uint8)) is None
