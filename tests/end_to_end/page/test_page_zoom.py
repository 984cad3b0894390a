"""Zooming and moving the photo: by wheel, trackpad, two fingers, buttons and keys, whatever tool is in hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.helpers.browsing import Fingers, at, choose, draw, mask_on, next_picture, sent, zoom_of
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow

TOOLS = ("compare", "point", "paint")


def left_of(page: Any) -> float:
    """How far the photo's left edge lies left of the stage's, in widths of the stage."""
    view, stage = (page.locator(name).bounding_box() for name in ("#view", "#stage"))
    return (stage["x"] - view["x"]) / stage["width"]


def turn_wheel(page: Any, x: float, y: float, across: float, down: float) -> None:
    box = page.locator("#stage").bounding_box()
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.mouse.wheel(across, down)
    next_picture(page)


def test_wheel_keys_and_buttons_zoom_and_move_whatever_tool_is_in_hand(page, cat):
    choose(page, cat)
    for tool in TOOLS:
        page.click(f"label[for={tool}]")
        turn_wheel(page, 0.75, 0.5, 0, -500)
        wait_until(lambda: zoom_of(page) > 1)
        zoomed = zoom_of(page)
        assert zoomed == pytest.approx(2.718, rel=0.02)
        assert left_of(page) == pytest.approx(0.75 * (zoomed - 1), abs=0.02)  # what is under the pointer stays there
        turn_wheel(page, 0.5, 0.5, -40, 0)  # a trackpad's two fingers
        page.focus("#label")
        before = left_of(page)
        page.keyboard.press("ArrowLeft")
        assert left_of(page) < before
        page.keyboard.press("+")
        assert zoom_of(page) > zoomed
        page.keyboard.press("0")
        assert zoom_of(page) == pytest.approx(1)
        page.click("#zoom-in")
        assert zoom_of(page) == pytest.approx(1.5)
        page.click("#zoom-out")
        assert zoom_of(page) == pytest.approx(1)
        assert page.is_disabled("#zoom-out")
        stage, buttons = (page.locator(name).bounding_box() for name in ("#stage", "#zoom"))
        assert buttons["y"] >= stage["y"] + stage["height"]  # they cover nothing of the photo
    assert len(sent(page)) == 1
    assert page.is_disabled("#undo")


def test_a_trackpads_pinch_zooms_the_photo_and_not_the_page(page, cat):
    choose(page, cat)
    page.keyboard.down("Control")
    turn_wheel(page, 0.5, 0.5, 0, -30)
    page.keyboard.up("Control")
    wait_until(lambda: zoom_of(page) > 1)
    assert zoom_of(page) == pytest.approx(1.35, rel=0.02)
    assert page.evaluate("visualViewport.scale") == 1


def test_the_wheel_scrolls_the_page_where_the_photo_is_at_its_smallest(open_page, cat):
    page = open_page(viewport={"width": 800, "height": 600})
    choose(page, cat)
    turn_wheel(page, 0.5, 0.5, 0, 300)
    wait_until(lambda: page.evaluate("scrollY") > 0)
    assert zoom_of(page) == 1


@pytest.mark.parametrize(("width", "height"), [(451, 80), (80, 900)])
def test_a_stroke_on_a_zoomed_panorama_or_strip_is_where_the_pointer_is(page, cat, tmp_path, width, height):
    Image.open(cat).resize((width, height)).save(tmp_path / "photo.png")
    choose(page, tmp_path / "photo.png")
    left, right = (page.locator(f".tag.{side}").bounding_box() for side in ("left", "right"))
    assert left["x"] + left["width"] < right["x"]
    page.click("label[for=paint]")
    page.fill("#size", "2")
    turn_wheel(page, 0.5, 0.5, 0, -500)
    wait_until(lambda: zoom_of(page) > 1)
    before = mask_on(page)
    for brush, expected in (("soften", 0), ("keep", 255)):
        page.click(f"label[for={brush}]")
        draw(page, (0.45, 0.5), (0.55, 0.5))
        assert mask_on(page)[height // 2, width // 2] == expected
        assert mask_on(page)[height // 2, width // 8] == before[height // 2, width // 8]


def test_two_fingers_zoom_and_move_at_once_and_do_nothing_else(open_page: Callable[..., Any], cat):
    page = open_page(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    choose(page, cat)
    fingers, mask = Fingers(page), mask_on(page)
    for tool in TOOLS:
        page.locator(f"label[for={tool}]").tap()
        fingers.touch("touchStart", (0.4, 0.5))
        fingers.touch("touchStart", (0.4, 0.5), (0.6, 0.5))
        for i in range(1, 11):
            fingers.touch("touchMove", (0.4 - 0.02 * i, 0.5), (0.6 + 0.02 * i, 0.5))
        zoomed, left = zoom_of(page), left_of(page)
        assert zoomed == pytest.approx(3, rel=0.1)
        for i in range(1, 6):
            fingers.touch("touchMove", (0.2 - 0.02 * i, 0.5), (0.8 - 0.02 * i, 0.5))
        fingers.touch("touchEnd")
        next_picture(page)
        assert zoom_of(page) == pytest.approx(zoomed, rel=0.05)
        assert left_of(page) - left == pytest.approx(0.1, abs=0.04)
        page.keyboard.press("0")
    assert page.evaluate("visualViewport.scale") == 1
    assert len(sent(page)) == 1  # the point picked nothing
    assert page.is_disabled("#undo")
    np.testing.assert_array_equal(mask_on(page), mask)  # the brush has left no bar between the fingers


def test_the_aim_of_the_keyboard_stays_in_sight(page, cat):
    choose(page, cat)
    page.click("label[for=point]")
    for _ in range(6):
        page.keyboard.press("+")
    page.focus("#aim")
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    x, _ = at(page, 1, 0.5)
    stage = page.locator("#stage").bounding_box()
    assert x <= stage["x"] + stage["width"] + 0.06 * stage["width"]
