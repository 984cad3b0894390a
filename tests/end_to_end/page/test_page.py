"""What a person does with the page: a photo in, compare, tune, download."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.helpers.browsing import (
    choose,
    encoded,
    hold_back_the_next_photo,
    look_for_others,
    mask_on,
    next_picture,
    pixels,
    sent,
)
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow


def test_a_chosen_photo_comes_back_with_its_class_and_its_background_blurred(page, coffee):
    choose(page, coffee)
    assert re.search(r"espresso|cup", page.inner_text("#label"), re.IGNORECASE)
    assert page.is_hidden("#unsure")
    assert re.search(r"\d+ % sure", page.inner_text("#sure"))
    before, after = pixels(page, "before"), pixels(page, "after")
    assert before.shape == after.shape == (400, 600, 4)
    assert np.abs(before.astype(int) - after).mean() > 1


def test_a_dropped_photo_is_taken(page, cat):
    page.evaluate(
        """async (bytes) => {
            const data = new DataTransfer();
            data.items.add(new File([Uint8Array.from(bytes)], "cat.jpg", { type: "image/jpeg" }));
            document.dispatchEvent(new DragEvent("dragover", { dataTransfer: data, bubbles: true, cancelable: true }));
            document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        list(cat.read_bytes()),
    )
    page.wait_for_selector("#stage.done")


def test_a_pasted_photo_is_taken(page, cat):
    page.evaluate(
        """async (bytes) => {
            const data = new DataTransfer();
            data.items.add(new File([Uint8Array.from(bytes)], "cat.jpg", { type: "image/jpeg" }));
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
        }""",
        list(cat.read_bytes()),
    )
    page.wait_for_selector("#stage.done")


def test_a_photo_is_taken_with_the_camera(page):
    page.click("#camera")
    wait_until(lambda: page.evaluate("document.getElementById('video').videoWidth") > 0)
    page.click("#shoot")
    page.wait_for_selector("#stage.done")
    assert page.input_value("#name") == "camera-focal"
    assert page.evaluate("document.getElementById('video').srcObject") is None


def test_a_phone_opens_its_own_camera(open_page):
    page = open_page(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    with page.expect_file_chooser() as chooser:
        page.tap("#camera")
    assert chooser.value.element.get_attribute("capture") == "environment"


def split_of(page: Any) -> int:
    return round(float(page.input_value("#split")))


def test_the_divider_follows_the_mouse(page, cat):
    choose(page, cat)
    box = page.locator("#stage").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 80)
    page.mouse.up()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 80)
    assert split_of(page) == 25
    assert page.evaluate("getComputedStyle(document.getElementById('after')).clipPath").startswith(
        "inset(0px 0px 0px 25"
    )


