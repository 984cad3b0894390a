"""The blurred background at the photo's own size."""

from __future__ import annotations

import numpy as np
import pytest
from focal.blur.upsample import backdrop

SIZES = [(1, 1), (1, 700), (513, 3), (300, 520), (2100, 330)]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def bilinear(cells, factor, height, width):
    """Between the cells' centres, in floats."""

    def weights(pixels, count):
        place = np.clip((np.arange(pixels) + 0.5) / factor - 0.5, 0, count - 1)
        return np.maximum(0, 1 - np.abs(place[:, None] - np.arange(count)))

    down, right = weights(height, cells.shape[0]), weights(width, cells.shape[1])
    return np.einsum("yi,ijc,xj->yxc", down, cells.astype(float), right, optimize=True)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("factor", [1, 3, 6, 8, 40])
def test_between_the_centres_of_its_cells_it_is_bilinear_and_dithered_to_whole_code_values(rng, size, factor):
    height, width = size
    cells = rng.integers(0, 65281, (-(-height // factor), -(-width // factor), 3)).astype(np.uint16)

    large = backdrop(cells, factor, height, width)

    exact = bilinear(cells, factor, height, width) / 256
    assert large.shape == (height, width, 3)
    assert np.abs(large - exact).max() < 1 + factor / 256


@pytest.mark.parametrize("factor", [1, 3, 6, 16])
def test_a_slow_gradient_keeps_its_mean_over_8_by_8_pixels(factor):
    rows, columns = 480 // factor, 480 // factor
    slope = np.add.outer(np.linspace(0, 512, rows), np.linspace(0, 512, columns))  # two code values each way
    cells = np.repeat(slope[..., None] + 180 * 256, 3, 2).astype(np.uint16)

    large = backdrop(cells, factor, 480, 480)

    found, exact = (x.reshape(60, 8, 60, 8, 3).mean((1, 3)) for x in (large, bilinear(cells, factor, 480, 480) / 256))
    np.testing.assert_allclose(found, exact, atol=0.05 + factor / 256)


@pytest.mark.parametrize("factor", [1, 5, 16, 32])
def test_between_black_and_white_no_value_leaves_the_range(factor):
    cells = np.zeros((9, 7, 3), np.uint16)
    cells[::2, ::3] = 65280
    cells[1::2, 1::3] = 65279

    large = backdrop(cells, factor, 9 * factor, 7 * factor)

    exact = bilinear(cells, factor, 9 * factor, 7 * factor) / 256
    assert np.abs(large - exact).max() < 1 + factor / 256  # what wrapped around would be off by 255
