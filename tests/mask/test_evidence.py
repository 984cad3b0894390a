"""The steps up to the score that the mask is cut from."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from focal.mask.diffusion import diffusion
from focal.mask.evidence import GRID_CELLS, diffuse_twice, grid_size, score_of_cells, shrink, stretch


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_a_large_photo_is_read_in_means_of_its_neighbourhoods(rng):
    smooth = cv2.GaussianBlur(rng.random((1500, 2000, 3)).astype(np.float32), (0, 0), 30)
    pixels = (255 * (smooth - smooth.min()) / np.ptp(smooth)).astype(np.uint8)

    small = shrink(pixels, 224)

    expected = cv2.resize(pixels, (224, 168), interpolation=cv2.INTER_AREA) / 255
    assert small.shape == (168, 224, 3)
    np.testing.assert_allclose(small, expected, atol=0.02)


def test_a_texture_too_fine_for_the_guide_becomes_its_mean():
    y, x = np.mgrid[:600, :800]
    checks = np.repeat(((x + y) % 2 * 255).astype(np.uint8)[..., None], 3, 2)

    np.testing.assert_allclose(shrink(checks, 224), 0.5, atol=0.03)


@pytest.mark.parametrize("size", [(1, 1), (168, 224), (224, 224), (224, 100), (1, 224), (224, 1)])
def test_a_grid_has_the_pictures_shape_and_no_more_cells_than_its_cost_allows(size):
    rows, columns = grid_size(np.zeros((*size, 3), np.float32))

    assert min(rows, columns) >= 4
    assert rows * columns <= 1.1 * GRID_CELLS
    assert (rows - columns) * (size[0] - size[1]) >= 0


def test_the_second_diffusion_evens_out_a_subject_of_two_levels(rng):
    subject = np.zeros((10, 10), bool)
    subject[2:8, 2:8] = True
    same = subject.ravel()[:, None] == subject.ravel()
    W = np.where(same, 1, 0.01).astype(np.float32)
    np.fill_diagonal(W, 0)
    seed = np.zeros((10, 10), np.float32)
    seed[2:4, 2:8] = 1  # the head

    cells = diffuse_twice(seed, diffusion(W))

    assert cells[subject].min() > 0.8
    assert cells[~subject].max() < 0.2


def test_stretching_ends_at_0_and_1_and_leaves_a_constant_at_0(rng):
    stretched = stretch(rng.normal(50, 9, (30, 30)).astype(np.float32))

    assert (stretched.min(), stretched.max()) == (0, 1)
    np.testing.assert_array_equal(stretch(np.full((4, 4), 3, np.float32)), 0)


def test_the_score_has_the_guides_edges():
    subject = np.zeros((120, 160), bool)
    subject[33:87, 45:109] = True  # no multiple of a cell
    guide = np.where(subject[..., None], np.float32([0.9, 0.4, 0.2]), np.float32([0.2, 0.4, 0.8])).astype(np.float32)
    cells = cv2.resize(subject.astype(np.float32), (20, 15), interpolation=cv2.INTER_AREA)

    score = score_of_cells(cells, guide)

    assert score.dtype == np.float32
    assert ((score > 0.5) == subject).mean() > 0.99