def test_the_divider_follows_a_finger(open_page, cat):
    page = open_page(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    choose(page, cat)
    box = page.locator("#stage").bounding_box()
    page.touchscreen.tap(box["x"] + 0.75 * box["width"], box["y"] + 60)
    assert split_of(page) == 75


def test_the_divider_follows_the_keyboard(page, cat):
    choose(page, cat)
    page.focus("#split")
    for key in ("ArrowLeft", "ArrowLeft", "ArrowRight"):
        page.keyboard.press(key)
    assert split_of(page) == 49
    assert page.get_attribute("#split", "aria-valuetext") == "49 % before"
    page.keyboard.press("End")
    assert split_of(page) == 100
    assert [page.is_visible(name) for name in (".tag.left", ".tag.right")] == [True, False]
    page.keyboard.press("Home")
    assert [page.is_visible(name) for name in (".tag.left", ".tag.right")] == [False, True]


def test_strength_and_bokeh_change_live_without_another_request(page, cat):
    choose(page, cat)
    if page.is_visible("#depth"):
        page.uncheck("#by-depth")  # or the server's preview follows the page's
    seen = [pixels(page, "after")]
    page.fill("#strength", "0.1")
    next_picture(page)
    seen.append(pixels(page, "after"))
    page.check("#gaussian", force=True)
    next_picture(page)
    seen.append(pixels(page, "after"))
    page.fill("#strength", "0")
    next_picture(page)
    seen.append(pixels(page, "after"))
    assert all((one != other).any() for one, other in itertools.pairwise(seen))
    assert (seen[-1] == pixels(page, "before")).all()
    for strength, word in (
        ("0", "None"),
        ("0.005", "Slight"),
        ("0.04", "Medium"),
        ("0.08", "Strong"),
        ("0.15", "Very strong"),
    ):
        page.fill("#strength", strength)
        assert page.inner_text("#strength-value") == f"{word}, {100 * float(strength):.1f} %"
        assert page.get_attribute("#strength", "aria-valuetext") == page.inner_text("#strength-value")
    assert len(sent(page)) == 1


def test_the_overlays_fade_in(page, cat):
    choose(page, cat)
    for overlay in ("mask", "saliency"):
        layer = page.locator(f"#{overlay}-layer")
        assert layer.evaluate("(element) => getComputedStyle(element).opacity") == "0"
        page.fill(f"#{overlay}", "60")
        assert layer.evaluate("(element) => getComputedStyle(element).opacity") == "0.6"
        assert pixels(page, f"{overlay}-layer").std() > 10


def test_only_what_would_change_the_picture_can_be_focused_on_instead(page, cat, coffee, tmp_path):
    """Two things side by side: either may be kept, and each choice is shown as what it keeps."""
    both = Image.new("RGB", (901, 300))
    both.paste(Image.open(cat))
    both.paste(Image.open(coffee).resize((450, 300)), (451, 0))
    both.save(tmp_path / "both.png")
    choose(page, tmp_path / "both.png")
    automatic = mask_on(page)
    look_for_others(page)
    choices = page.locator("#choices button")
    names = choices.all_inner_texts()
    assert len(set(names)) == len(names) > 1
    for i in range(1, len(names)):
        choices.nth(i).click()
        page.wait_for_selector(f"#choices li:nth-child({i + 1}) [aria-pressed=true]")
        assert np.abs(mask_on(page).astype(int) - automatic).mean() > 2
    choices.nth(0).click()
    np.testing.assert_array_equal(mask_on(page), automatic)


def test_where_the_server_keeps_the_same_wherever_it_looks_the_page_says_so(page, server, cat):
    photo = {"name": "cat.jpg", "mimeType": "image/jpeg", "buffer": cat.read_bytes()}
    answer = page.request.post(server.url, multipart={"img": photo})
    page.route(
        "**/", lambda route: route.fulfill(response=answer) if route.request.method == "POST" else route.continue_()
    )
    choose(page, cat)
    look_for_others(page)
    assert page.locator("#choices button").count() == 0
    assert "Nothing else stands out" in page.inner_text("#search")


def test_the_photo_can_be_worked_on_while_other_things_are_looked_for(page, cat):
    choose(page, cat)
    hold_back_the_next_photo(page)
    page.click("summary")
    page.wait_for_selector("#choices[aria-busy=true]")
    page.fill("#strength", "0.1")
    with page.expect_download():
        page.click("#save .primary")
    assert page.inner_text("#search") == "Looking …"


def test_the_download_has_the_chosen_format_and_name_and_settings(page, cat):
    choose(page, cat)
    assert page.input_value("#name") == "my cat-focal"
    page.fill("#name", "holiday/1")
    page.fill("#strength", "0.1")
    page.check("#gaussian", force=True)
    for chosen, suffix in (("jpeg", "jpg"), ("png", "png"), ("webp", "webp")):
        page.select_option("#format", chosen)
        with page.expect_download() as download:
            page.click("#save .primary")
        page.wait_for_selector("#busy", state="hidden")
        assert download.value.suggested_filename == f"holiday_1.{suffix}"
        with Image.open(download.value.path()) as picture:
            assert (picture.format, picture.size) == (chosen.upper(), (451, 300))
        assert (sent(page)[-1]["strength"], sent(page)[-1]["bokeh"]) == ("0.1", "gaussian")
        assert f"Saved as holiday_1.{suffix}" in page.inner_text("#status")
    assert len(sent(page)) == 4


def test_progress_is_shown_and_told(page, cat):
    page.evaluate(
        """() => { window.told = []; window.shown = [];
        new MutationObserver(() => told.push(document.getElementById("status").textContent))
            .observe(document.getElementById("status"), { childList: true });
        new MutationObserver(() => shown.push(document.getElementById("busy-text").textContent))
            .observe(document.getElementById("busy-text"), { childList: true }); }"""
    )
    choose(page, cat)
    told, shown = page.evaluate("[told, shown]")
    assert [what for what in told if what in ("Uploading", "Computing")] == ["Uploading", "Computing"]
    assert told[-1].startswith("Done. In focus:")
    assert any(re.fullmatch(r"Uploading \d+ %", line) for line in shown)
    assert page.is_hidden("#busy")


def test_the_first_photo_can_be_cancelled(page, cat):
    hold_back_the_next_photo(page)
    page.set_input_files("#file", cat)
    page.wait_for_selector("#busy:not([hidden])")
    page.click("#cancel")
    page.wait_for_selector("#intro:not([hidden])")
    assert page.is_hidden("#problem")


def test_a_cancelled_download_leaves_the_result(page, cat):
    choose(page, cat)
    hold_back_the_next_photo(page)
    page.fill("#strength", "0.1")
    page.click("#save .primary")
    page.wait_for_selector("#busy:not([hidden])")
    delays = page.locator("#busy").evaluate(
        "(busy) => busy.getAnimations({ subtree: true }).map(({ effect }) => effect.getTiming().delay)"
    )
    assert min(delays, default=300) >= 300  # milliseconds: what is quick is not animated
    page.keyboard.press("Escape")
    page.wait_for_selector("#busy", state="hidden")
    assert page.is_visible("#label")


def test_a_new_photo_takes_the_place_of_one_still_under_way(page, cat):
    hold_back_the_next_photo(page)
    page.set_input_files("#file", {"name": "first.jpg", "mimeType": "image/jpeg", "buffer": cat.read_bytes()})
    page.wait_for_selector("#busy:not([hidden])")
    page.set_input_files("#file", {"name": "second.jpg", "mimeType": "image/jpeg", "buffer": cat.read_bytes()})
    page.wait_for_selector("#stage.done")
    assert page.input_value("#name") == "second-focal"
    assert page.is_hidden("#problem")


def test_a_portrait_phone_photo_is_upright_on_both_sides(page, cat):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90°
    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": encoded(Image.open(cat), "JPEG", exif=exif)}
    choose(page, photo)
    assert pixels(page, "before").shape == pixels(page, "after").shape == (451, 300, 4)


def test_a_photo_that_the_browser_cannot_open_is_shown_all_the_same(page, cat):
    choose(page, {"name": "a.tif", "mimeType": "image/tiff", "buffer": encoded(Image.open(cat), "TIFF")})
    before = pixels(page, "before")[..., :3].astype(int)
    assert np.abs(before - np.asarray(Image.open(cat))).mean() < 4
    assert (pixels(page, "after") != pixels(page, "before")).any()
