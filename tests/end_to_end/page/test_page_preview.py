"""What is previewed is what is downloaded, whatever was changed and whatever the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
import skimage.data
from PIL import Image

from tests.helpers.browsing import choose, draw, next_frame, pixels

pytestmark = pytest.mark.slow

LARGE_ERROR = 16  # code values


@pytest.fixture(scope="module")
def rocket(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo with lamps and glare, 640 × 427."""
    path = tmp_path_factory.mktemp("rocket") / "rocket.png"
    Image.fromarray(skimage.data.rocket()).save(path)
    return path


def save_heif(source: Path, target: Path) -> None:
    pillow_heif.from_pillow(Image.open(source)).save(target, quality=92)


def save_tiff(source: Path, target: Path) -> None:
    Image.open(source).save(target)


def rest(page: Any) -> None:
    """Wait until the background has followed a stroke: timers of the page end in their order."""
    page.evaluate("() => new Promise((done) => setTimeout(done, 500))")
    page.wait_for_selector("#stage[data-preview=final]")
    next_frame(page)


def expect_the_download_to_be_what_is_shown(page: Any) -> None:
    """Compare the composed photo with the server's, which the page shows once it was downloaded."""
    rest(page)
    composed = pixels(page, "after")[..., :3].astype(int)
    page.select_option("#format", "png")
    with page.expect_download():
        page.click("#save .primary")
    page.wait_for_selector("#busy", state="hidden")
    next_frame(page)
    error = np.abs(composed - pixels(page, "after")[..., :3])
    assert error.mean() < 1
    assert (error.max(-1) > LARGE_ERROR).mean() < 0.005


@pytest.mark.parametrize("photo", ["coffee", "rocket"])
def test_after_each_change_of_the_blur_and_of_the_mask(page, request, photo):
    choose(page, request.getfixturevalue(photo))
    for strength, bokeh in (("0.02", "lens"), ("0.1", "lens"), ("0.06", "gaussian")):
        page.fill("#strength", strength)
        page.check(f"#{bokeh}", force=True)
        expect_the_download_to_be_what_is_shown(page)
    page.click("label[for=paint]")
    draw(page, (0.05, 0.2), (0.9, 0.2))
    expect_the_download_to_be_what_is_shown(page)


@pytest.mark.parametrize(("suffix", "save"), [("heic", save_heif), ("tif", save_tiff)])
def test_of_a_file_that_the_browser_cannot_open(page, coffee, tmp_path, suffix, save):
    photo = tmp_path / f"photo.{suffix}"
    save(coffee, photo)
    choose(page, photo)
    page.fill("#strength", "0.06")
    expect_the_download_to_be_what_is_shown(page)
