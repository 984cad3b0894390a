"""The subject over a new background."""

from __future__ import annotations

import numpy as np
import pytest
from focal.blur.composite import composite

RED, GREEN, BLUE = (200, 30, 20), (40, 180, 60), (10, 20, 220)


def layer(colour):
    return np.full((40, 256, 3), colour, np.uint8)


@pytest.fixture
def ramp():
    return np.tile(np.arange(256, dtype=np.uint8), (40, 1))


def mixture(alpha, over, under):
    share = alpha[..., None] / 255
    return share * np.array(over) + (1 - share) * np.array(under)


def test_the_old_background_leaves_no_trace_in_a_soft_edge(ramp):
    photo = mixture(ramp, RED, GREEN).round().astype(np.uint8)

    changed = composite(photo, ramp, layer(RED), layer(GREEN), layer(BLUE))

    np.testing.assert_allclose(changed, mixture(ramp, RED, BLUE), atol=1)
    naive = mixture(ramp, photo, BLUE)
    assert np.abs(naive - mixture(ramp, RED, BLUE)).max() > 30


def test_where_alpha_is_0_the_new_background_shows_and_where_it_is_255_the_photo():
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
    foreground, background, new = (rng.integers(0, 256, (8, 8, 3), dtype=np.uint8) for _ in range(3))

    none = composite(photo, np.zeros((8, 8), np.uint8), foreground, background, new)
    all_of_it = composite(photo, np.full((8, 8), 255, np.uint8), foreground, background, new)

    np.testing.assert_array_equal(none, new)
    np.testing.assert_array_equal(all_of_it, photo)


def test_wrong_guesses_are_corrected_until_their_mixture_is_the_photo(ramp):
    photo = mixture(ramp, RED, GREEN).round().astype(np.uint8)
    guess, other = layer((160, 60, 50)), layer((60, 150, 80))

    changed = composite(photo, ramp, guess, other, layer(BLUE))

    uncorrected = mixture(ramp, (160, 60, 50), BLUE)
    truth = mixture(ramp, RED, BLUE)
    mostly_subject = ramp[0] > 200
    error, uncorrected_error = (np.abs(x - truth)[:, mostly_subject].mean() for x in (changed, uncorrected))
    assert error < uncorrected_error / 3


def test_detail_that_the_guesses_miss_goes_to_the_nearer_layer(ramp):
    stripes = np.where(np.arange(40) % 2, 20, -20)[:, None, None]
    photo = (mixture(ramp, (120, 120, 120), (90, 90, 90)) + stripes).round().astype(np.uint8)

    changed = composite(photo, ramp, layer((120,) * 3), layer((90,) * 3), layer((90,) * 3)).astype(float)

    contrast = changed[1::2].mean((0, 2)) - changed[::2].mean((0, 2))
    a = np.arange(256) / 255
    np.testing.assert_allclose(contrast, 40 * a**2 / (a**2 + (1 - a) ** 2), atol=1)
