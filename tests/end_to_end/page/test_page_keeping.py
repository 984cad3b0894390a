"""Nothing painted is lost without being asked, and what was picked can be taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.helpers.browsing import (
    at,
    choose,
    draw,
    hold_back_the_next_photo,
    look_for_others,
    mask_on,
    next_frame,
    next_picture,
    sent,
)
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow


def pick(page: Any, x: float, y: float) -> None:
    count = len(sent(page))
    page.click("label[for=point]")
    page.mouse.click(*at(page, x, y))
    wait_until(lambda: len(sent(page)) == count + 1)
    page.wait_for_selector("#busy", state="hidden")
    next_picture(page)


def paint(page: Any) -> np.ndarray:
    page.click("label[for=paint]")
    page.click("label[for=soften]")
    draw(page, (0.4, 0.5), (0.6, 0.5))
    return mask_on(page)


def is_asked(page: Any) -> bool:
    return page.locator("#leave-dialog[open]").count() == 1


def drop(page: Any, path: Path) -> None:
    """Drop a photo onto the page."""
    dropped = page.evaluate_handle(
        """(bytes) => { const dropped = new DataTransfer();
        dropped.items.add(new File([Uint8Array.from(bytes)], "dropped.jpg", { type: "image/jpeg" }));
        return dropped; }""",
        list(path.read_bytes()),
    )
    page.dispatch_event("body", "drop", {"dataTransfer": dropped})


def test_picking_a_class_a_new_photo_the_first_view_and_the_way_back_ask_before_they_drop_what_was_painted(
    page, cat, coffee, tmp_path
):
    both = Image.new("RGB", (901, 300))
    both.paste(Image.open(cat))
    both.paste(Image.open(coffee).resize((450, 300)), (451, 0))
    both.save(tmp_path / "both.png")
    choose(page, tmp_path / "both.png")
    look_for_others(page)
    count = len(sent(page))
    painted = paint(page)

    def click_elsewhere() -> None:
        page.click("label[for=point]")
        page.mouse.click(*at(page, 0.5, 0.25))

    leaves = (
        click_elsewhere,
        lambda: page.click("#choices li:last-child button"),
        lambda: page.set_input_files("#file", coffee),
        lambda: drop(page, coffee),
        lambda: page.click("#again"),
        *2 * [lambda: page.evaluate("history.back()")],
    )
    for leave in leaves:
        leave()
        page.wait_for_selector("#leave-dialog[open]")
        page.click("#leave-dialog [value='']")
        page.wait_for_selector("#leave-dialog", state="hidden")
        np.testing.assert_array_equal(mask_on(page), painted)
        assert page.input_value("#name") == "both-focal"
    assert len(sent(page)) == count
    page.evaluate("history.back()")
    page.wait_for_selector("#leave-dialog[open]")
    page.evaluate("document.querySelector('#leave-dialog [value=\"\"]').click(), history.back()")  # at once
    page.wait_for_selector("#leave-dialog[open]")
    page.click("#leave-dialog [value='']")
    drop(page, coffee)
    page.wait_for_selector("#leave-dialog[open]")
    page.set_input_files("#file", cat)  # while it asks: this one comes to nothing, and keeps nothing from coming
    page.click("#leave-dialog [value=leave]")
    wait_until(lambda: page.input_value("#name") == "dropped-focal")


def test_what_was_downloaded_or_undone_can_be_left_without_a_question(page, cat, coffee):
    choose(page, cat)
    paint(page)
    page.click("#undo")
    page.click("#again")
    assert page.is_visible("#intro")
    choose(page, cat)
    paint(page)
    with page.expect_download():
        page.click("#save .primary")
    page.wait_for_selector("#busy", state="hidden")
    page.evaluate("history.back()")
    page.wait_for_selector("#intro")
    page.evaluate("history.forward()")  # to a photo that is gone
    next_frame(page)
    assert page.is_visible("#intro")
    assert page.is_hidden("#studio")
    choose(page, coffee)


def test_the_browser_asks_before_a_painted_photo_is_closed(page, cat):
    choose(page, cat)
    paint(page)
    page.on("dialog", lambda dialog: dialog.dismiss())
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    assert page.is_visible("#stage")


def test_the_key_that_closes_a_question_does_not_cancel_what_the_server_works_on(page, cat):
    choose(page, cat)
    paint(page)
    hold_back_the_next_photo(page)
    page.click("#save .primary")
    page.wait_for_selector("#busy:not([hidden])")
    page.click("#again")
    page.wait_for_selector("#leave-dialog[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("#leave-dialog", state="hidden")
    next_picture(page)
    assert page.is_visible("#busy")


def test_picks_can_be_undone_and_done_again_and_their_places_are_shown(page, cat):
    choose(page, cat)
    automatic = mask_on(page)
    assert page.is_hidden("#automatic")
    pick(page, 0.5, 0.25)
    first = mask_on(page)
    mark = page.locator(".mark").bounding_box()
    x, y = at(page, 0.5, 0.25)
    assert (mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2) == pytest.approx((x, y), abs=2)
    pick(page, 0.2, 0.8)
    second = mask_on(page)
    for button, expected in (("undo", first), ("undo", automatic), ("redo", first), ("redo", second)):
        page.click(f"#{button}")
        next_picture(page)
        np.testing.assert_array_equal(mask_on(page), expected)
    page.keyboard.press("Control+z")
    next_picture(page)
    np.testing.assert_array_equal(mask_on(page), first)
    assert len(sent(page)) == 3


def test_the_automatic_subject_is_one_click_away(page, cat):
    choose(page, cat)
    automatic = mask_on(page)
    pick(page, 0.5, 0.25)
    page.click("label[for=compare]")
    page.click("#automatic")
    np.testing.assert_array_equal(mask_on(page), automatic)
    assert page.is_hidden("#automatic")
    pick(page, 0.2, 0.8)
    page.click("label[for=paint]")
    page.click("#reset")  # also with the brush in hand
    np.testing.assert_array_equal(mask_on(page), automatic)
    paint(page)
    assert page.get_by_text("Automatic again").filter(visible=True).count() == 1
    page.click("label[for=compare]")
    page.click("#automatic")
    np.testing.assert_array_equal(mask_on(page), automatic)
    page.click("label[for=paint]")
    page.click("#undo")
    assert (mask_on(page) != automatic).any()
