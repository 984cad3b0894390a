"""The background blurred, the subject untouched."""

from __future__ import annotations

import numpy as np
import pytest
from focal.blur import blur_background
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays


@settings(deadline=None, max_examples=60)
@given(st.data(), st.integers(1, 40), st.integers(1, 40), st.floats(0, 0.15), st.sampled_from(["lens", "gaussian"]))
def test_the_subject_is_untouched_bit_for_bit(data, height, width, strength, bokeh):
    pixels = data.draw(arrays(np.uint8, (height, width, 3)))
    alpha = data.draw(arrays(np.uint8, (height, width), elements=st.sampled_from([0, 1, 128, 254, 255])))

    blurred = blur_background(pixels, alpha, strength_frac=strength, bokeh=bokeh)

    subject = alpha == 255
    np.testing.assert_array_equal(blurred[subject], pixels[subject])


@pytest.mark.parametrize("bokeh", ["lens", "gaussian"])
@pytest.mark.parametrize("level", range(0, 256, 15))
def test_a_flat_area_comes_back_exactly(level, bokeh):
    pixels = np.full((90, 130, 3), level, np.uint8)

    blurred = blur_background(pixels, np.zeros((90, 130), np.uint8), strength_frac=0.1, bokeh=bokeh)

    np.testing.assert_array_equal(blurred, pixels)
