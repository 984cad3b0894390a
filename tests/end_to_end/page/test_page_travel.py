"""How often a photo travels: the whole one once, and once more for what was changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from PIL import Image

from tests.helpers.browsing import at, choose, encoded, pixels, sent
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def large_cat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of 2 megapixels, larger than what the page shows."""
    path = tmp_path_factory.mktemp("large cat") / "cat.jpg"
    Image.fromarray(skimage.data.chelsea()).resize((1804, 1200), Image.Resampling.BICUBIC).save(path, quality=90)
    return path


def test_an_unchanged_picture_is_saved_without_another_request(page, large_cat):
    choose(page, large_cat)
    with page.expect_download() as download:
        page.click("#save .primary")
    with Image.open(download.value.path()) as saved:
        assert saved.size == (1804, 1200)
    assert len(sent(page)) == 1


def test_a_pick_sends_a_copy_and_only_the_download_the_whole_photo_with_the_mask_that_is_shown(page, large_cat):
    choose(page, large_cat)
    page.click("label[for=point]")
    page.mouse.click(*at(page, 0.5, 0.25))
    wait_until(lambda: len(sent(page)) == 2)
    page.wait_for_selector("#busy", state="hidden")
    picked = pixels(page, "after")[..., :3].astype(int)
    page.evaluate(
        """() => { const open = createImageBitmap; window.opened = 0;
        window.createImageBitmap = (...given) => (opened++, open(...given)); }"""
    )
    for _ in range(2):  # the second time, it is at hand
        with page.expect_download() as download:
            page.click("#save .primary")
        page.wait_for_selector("#busy", state="hidden")
    with Image.open(download.value.path()) as saved:
        assert saved.size == (1804, 1200)
        error = np.abs(picked - np.asarray(saved.resize((1280, 851), Image.Resampling.BOX), int))
    assert page.evaluate("opened") == 0  # what is saved is shown already
    assert [form["width"] for form in sent(page)] == [1804, 1280, 1804]
    _, pick, saving = sent(page)
    assert "unblurredMask" not in pick["fields"]  # which is the same for every pick
    assert (saving["maskImage"], saving.keys() & {"point", "points"}) == ("file", set())
    mask = page.evaluate("sent.at(-1).get('maskImage').slice(0, 3).arrayBuffer().then((b) => [...new Uint8Array(b)])")
    assert bytes(mask) == b"\xff\xd8\xff"  # the server's own, a JPEG, as it came
    assert error.mean() < 1
    assert (error.max(-1) > 16).mean() < 0.005


def webp_on_its_side(path: Path) -> dict[str, Any]:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90°
    return {"name": "a.webp", "mimeType": "image/webp", "buffer": encoded(Image.open(path), "WEBP", exif=exif)}


def test_a_photo_that_the_browser_does_not_turn_is_shown_as_the_server_turns_it(page, cat):
    choose(page, webp_on_its_side(cat))
    expected = np.asarray(Image.open(cat).rotate(-90, expand=True)).astype(int)
    for side in ("before", "after"):
        shown = pixels(page, side)[..., :3]
        assert shown.shape == expected.shape
    assert np.abs(pixels(page, "before")[..., :3] - expected).mean() < 4


def test_a_photo_that_is_upside_down_is_noticed_although_its_shape_is_right(page, cat):
    exif = Image.Exif()
    exif[0x0112] = 3
    photo = {"name": "a.webp", "mimeType": "image/webp", "buffer": encoded(Image.open(cat), "WEBP", exif=exif)}
    choose(page, photo)
    expected = np.asarray(Image.open(cat).rotate(180)).astype(int)
    assert np.abs(pixels(page, "before")[..., :3] - expected).mean() < 4


def test_a_large_webp_with_an_orientation_is_not_scaled_down_on_its_side(page, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    large = Image.linear_gradient("L").resize((6000, 4200)).convert("RGB")
    photo = {"name": "a.webp", "mimeType": "image/webp", "buffer": encoded(large, "WEBP", exif=exif, quality=30)}
    page.set_input_files("#file", photo)
    page.wait_for_selector("#size-dialog[open]")
    assert page.is_hidden("#size-dialog [value=shrink]")
