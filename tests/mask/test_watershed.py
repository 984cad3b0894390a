"""An area divided among marks in it, whatever its shape."""

from __future__ import annotations

import numpy as np
import pytest
from focal.mask.watershed import watershed


@pytest.mark.parametrize("size", [(1, 2), (1, 40), (40, 1), (2, 40), (40, 2), (3, 40), (60, 80)])
def test_every_place_gets_a_mark_and_every_mark_keeps_its_place_up_to_the_border_of_the_thinnest_photo(size):
    marks = np.zeros(size, np.int32)
    marks[0, 0], marks[-1, -1] = 1, 2
    guide = np.random.default_rng(0).random((*size, 3), np.float32)

    part = watershed(marks, np.ones(size, bool), guide)

    assert set(np.unique(part)) == {1, 2}
    assert (part[0, 0], part[-1, -1]) == (1, 2)
