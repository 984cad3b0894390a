"""What Chromium, which manages colours, shows of a file is what it shows of the answer, to within 2 code values.

The files are those of the matrix that Chromium reads and follows in all that they say.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from focal.photo.decode import decode_photo
from PIL import Image

from tests.helpers.chromium import chromium
from tests.helpers.matrix import cells
from tests.helpers.matrix.cell import Cell

pytestmark = pytest.mark.slow

ARGUMENTS = ("--force-color-profile=srgb", "--hide-scrollbars")
# Each image has a place of its own on one page: to show them one after the other would take a minute.
SIDE, ACROSS = 50, 24
SHOW = """async ([urls, side, across]) => {
    document.body.style.margin = 0;
    await Promise.all(urls.map(async (url, n) => {
        const image = new Image();
        image.src = url;
        await image.decode();
        const [left, top] = [n % across, Math.floor(n / across)].map(place => place * side);
        image.style.cssText = `position: absolute; left: ${left}px; top: ${top}px`;
        document.body.append(image);
    }));
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
CELLS = [cell for cell in cells() if cell.mime]


def answer_to(file: bytes) -> bytes:
    """The photo as a PNG with its profile, not blurred at all."""
    photo, buffer = decode_photo(file), io.BytesIO()
    Image.fromarray(photo.pixels).save(buffer, "PNG", icc_profile=photo.icc_profile)
    return buffer.getvalue()


def shown_by_chromium(images: Sequence[tuple[bytes, str]]) -> npt.NDArray[Any]:
    """What Chromium shows of image files on a white page, each at its place."""
    with chromium(*ARGUMENTS) as browser:
        height = SIDE * -(-len(images) // ACROSS)
        page = browser.new_page(viewport={"width": SIDE * ACROSS, "height": height})
        urls = [f"data:{mime};base64,{base64.b64encode(file).decode()}" for file, mime in images]
        page.evaluate(SHOW, [urls, SIDE, ACROSS])
        shot = page.screenshot()
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)


@pytest.fixture(scope="module")
def sights() -> dict[str, tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    """By a cell's name: what Chromium shows of its file, and of the answer to it."""
    asked = [(cell.file, cell.mime) for cell in CELLS]
    page = shown_by_chromium(asked + [(answer_to(cell.file), "image/png") for cell in CELLS])
    rows = page.reshape(-1, SIDE, ACROSS, SIDE, 3).swapaxes(1, 2).reshape(-1, SIDE, SIDE, 3)
    return {cell.name: (rows[n], rows[len(CELLS) + n]) for n, cell in enumerate(CELLS)}


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_the_answer_looks_like_the_file(cell: Cell, sights):
    file, answer = sights[cell.name]

    assert file.min() < 250, "nothing was shown"
    assert np.abs(answer - file).max() <= 2
