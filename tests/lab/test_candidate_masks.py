"""The masks that an evaluation compares."""

from __future__ import annotations

import numpy as np
import pytest
from batch.contact_sheet import CAPTION_PX, CELL_PX, contact_sheet
from focal.options import Options
from lab.quality.candidate_masks import candidate_masks, centre_prior, graph_cut, pointed_masks


def test_the_centre_prior_is_an_ellipse_of_half_the_sides():
    prior = centre_prior(200, 400)

    assert prior[100, 101:299].all()
    assert not prior[100, :99].any()
    assert prior[51:149, 200].all()
    assert prior.mean() == pytest.approx(np.pi / 16, rel=0.01)


def test_every_mask_has_the_photos_size_and_range(lite0):
    pixels = np.random.default_rng(0).integers(0, 256, (90, 130, 3), dtype=np.uint8)

    masks, confidence = candidate_masks(lite0, pixels, Options(target=7))

    assert list(masks) == ["refined", "classic", "graphcut", "centre"]
    for mask in masks.values():
        assert mask.shape == (90, 130)
        assert 0 <= mask.min() <= mask.max() <= 1
    assert 0 <= confidence <= 1


def test_each_point_gets_the_mask_without_it_and_one_that_is_sharp_there(lite0):
    pixels = np.random.default_rng(0).integers(0, 256, (90, 130, 3), dtype=np.uint8)

    (first, confidence), (second, _) = pointed_masks(lite0, pixels, Options(target=7), [(0.1, 0.2), (0.9, 0.9)])

    assert 0 <= confidence <= 1
    np.testing.assert_array_equal(first["refined"], second["refined"])
    assert first["point"][18, 13] >= 0.9
    assert second["point"][81, 117] >= 0.9


def test_graph_cut_takes_what_shares_the_colour_of_the_most_salient():
    from focal.network.saliency import Features, Saliency

    rng = np.random.default_rng(0)
    area = np.zeros((96, 128), bool)
    area[30:70, 40:90] = True
    view = np.where(area[..., None], (220, 40, 40), (40, 90, 200)) + rng.integers(-9, 10, (96, 128, 3))
    view = view.clip(0, 255).astype(np.uint8)
    gradient = np.zeros((3, 96, 128), np.float32)
    gradient[:, 40:60, 50:80] = 1
    gradient[:, 32:68, 42:88] += 0.5
    gradient[:, 20:80, 30:100] += 0.1

    cut = graph_cut(view, view, Saliency(Features(gradient.shape[1:], ()), (), lambda: (gradient, gradient)))

    np.testing.assert_array_equal(cut > 0.5, area)


def test_a_contact_sheet_has_a_row_for_each_and_a_tile_for_each_picture():
    photo, mask = np.full((50, 100, 3), 200, np.uint8), np.ones((50, 100))

    sheet = contact_sheet([[("photo", photo), ("mask", mask)]] * 3)

    assert sheet.shape == (3 * (CELL_PX + CAPTION_PX), 2 * CELL_PX, 3)
    assert (sheet[CAPTION_PX : CAPTION_PX + CELL_PX // 2, :CELL_PX] == 200).all()
    assert (sheet[CAPTION_PX : CAPTION_PX + CELL_PX // 2, CELL_PX:] == 255).all()
