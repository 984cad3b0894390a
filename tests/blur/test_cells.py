"""Cells, tiles and the way between them and the photo's pixels."""

from __future__ import annotations

import numpy as np
import pytest
from focal.blur.cells import bands, cell_means, enlarge_cells, pad_cells, reduce_to_cells, tiles

SIZES = [(1, 1), (1, 700), (513, 3), (300, 520), (241, 1030)]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("factor", [1, 3, 8, 300])
@pytest.mark.parametrize("parts", [tiles, bands])
def test_tiles_and_bands_cover_each_pixel_once(parts, size, factor):
    times = np.zeros(size, int)

    for part in parts(*size, factor):
        times[part.pixels] += 1

    assert (times == 1).all()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("factor", [1, 3, 8])
def test_a_cell_is_the_mean_of_its_pixels_and_sees_the_photo_mirrored_at_its_border(rng, size, factor):
    image = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
    table = np.linspace(0, 5, 256, dtype=np.float32) ** 2

    reduced = reduce_to_cells(image, factor, lambda part, side: cell_means(table[part], side), np.float32)

    h, w = (-(-side // factor) for side in size)
    whole = np.pad(table[image], ((0, h * factor - size[0]), (0, w * factor - size[1]), (0, 0)), mode="symmetric")
    np.testing.assert_allclose(reduced, whole.reshape(h, factor, w, factor, 3).mean((1, 3)), rtol=1e-5, atol=1e-6)


def test_unconverted_bytes_stay_bytes(rng):
    image = rng.integers(0, 256, (90, 130), dtype=np.uint8)

    reduced = reduce_to_cells(image, 5)

    assert reduced.dtype == np.uint8
    np.testing.assert_allclose(reduced, image.reshape(18, 5, 26, 5).mean((1, 3)), atol=0.51)


@pytest.mark.parametrize("factor", [1, 4, 7])
def test_tiles_enlarged_one_by_one_join_without_a_seam(rng, factor):
    height, width = 600, 530
    h, w = -(-height // factor), -(-width // factor)
    cells = rng.random((h, w, 3), dtype=np.float32)
    joined = np.empty((h * factor, w * factor, 3), np.float32)

    for tile in tiles(height, width, factor):
        joined[tile.pixels] = enlarge_cells(pad_cells(cells), tile)

    y = np.clip((np.arange(h * factor) + 0.5) / factor - 0.5, 0, h - 1)
    x = np.clip((np.arange(w * factor) + 0.5) / factor - 0.5, 0, w - 1)
    rows = np.stack([[np.interp(y, np.arange(h), cells[:, i, c]) for i in range(w)] for c in range(3)], -1)  # (w, H, 3)
    bilinear = np.stack([[np.interp(x, np.arange(w), rows[:, j, c]) for j in range(h * factor)] for c in range(3)], -1)
    np.testing.assert_allclose(joined, bilinear, atol=1e-5)
