"""The mask at full size, along the photo's edges."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from focal.mask import matte
from focal.mask.guided_filter import GuidedFilter
from focal.mask.matte import SURE, full_size_alpha, lift_unsure
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

EPS = 1e-4

unit = st.floats(0, 1, width=32)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def disc(height, width, radius_frac=0.3):
    y, x = np.mgrid[:height, :width]
    return (np.hypot(y - height / 2, x - width / 2) < radius_frac * min(height, width)).astype(np.float32)


def photo_of(subject, rng):
    """An orange subject on a blue background, both a little noisy."""
    colours = np.where(subject[..., None] > 0.5, np.array([220, 120, 40]), np.array([40, 90, 160]))
    return (colours + rng.normal(0, 4, colours.shape)).clip(0, 255).astype(np.uint8)


def shrunk(mask, longer):
    k = longer / max(mask.shape)
    size = [max(1, round(side * k)) for side in mask.shape[::-1]]
    return cv2.resize(mask, size, interpolation=cv2.INTER_AREA).reshape(size[::-1])


def guide_of(pixels, mask):
    small = cv2.resize(pixels, mask.shape[::-1], interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / np.float32(255)


def radius_of(mask):
    return max(1, round(max(mask.shape) / 56))


def alpha_of(pixels, mask):
    return full_size_alpha(pixels, mask, GuidedFilter(guide_of(pixels, mask), radius_of(mask), EPS))


def bilinear(mask, shape):
    return cv2.resize(mask, shape[::-1], interpolation=cv2.INTER_LINEAR)


def slow_fit(guide, mask):
    """The guided filter's a (h, w, 3), window by window, from its definition."""
    radius = radius_of(mask)
    h, w = mask.shape
    colour, p = (np.pad(x, [(2 * radius,) * 2] * 2 + [(0, 0)] * (x.ndim - 2), mode="symmetric") for x in (guide, mask))
    a = np.empty((h + 2 * radius, w + 2 * radius, 3))
    for y, x in np.ndindex(a.shape[:2]):
        window = np.s_[y : y + 2 * radius + 1, x : x + 2 * radius + 1]
        colours, values = colour[window].reshape(-1, 3).astype(float), p[window].ravel().astype(float)
        covariance = np.cov(colours.T, bias=True) + EPS * np.eye(3)
        with_mask = (colours * values[:, None]).mean(0) - colours.mean(0) * values.mean()
        a[y, x] = np.linalg.solve(covariance, with_mask)
    side = 2 * radius + 1
    return np.array([[a[y : y + side, x : x + side].mean((0, 1)) for x in range(w)] for y in range(h)])


def full_size_fit(pixels, mask):
    """The same alpha with every array at full size, slow and obvious."""
    shape = pixels.shape[:2]
    mask = lift_unsure(mask)
    guide = guide_of(pixels, mask)
    box = np.ones((3, 3), np.uint8)
    change = np.minimum(2 * (cv2.dilate(mask, box) - cv2.erode(mask, box)), 1)
    a = slow_fit(guide, mask) * cv2.blur(change, (3, 3))[..., None]
    b = mask - (a * guide).sum(-1)
    large = [bilinear(a[..., c], shape) * (pixels[..., c] / 255) for c in range(3)]
    return np.clip((sum(large) + bilinear(b, shape) - SURE) / (1 - 2 * SURE), 0, 1) * 255


@pytest.mark.parametrize("size", [(40, 60), (80, 120), (157, 230), (300, 201)])
def test_alpha_equals_a_slow_full_size_version(rng, size):
    subject = disc(*size)
    pixels, mask = photo_of(subject, rng), shrunk(subject, 30)

    alpha = alpha_of(pixels, mask)

    np.testing.assert_allclose(alpha, full_size_fit(pixels, mask), atol=1)


def test_alpha_follows_an_edge_that_the_mask_is_too_small_to_show(rng):
    subject = disc(900, 1200)
    mask = shrunk(subject, 60)

    alpha = alpha_of(photo_of(subject, rng), mask) / 255

    error, bilinear_error = (np.abs(x - subject).mean() for x in (alpha, bilinear(mask, subject.shape)))
    assert error < bilinear_error / 3


def test_hairs_thinner_than_the_mask_s_pixels_come_out_one_by_one(rng):
    subject = disc(600, 800)
    subject[100:300, 360:440:8] = subject[100:300, 361:441:8] = 1  # two pixels of every eight
    mask = shrunk(subject, 100)

    alpha = alpha_of(photo_of(subject, rng), mask)

    hair, gaps = alpha[110:118, 368:432:8], alpha[110:118, 372:436:8]
    assert np.median(hair) > 200
    assert np.median(gaps) < 40


