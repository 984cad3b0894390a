"""Several photos at once: each gets its picture or its reason, and all leave in one file."""

from __future__ import annotations

import json
import zipfile
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.helpers.browsing import choose, draw, hold_back_the_next_photo, next_frame

pytestmark = pytest.mark.slow


def bring(page: Any, *photos: Any) -> None:
    page.set_input_files("#file", list(photos))
    page.wait_for_selector("#queue:not([hidden])")
    page.wait_for_selector("#zip:enabled")


def as_file(path: Any, name: str) -> dict[str, Any]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": path.read_bytes()}


def test_several_photos_leave_in_one_zip_with_the_same_settings(page, cat, coffee):
    choose(page, cat)
    page.select_option("#format", "webp")
    photos = [
        as_file(cat, "a.jpg"),
        as_file(coffee, "a.jpg"),
        {"name": "empty.jpg", "mimeType": "image/jpeg", "buffer": b""},
    ]
    bring(page, *photos)
    assert page.inner_text("#queue-text") == "2 of 3 photos are ready."
    assert "empty.jpg is empty" in page.inner_text("#queue-list li:nth-child(3)")
    with page.expect_download() as download:
        page.click("#zip")
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["a-focal (2).webp", "a-focal.webp"]
        with archive.open("a-focal.webp") as one, Image.open(one) as picture:
            assert (picture.format, picture.size) == ("WEBP", (451, 300))
    with page.expect_download() as single:
        page.click("#queue-list li:nth-child(2) button:text('Save')")
    assert single.value.suggested_filename == "a-focal (2).webp"


def test_one_of_several_can_be_edited_and_left_again(page, cat, coffee):
    bring(page, cat, coffee)
    for leave in (lambda: page.click("#back"), lambda: page.evaluate("history.back()")):
        page.get_by_role("button", name="Edit coffee.jpg").click()
        page.wait_for_selector("#stage.done")
        assert page.input_value("#name") == "coffee-focal"
        leave()
        page.wait_for_selector("#zip")
    page.set_viewport_size({"width": 844, "height": 240})
    box = page.locator("#zip").bounding_box()
    assert box["y"] + box["height"] <= 240  # however long the list


def pictures_in_the_zip(page: Any) -> dict[str, np.ndarray]:
    """Save all, and open what was saved, by name; uint8 (H, W, 3)."""
    with page.expect_download() as download:
        page.click("#zip")
    with zipfile.ZipFile(download.value.path()) as archive:
        return {name: np.array(Image.open(archive.open(name)).convert("RGB")) for name in archive.namelist()}


