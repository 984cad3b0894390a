"""Leaving with more than a blurred JPEG: a cut-out, another background, the mask, the clipboard; and several clicks."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.end_to_end.page.conftest import OTHER_NAME
from tests.helpers.browsing import choose, draw, encoded, mask_on, next_picture, pixels, sent
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow

GLASS = {"name": "glass.png", "mimeType": "image/png"}  # a picture that is transparent


def save(page: Any) -> Image.Image:
    with page.expect_download() as download:
        page.click("#save .primary")
    page.wait_for_selector("#busy", state="hidden")
    with Image.open(download.value.path()) as picture:
        picture.load()
        return picture.copy()


def has_sent(page: Any, count: int) -> bool:
    return len(sent(page)) == count


def place_on(page: Any, x: float, y: float) -> dict[str, float]:
    """A place of the stage, in fractions, as Playwright takes it."""
    box = page.locator("#stage").bounding_box()
    return {"x": x * box["width"], "y": y * box["height"]}


def expect_alike(picture: Image.Image, shown: np.ndarray | Image.Image) -> None:
    """What was saved beside what is shown, on grey where it is transparent."""
    ours = [Image.alpha_composite(Image.new("RGBA", picture.size, "grey"), each.convert("RGBA"))
            for each in (picture, Image.fromarray(np.asarray(shown)))]  # fmt: skip
    error = np.abs(np.asarray(ours[0], int) - np.asarray(ours[1], int)).max(-1)
    assert error.mean() < 2
    assert (error > 16).mean() < 0.01


def test_a_cut_out_is_transparent_then_on_a_colour_then_on_a_picture_of_ones_own(page, cat, coffee):
    choose(page, cat)
    page.click("label[for=cutout]")
    next_picture(page)
    cut = save(page)
    assert (cut.format or "PNG", cut.mode, cut.size) == ("PNG", "RGBA", (451, 300))
    alpha = np.asarray(cut)[..., 3]
    assert np.abs(alpha.astype(int) - mask_on(page)).mean() < 2
    expect_alike(cut, pixels(page, "after"))
    page.check("#backdrop-colour")
    page.fill("#colour", "#ff0000")
    next_picture(page)
    red = save(page)
    assert np.asarray(red)[2, 2, :3].tolist() == [255, 0, 0]
    expect_alike(red, pixels(page, "after"))
    with page.expect_file_chooser() as chooser:
        page.click("#backdrop-picture")
    wait_until(lambda: pixels(page, "after")[2, 2, 3] == 0)  # nothing is there yet
    page.select_option("#format", "jpeg")
    on_white = Image.alpha_composite(Image.new("RGBA", cut.size, "white"), cut)
    expect_alike(save(page), on_white)
    page.select_option("#format", "png")
    chooser.value.set_files(coffee)
    wait_until(lambda: pixels(page, "after")[2, 2, 3] == 255)
    expect_alike(save(page), pixels(page, "after"))
    page.set_input_files("#backdrop-file", {**GLASS, "buffer": encoded(Image.new("RGBA", (9, 9)), "PNG")})
    wait_until(lambda: pixels(page, "after")[2, 2, 3] == 0)
    page.select_option("#format", "jpeg")
    expect_alike(save(page), on_white)


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
    ways = (("only", None), ("add", None), ("remove", None), ("only", "Shift"), ("only", "Alt"))  # buttons, or keys
    for expected, (how, key) in enumerate(ways, start=2):
        page.click(f"label[for={how}]")
        page.locator("#stage").click(position=place_on(page, 0.5, 0.15 * expected), modifiers=[key] if key else [])
        wait_until(partial(has_sent, page, expected))
        page.wait_for_selector("#busy", state="hidden")
    assert sent(page)[1]["point"] == "0.5,0.3"
    assert [point["keep"] for point in json.loads(sent(page)[5]["points"])] == [True, True, False, True, False]
    assert page.locator(".mark").count() == 5
    assert page.locator(".mark.without").count() == 2
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


def test_where_the_browser_does_not_let_the_page_copy_it_says_so_or_offers_no_copy(page, server, cat):
    choose(page, cat)
    page.click("#copy")  # headless, it asks nobody and refuses
    page.wait_for_selector("#problem:not([hidden])")
    assert page.inner_text("#problem-text") == "The browser does not let this page copy; download the picture instead."
    page.click("#dismiss")
    page.route("**/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.fill("#strength", "0.1")
    page.click("#copy")
    page.wait_for_selector("#problem:not([hidden])")
    assert page.inner_text("#problem-text").startswith("The server cannot")
    page.unroute("**/")
    page.goto(server.url.replace("127.0.0.1", OTHER_NAME))
    choose(page, cat)
    assert page.is_hidden("#copy")
    assert page.is_visible("#save .primary")


SHARING_DEVICE = """
window.shared = [];
navigator.canShare = ({ files }) => files.every((file) => file instanceof File);
navigator.share = async ({ files }) => {
    shared.push(files[0]);
    if (window.refusal) throw new DOMException("", refusal);
};
"""


def test_the_picture_is_shared_as_it_would_be_saved_and_a_refusal_of_the_device_is_told(open_page, cat):
    page = open_page()
    assert page.is_hidden("#share")  # this browser cannot share
    page.add_init_script(SHARING_DEVICE)  # the edge of the platform: what the device does with the file is its own
    page.reload()
    choose(page, cat)
    page.click("#share")
    wait_until(lambda: page.evaluate("shared.length") == 1)
    told = """async () => { const { width, height } = await createImageBitmap(shared[0]);
        return [shared[0].name, shared[0].type, width, height]; }"""
    assert page.evaluate(told) == ["my cat-focal.jpg", "image/jpeg", 451, 300]
    for refusal, is_told in (("AbortError", False), ("NotAllowedError", True)):  # left again; not so soon after a click
        page.evaluate("(name) => { window.refusal = name; }", refusal)
        page.click("#share")
        page.wait_for_selector("#busy", state="hidden")
        assert page.is_visible("#problem") == is_told
    assert "press Share once more" in page.inner_text("#problem-text")
    assert len(sent(page)) == 1
