"""Steering the focus on the page: click the subject, and have one's own way where Focal has doubts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.helpers.browsing import at, choose, mask_on, next_picture, pixels, sent
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow


def pick(page: Any, x: float, y: float) -> None:
    """Click the subject at a place of the photo, and wait for the answer."""
    page.click("label[for=point]")
    page.mouse.click(*at(page, x, y))
    wait_until(lambda: len(sent(page)) == 2)
    page.wait_for_selector("#busy", state="hidden")


def test_a_click_on_the_subject_sends_its_place_and_shows_what_is_there(page, cat):
    choose(page, cat)
    pick(page, 0.5, 0.25)
    x, y = map(float, sent(page)[-1]["point"].split(","))
    assert (x, y) == (pytest.approx(0.5, abs=0.01), pytest.approx(0.25, abs=0.01))
    assert mask_on(page)[75, 225] > 200
    assert page.is_checked("#point")
    hints = []
    for how in ("remove", "add", "only"):
        page.click(f"label[for={how}]")
        hints.append(page.inner_text("#hint"))
    assert hints == [f"Click or tap what is to {what}." for what in ("go soft", "stay sharp as well", "stay sharp")]


def test_the_subject_of_a_transparent_photo_can_be_picked_with_the_keyboard(page, cat, tmp_path):
    transparent = Image.open(cat).resize((1400, 931))
    transparent.putalpha(Image.linear_gradient("L").resize(transparent.size))
    transparent.save(tmp_path / "transparent.png")
    choose(page, tmp_path / "transparent.png")
    page.click("label[for=point]")
    page.focus("#aim")
    for key in ("ArrowUp", "ArrowUp", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    wait_until(lambda: len(sent(page)) == 2)
    assert sent(page)[-1]["point"] == "0.53,0.44"
    page.wait_for_selector("#busy", state="hidden")
    for side in ("before", "after"):
        assert (pixels(page, side)[:5] > 240).all()  # white behind what is transparent, as the server has it


def test_a_download_after_a_click_is_of_the_same_subject(page, cat):
    choose(page, cat)
    pick(page, 0.5, 0.25)
    page.fill("#strength", "0.06")
    with page.expect_download():
        page.click("#save .primary")
    assert (sent(page)[-1]["point"], sent(page)[-1]["strength"]) == (sent(page)[1]["point"], "0.06")


def test_where_focal_doubts_its_mask_the_page_says_so_and_one_may_have_the_whole_blur(page, lawn):
    choose(page, lawn)
    assert "not sure of the subject" in page.inner_text("#unsure")
    page.fill("#strength", "0.06")
    next_picture(page)
    gentle = pixels(page, "after").astype(int)
    page.click("#fully")
    next_picture(page)
    original = pixels(page, "before").astype(int)
    assert np.abs(gentle - original).mean() < np.abs(pixels(page, "after") - original).mean()
    assert page.is_hidden("#unsure")
    with page.expect_download():
        page.click("#save .primary")
    assert sent(page)[-1]["fallback"] == "never"
