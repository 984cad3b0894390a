"""Leaving with more than a blurred JPEG: a cut-out, another background, the mask, the clipboard; and several clicks."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.helpers.browsing import at, choose, draw, encoded, mask_on, next_frame, pixels, sent
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow


def save(page: Any) -> Image.Image:
    with page.expect_download() as download:
        page.click("#save .primary")
    page.wait_for_selector("#busy", state="hidden")
    with Image.open(download.value.path()) as picture:
        picture.load()
        return picture.copy()


def has_sent(page: Any, count: int) -> bool:
    return len(sent(page)) == count


def expect_alike(picture: Image.Image, shown: np.ndarray) -> None:
    """What was saved beside what is shown, on grey where it is transparent."""
    ours = [Image.alpha_composite(Image.new("RGBA", picture.size, "grey"), each.convert("RGBA"))
            for each in (picture, Image.fromarray(shown))]  # fmt: skip
    error = np.abs(np.asarray(ours[0], int) - np.asarray(ours[1], int)).max(-1)
    assert error.mean() < 2
    assert (error > 16).mean() < 0.01


def test_a_cut_out_is_transparent_then_on_a_colour_then_on_a_picture_of_ones_own(page, cat, coffee):
    choose(page, cat)
    page.click("label[for=cutout]")
    next_frame(page)
    cut = save(page)
    assert (cut.format or "PNG", cut.mode, cut.size) == ("PNG", "RGBA", (451, 300))
    alpha = np.asarray(cut)[..., 3]
    assert np.abs(alpha.astype(int) - mask_on(page)).mean() < 2
    expect_alike(cut, pixels(page, "after"))
    page.check("#backdrop-colour")
    page.fill("#colour", "#ff0000")
    next_frame(page)
    red = save(page)
    assert np.asarray(red)[2, 2, :3].tolist() == [255, 0, 0]
    expect_alike(red, pixels(page, "after"))
    with page.expect_file_chooser() as chooser:
        page.click("#backdrop-picture")
    wait_until(lambda: pixels(page, "after")[2, 2, 3] == 0)  # nothing is there yet
    chooser.value.set_files(coffee)
    wait_until(lambda: pixels(page, "after")[2, 2, 3] == 255)
    expect_alike(save(page), pixels(page, "after"))


def test_the_mask_itself_can_be_saved_painted_or_not(page, cat):
    choose(page, cat)
    page.select_option("#format", "png")
    page.click("label[for=only-mask]")
    assert np.abs(np.asarray(save(page).convert("L"), int) - mask_on(page)).mean() < 1
    page.click("label[for=paint]")
    page.click("label[for=soften]")
    draw(page, (0.4, 0.5), (0.6, 0.5))
    assert np.abs(np.asarray(save(page).convert("L"), int) - mask_on(page)).mean() < 1


def test_a_second_thing_is_added_and_another_taken_away(page, cat):
    choose(page, cat)
    page.click("label[for=point]")
    for expected, how in enumerate(("only", "add", "remove"), start=2):
        page.click(f"label[for={how}]")
        page.mouse.click(*at(page, 0.5, 0.2 * expected - 0.1))
        wait_until(partial(has_sent, page, expected))
        page.wait_for_selector("#busy", state="hidden")
    assert sent(page)[1]["point"] == "0.5,0.3"
    assert [point["keep"] for point in json.loads(sent(page)[3]["points"])] == [True, True, False]
    assert page.locator(".mark").count() == 3
    assert page.locator(".mark.without").count() == 1
    assert page.is_hidden("#problem")


def test_date_and_camera_are_kept_only_if_one_wants_it(page, cat, tmp_path: Path):
    exif = Image.Exif()
    exif[0x010F] = "Focal Cameras"
    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": encoded(Image.open(cat), "JPEG", exif=exif)}
    choose(page, photo)
    for keeps in (False, True):
        page.set_checked("#metadata", keeps)
        with page.expect_download() as download:
            page.click("#save .primary")
        page.wait_for_selector("#busy", state="hidden")
        with Image.open(download.value.path()) as picture:
            assert (picture.getexif().get(0x010F) == "Focal Cameras") == keeps


def test_the_picture_is_copied_to_the_clipboard(open_page, server, cat):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    choose(page, cat)
    page.click("#copy")
    wait_until(lambda: page.inner_text("#status") == "Copied.")
    size = page.evaluate(
        """async () => { const [item] = await navigator.clipboard.read();
        const { width, height } = await createImageBitmap(await item.getType("image/png")); return [width, height]; }"""
    )
    assert size == [451, 300]