def test_where_colours_say_nothing_alpha_is_the_mask():
    mask = shrunk(disc(300, 400), 80)

    alpha = alpha_of(np.full((300, 400, 3), 90, np.uint8), mask)

    lifted = bilinear(lift_unsure(mask), (300, 400))
    np.testing.assert_allclose(alpha, np.clip((lifted - SURE) / (1 - 2 * SURE), 0, 1) * 255, atol=1)


def test_texture_away_from_the_mask_s_edge_does_not_come_through(rng):
    subject = disc(600, 800)
    pixels = rng.integers(0, 256, (600, 800, 3), dtype=np.uint8)
    mask = shrunk(subject, 100)

    alpha = alpha_of(pixels, mask)

    near_edge = cv2.dilate(subject, np.ones((65, 65))) - cv2.erode(subject, np.ones((65, 65))) > 0
    np.testing.assert_array_equal(alpha[~near_edge], subject[~near_edge] * 255)


def test_on_real_photos_alpha_is_nearer_to_the_reference_than_the_enlarged_mask_is(shared):
    errors = []
    for path in sorted((shared / "eval" / "photos").glob("*.jpg")):
        pixels = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        reference = cv2.imread(str(shared / "eval" / "masks" / f"{path.stem}.png"), cv2.IMREAD_GRAYSCALE)
        mask = shrunk(reference.astype(np.float32) / 255, 224)
        soft = cv2.dilate(((reference > 12) & (reference < 243)).astype(np.uint8), np.ones((3, 3))) > 0
        both = alpha_of(pixels, mask), bilinear(mask, reference.shape) * 255
        errors.append([np.abs(alpha - reference.astype(float))[soft].mean() / 255 for alpha in both])

    error, bilinear_error = np.mean(errors, 0)

    print(f"mean absolute error in the reference's soft band: {error:.3f}, enlarged mask {bilinear_error:.3f}")
    assert error < 0.75 * bilinear_error


@pytest.mark.parametrize("value", [0, 1])
def test_a_mask_of_one_value_gives_an_alpha_of_one_value(rng, value):
    pixels = rng.integers(0, 256, (300, 500, 3), dtype=np.uint8)

    alpha = alpha_of(pixels, np.full((67, 112), value, np.float32))

    np.testing.assert_array_equal(alpha, value * 255)


@pytest.mark.parametrize("value", [0.06, 0.3, 0.94])
def test_a_faint_mask_is_not_taken_for_none_nor_a_weak_one_for_all(value):
    mask = np.full((67, 112), value, np.float32)

    alpha = alpha_of(np.full((300, 500, 3), 90, np.uint8), mask)

    np.testing.assert_allclose(alpha, (lift_unsure(mask)[0, 0] - SURE) / (1 - 2 * SURE) * 255, atol=1)


@pytest.mark.parametrize("height_px", [1, 16, 100])
def test_the_bands_leave_no_seam(rng, height_px, monkeypatch):
    subject = disc(240, 330)
    pixels, mask = photo_of(subject, rng), shrunk(subject, 50)
    whole = alpha_of(pixels, mask)

    monkeypatch.setattr(matte, "BAND_HEIGHT_PX", height_px)

    np.testing.assert_allclose(alpha_of(pixels, mask).astype(int), whole, atol=1)


@pytest.mark.parametrize("size", [(1, 1), (1, 2000), (2000, 1), (2, 3), (700, 41)])
@pytest.mark.parametrize("mask_size", [(1, 1), (3, 5), (224, 13)])
def test_any_size_of_photo_and_mask_gives_an_alpha(rng, size, mask_size):
    pixels = rng.integers(0, 256, (*size, 3), dtype=np.uint8)

    alpha = alpha_of(pixels, rng.random(mask_size, dtype=np.float32))

    assert alpha.shape == size
    assert alpha.dtype == np.uint8


def test_a_photo_may_be_smaller_than_its_mask(rng):
    mask = disc(100, 150)

    alpha = alpha_of(photo_of(disc(4, 6), rng), mask)

    assert alpha[2, 3] == 255
    assert alpha[0, 0] == 0


@given(arrays(np.float32, st.tuples(st.integers(1, 30), st.integers(1, 30)), elements=unit))
def test_lifting_never_lowers_the_mask_and_keeps_0_and_1(mask):
    lifted = lift_unsure(mask)

    assert (lifted >= mask - 1e-6).all()
    assert (lifted <= 1).all()
    np.testing.assert_array_equal(lifted[mask == 0], 0)
    np.testing.assert_array_equal(lifted[mask == 1], 1)


def test_a_soft_edge_is_not_lifted():
    soft = cv2.blur(disc(150, 200), (9, 9))

    np.testing.assert_array_equal(lift_unsure(soft), soft)


def test_a_wide_doubt_is_lifted_so_that_the_blur_eases_off():
    doubtful = np.zeros((150, 200), np.float32)
    doubtful[50:100, 60:140] = 0.5

    assert lift_unsure(doubtful)[75, 100] > 0.95
