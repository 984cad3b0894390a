"""Black and white of samples whose type does not say them: wide or signed integers, and floats."""

import numpy as np
import pytest
from focal.photo.levels import Levels, levels_of

RAMP = np.linspace(0, 1, 2_000)


def of(values, bits):
    """The levels of a picture in two strips."""
    return levels_of(np.array_split(values, 2), bits)


@pytest.mark.parametrize("white", [1.0, 255.0, 65_535.0])
def test_floats_end_at_the_least_of_the_usual_whites_that_holds_them(white):
    assert of((0.9 * white * RAMP).astype(np.float32), 32) == Levels(0, white)


def test_a_few_highlights_and_what_is_no_number_move_no_white():
    values = RAMP.astype(np.float32)
    values[[100, 900, 1700]] = 40, np.inf, np.nan

    levels = of(values, 32)

    assert levels == Levels(0, 1)
    np.testing.assert_array_equal(levels.sixteen_bits(values[[100, 900, 1700]]), [65_535, 0, 0])


def test_floats_below_zero_or_above_every_usual_white_have_their_own_range():
    assert of((4 * RAMP - 2).astype(np.float32), 32) == Levels(-2, 2)
    assert of((1e6 * RAMP).astype(np.float32), 32) == Levels(0, 1e6)


@pytest.mark.parametrize(
    ("greatest", "kind", "bits", "white"),
    [
        (200, np.uint32, 32, 255),  # bytes in a wide type
        (60_000, np.uint32, 32, 65_535),
        (2**20, np.uint32, 32, 2**20),  # of fewer bits than the type has
        (2**30, np.uint32, 32, 2**32 - 1),
        (120, np.int8, 8, 127),
        (30_000, np.int16, 16, 32_767),
    ],
)
def test_integers_end_at_a_usual_white_at_the_greatest_of_their_type_or_at_their_own(greatest, kind, bits, white):
    assert of((greatest * RAMP).astype(kind), bits) == Levels(0, white)


def test_integers_below_zero_have_their_own_range():
    assert of(np.linspace(-100, 50, 2_000).astype(np.int16), 16) == Levels(-100, 50)


def test_a_picture_of_one_value_below_zero_is_black():
    levels = of(np.full(100, -3, np.int16), 16)

    np.testing.assert_array_equal(levels.sixteen_bits(np.full(4, -3, np.int16)), 0)
