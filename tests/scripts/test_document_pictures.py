"""The documents' pictures."""

from __future__ import annotations

import numpy as np
import pytest
from support.contact_sheet import CAPTION_PX, TILE_PX
from support.document_pictures import SIDE_BY_SIDE_PX, before_after, fallback, points, steps


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(0).integers(0, 256, (60, 120, 3), dtype=np.uint8)


def test_each_picture_has_its_tiles_and_no_paper_below(lite0, pixels):
    row_px = CAPTION_PX + TILE_PX // 2

    assert before_after(lite0, pixels).shape == (SIDE_BY_SIDE_PX // 2, 2 * SIDE_BY_SIDE_PX, 3)
    assert steps(lite0, pixels).shape == (2 * row_px, 4 * TILE_PX, 3)
    assert points(lite0, pixels, [(0.2, 0.3)]).shape == (2 * row_px, 3 * TILE_PX, 3)
    assert fallback(lite0, pixels).shape == (row_px, 4 * TILE_PX, 3)