def test_what_is_made_of_one_of_several_leaves_with_the_others(page, cat, coffee):
    bring(page, as_file(cat, "a.jpg"), as_file(coffee, "a.jpg"))
    before = pictures_in_the_zip(page)
    thumbnails = "[...document.querySelectorAll('#queue-list canvas')].map((canvas) => canvas.toDataURL())"
    first, second = page.evaluate(thumbnails)
    page.click("#queue-list li:nth-child(2) button:text('Edit')")
    page.wait_for_selector("#stage.done")
    page.fill("#strength", "0")
    page.click("#back")
    page.wait_for_selector("#zip:visible")
    after = pictures_in_the_zip(page)
    assert list(after) == list(before) == ["a-focal.jpg", "a-focal (2).jpg"]
    np.testing.assert_array_equal(after["a-focal.jpg"], before["a-focal.jpg"])
    photo = np.array(Image.open(coffee)).astype(int)
    was, now = (np.abs(pictures["a-focal (2).jpg"] - photo).mean() for pictures in (before, after))
    assert now < was / 2
    assert page.evaluate(thumbnails)[0] == first
    assert page.evaluate(thumbnails)[1] != second
    page.click("#queue-list li:nth-child(2) button:text('Edit')")  # and back: looking changes nothing
    page.wait_for_selector("#stage.done")
    posted = page.evaluate("sent.length")
    page.click("#back")
    page.wait_for_selector("#zip:visible")
    assert page.evaluate("sent.length") == posted
    page.click("#queue-list li:nth-child(1) button:text('Edit')")
    page.wait_for_selector("#stage.done")
    page.click("label[for=gaussian]")
    page.route("**/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.click("#back")  # what cannot be made is not lost without a question, and is in nobody's way
    page.wait_for_selector("#problem:not([hidden])")
    page.click("#leave-dialog [value=leave]")
    page.wait_for_selector("#zip:visible")
    np.testing.assert_array_equal(pictures_in_the_zip(page)["a-focal.jpg"], before["a-focal.jpg"])
    page.unroute("**/")
    page.click("#queue-list li:nth-child(1) button:text('Edit')")
    page.wait_for_selector("#stage.done")
    page.click("label[for=lens]")
    hold_back_the_next_photo(page)
    page.click("#back")
    page.wait_for_selector("#busy:not([hidden])")
    page.click("#again")  # while it is being made, all of them may be left
    next_frame(page)
    assert page.is_visible("#intro")
    assert page.is_hidden("#queue")


def test_several_photos_are_not_left_unsaved_without_a_question(page, cat, coffee):
    bring(page, cat, coffee)
    page.get_by_role("button", name="Edit coffee.jpg").click()
    page.wait_for_selector("#stage.done")
    page.click("label[for=paint]")
    draw(page, (0.4, 0.5), (0.6, 0.5))
    page.set_input_files("#file", cat)
    page.click("#leave-dialog [value='']")
    page.click("#back")  # what was painted goes there, and no photo of the several is left
    page.wait_for_selector("#zip:visible")
    page.get_by_role("button", name="Edit my cat.jpg").click()
    page.wait_for_selector("#stage.done")
    page.click("#back")
    for leave in (lambda: page.click("#again"), lambda: page.evaluate("history.back()")):
        leave()
        page.wait_for_selector("#leave-dialog[open]")
        page.keyboard.press("Escape")
        page.wait_for_selector("#leave-dialog", state="hidden")
        assert page.is_visible("#zip")
    with page.expect_download():
        page.locator("li", has_text="coffee.jpg").get_by_text("Save").click()
    page.get_by_role("button", name="Edit my cat.jpg").click()
    page.wait_for_selector("#stage.done")
    with page.expect_download():
        page.click("#save .primary")  # which saves it as well
    page.click("#back")
    page.set_input_files("#file", {"name": "holiday.jpg", "mimeType": "image/jpeg", "buffer": b""})
    page.click("#dismiss")
    assert page.is_visible("#intro")  # and not what is left of the several


def test_a_key_that_runs_out_under_way_costs_nothing_that_is_finished(page, cat, coffee):
    body = json.dumps({"code": 401, "type": "Unauthorized", "message": "Send it in the header Authorization."})
    posted = []

    def handle(route: Any) -> None:
        given = route.request.headers.get("authorization")
        posted.extend([given] * (route.request.method == "POST"))
        if len(posted) in (2, 4):
            route.fulfill(status=401, content_type="application/json", headers={"X-Focal-Version": "1"}, body=body)
        else:
            route.continue_()

    page.route("**/", handle)
    page.set_input_files("#file", [as_file(cat if n % 2 else coffee, f"{n}.jpg") for n in range(4)])
    page.wait_for_selector("#key-form:not([hidden])")
    assert page.is_hidden("#dismiss")  # closed, it would leave those that wait without a way on
    assert page.inner_text("#queue-text") == "1 of 4 photos are ready."
    with page.expect_download():
        page.locator("li", has_text="0.jpg").get_by_text("Save").click()
    page.fill("#key", "another-key")
    page.locator("#key-form").evaluate("form => { form.requestSubmit(); form.requestSubmit(); }")  # an impatient Enter
    page.wait_for_selector("#queue-text:text-is('2 of 4 photos are ready.')")
    page.get_by_role("button", name="Edit 0.jpg").click()  # and not the next key
    page.wait_for_selector("#stage.done")
    page.select_option("#format", "png")
    page.click("#back")
    page.wait_for_selector("#queue-text:text-is('4 of 4 photos are ready.')")
    assert page.is_hidden("#problem")
    assert posted == [None] * 2 + ["Bearer another-key"] * 6  # none is made again but the edited one
    with page.expect_download() as download:
        page.click("#zip")
    with zipfile.ZipFile(download.value.path()) as archive:
        formats = {name: Image.open(archive.open(name)).format for name in archive.namelist()}
    assert formats == {"0-focal.png": "PNG", "1-focal.jpg": "JPEG", "2-focal.png": "PNG", "3-focal.png": "PNG"}


def test_an_empty_file_is_called_by_its_name(page):
    page.set_input_files("#file", {"name": "holiday.jpg", "mimeType": "image/jpeg", "buffer": b""})
    page.wait_for_selector("#problem:not([hidden])")
    assert page.inner_text("#problem-text") == "holiday.jpg is empty; choose another photo."
