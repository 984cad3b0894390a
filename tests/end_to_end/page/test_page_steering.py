"""Steering the focus on the page: click the subject, paint the mask, and have one's own way where Focal has doubts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.helpers.browsing import choose, next_frame, pixels, sent

pytestmark = pytest.mark.slow


def at(page: Any, x: float, y: float) -> tuple[float, float]:
    """Where a place of the photo, in fractions, is on the screen."""
    box = page.locator("#stage").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def draw(page: Any, *places: tuple[float, float]) -> None:
    """Drag the mouse over places of the photo."""
    page.mouse.move(*at(page, *places[0]))
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*at(page, *place), steps=5)
    page.mouse.up()
    next_frame(page)


def pick(page: Any, x: float, y: float) -> None:
    """Click the subject at a place of the photo, and wait for the answer."""
    page.click("label[for=point]")
    page.mouse.click(*at(page, x, y))
    page.wait_for_function("sent.length === 2")
    page.wait_for_selector("#busy", state="hidden")


def mask(page: Any) -> np.ndarray:
    return pixels(page, "mask-layer")[..., 0]


def test_a_click_on_the_subject_sends_its_place_and_shows_what_is_there(page, cat):
    choose(page, cat)
    pick(page, 0.5, 0.25)
    x, y = map(float, sent(page)[-1]["point"].split(","))
    assert (x, y) == (pytest.approx(0.5, abs=0.01), pytest.approx(0.25, abs=0.01))
    assert mask(page)[75, 225] > 200
    assert page.is_checked("#point")


def test_the_subject_can_be_picked_with_the_keyboard(page, cat):
    choose(page, cat)
    page.click("label[for=point]")
    page.focus("#aim")
    for key in ("ArrowUp", "ArrowUp", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.wait_for_function("sent.length === 2")
    assert sent(page)[-1]["point"] == "0.5300,0.4400"


def test_a_download_after_a_click_is_of_the_same_subject(page, cat):
    choose(page, cat)
    pick(page, 0.5, 0.25)
    with page.expect_download():
        page.click("#save button")
    assert sent(page)[-1]["point"] == sent(page)[-2]["point"]


def test_painting_keeps_sharp_or_blurs_what_is_painted_over_without_another_request(page, cat):
    choose(page, cat)
    page.click("label[for=paint]")
    assert float(page.input_value("#mask")) > 0  # one sees what one paints
    draw(page, (0.05, 0.9), (0.2, 0.9))
    assert mask(page)[270, 45] == 255
    np.testing.assert_array_equal(pixels(page, "after")[270, 45], pixels(page, "before")[270, 45])
    page.click("label[for=soften]")
    draw(page, (0.5, 0.5), (0.6, 0.5))
    assert mask(page)[150, 248] == 0
    assert len(sent(page)) == 1


def test_each_stroke_can_be_undone(page, cat):
    choose(page, cat)
    page.click("label[for=paint]")
    before = mask(page)
    assert page.is_disabled("#undo")
    draw(page, (0.05, 0.9), (0.2, 0.9))
    once = mask(page)
    draw(page, (0.8, 0.9), (0.9, 0.9))
    page.click("#undo")
    assert (mask(page) == once).all()
    page.click("#undo")
    assert (mask(page) == before).all()
    assert page.is_disabled("#undo")


def test_one_can_paint_with_the_keyboard(page, cat):
    choose(page, cat)
    page.click("label[for=paint]")
    page.fill("#size", "20")
    page.focus("#aim")
    for _ in range(15):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    next_frame(page)
    assert mask(page)[290, 225] == 255


def test_one_can_paint_with_a_finger(open_page, cat):
    page = open_page(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    choose(page, cat)
    page.locator("label[for=paint]").tap()
    page.touchscreen.tap(*at(page, 0.1, 0.9))
    next_frame(page)
    assert mask(page)[270, 45] == 255


def test_the_download_is_made_with_the_painted_mask(page, cat):
    choose(page, cat)
    page.click("label[for=paint]")
    page.fill("#size", "30")
    draw(page, (0, 0.9), (1, 0.9))
    page.select_option("#format", "png")
    with page.expect_download() as download:
        page.click("#save button")
    last = sent(page)[-1]
    assert last["maskImage"] == "file"
    assert "cat" in last["class"]
    assert "target" not in last
    picture, photo = np.asarray(Image.open(download.value.path())), np.asarray(Image.open(cat))
    np.testing.assert_array_equal(picture[260:280], photo[260:280])
    assert (picture[:20] != photo[:20]).any()


def test_where_focal_doubts_its_mask_the_page_says_so_and_one_may_have_the_whole_blur(page, cat):
    choose(page, cat)
    assert "doubts its mask" in page.inner_text("#unsure")
    page.fill("#strength", "0.06")
    next_frame(page)
    gentle = pixels(page, "after").astype(int)
    page.click("#fully")
    next_frame(page)
    original = pixels(page, "before").astype(int)
    assert np.abs(gentle - original).mean() < np.abs(pixels(page, "after") - original).mean()
    assert page.is_hidden("#unsure")
    with page.expect_download():
        page.click("#save button")
    assert sent(page)[-1]["fallback"] == "never"


def test_painting_settles_the_doubt(page, cat):
    choose(page, cat)
    page.click("label[for=paint]")
    draw(page, (0.5, 0.5), (0.6, 0.5))
    assert page.is_hidden("#unsure")
