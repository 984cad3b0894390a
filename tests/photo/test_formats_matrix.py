"""Every format in every mode, depth, marking, transparency and orientation comes out right, or is refused in words."""

from pathlib import Path

import numpy as np
import pytest
from focal.errors import FocalError
from focal.photo.decode import decode_photo

from tests.helpers.colour_oracle import seen
from tests.helpers.matrix import cells
from tests.helpers.matrix.cell import CURVED, KEPT, Cell
from tests.helpers.matrix.document import document

ROOT = Path(__file__).parents[2]

CELLS = cells()


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell.meant is not None], ids=lambda cell: cell.name)
def test_a_viewer_sees_what_the_file_means(cell: Cell):
    photo = decode_photo(cell.file)

    assert photo.pixels.shape == cell.meant.shape
    assert (photo.icc_profile is not None) == (cell.becomes in (KEPT, CURVED))
    off = np.abs(seen(photo.pixels, photo.icc_profile) - np.clip(cell.meant, 0, 255))
    assert off.mean() <= 2
    assert cell.tolerance is None or off.max() <= cell.tolerance


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell.meant is None], ids=lambda cell: cell.name)
def test_what_is_not_supported_is_called_by_its_name(cell: Cell):
    with pytest.raises(FocalError) as refused:
        decode_photo(cell.file)

    assert cell.refusal in refused.value.message
    assert refused.value.type == "UnsupportedFormat"


def test_the_matrix_has_some_hundreds_of_cells_and_no_two_of_a_name():
    names = [cell.name for cell in CELLS]

    assert len(names) > 400
    assert len(names) == len(set(names))


def test_the_document_is_printed_from_the_matrix():
    assert (ROOT / "docs/formats.md").read_text(encoding="utf-8") == document()
