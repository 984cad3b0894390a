"""Painting the mask on the page: strokes by mouse, finger and keyboard, the brush, undo and redo, and what is sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.helpers.browsing import Fingers, at, choose, draw, mask_on, next_picture, pixels, sent
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow


def take_brush(page: Any, photo: Path) -> None:
    """Choose a photo, and the brush."""
    choose(page, photo)
    page.click("label[for=paint]")
    next_picture(page)


def test_painting_keeps_sharp_or_blurs_what_is_painted_over_without_another_request(page, cat):
    take_brush(page, cat)
    assert float(page.input_value("#mask")) > 0  # one sees what one paints
    assert page.inner_text("#hint") == "Paint over what is to stay sharp."
    draw(page, (0.05, 0.9), (0.2, 0.9))
    assert mask_on(page)[270, 45] == 255
    np.testing.assert_array_equal(pixels(page, "after")[270, 45], pixels(page, "before")[270, 45])
    page.click("label[for=soften]")
    assert page.inner_text("#hint") == "Paint over what is to go soft."
    draw(page, (0.5, 0.5), (0.6, 0.5))
    assert mask_on(page)[150, 248] == 0
    assert len(sent(page)) == 1


def test_each_stroke_can_be_undone_and_done_again(page, cat):
    take_brush(page, cat)
    before = mask_on(page)
    assert page.is_disabled("#undo")
    draw(page, (0.05, 0.9), (0.2, 0.9))
    once = mask_on(page)
    draw(page, (0.8, 0.9), (0.9, 0.9))
    twice = mask_on(page)
    for button, expected in (("undo", once), ("undo", before), ("redo", once), ("redo", twice)):
        page.click(f"#{button}")
        np.testing.assert_array_equal(mask_on(page), expected)
    assert page.is_disabled("#redo")
    assert page.is_enabled("#undo")


def test_undo_and_redo_have_their_usual_keys_outside_of_text(page, cat):
    take_brush(page, cat)
    before = mask_on(page)
    draw(page, (0.05, 0.9), (0.2, 0.9))
    after = mask_on(page)
    for keys, expected in (("Control+z", before), ("Shift+Control+Z", after), ("Meta+z", before), ("Control+y", after)):
        page.keyboard.press(keys)
        np.testing.assert_array_equal(mask_on(page), expected, keys)
    page.focus("#name")
    page.keyboard.press("Control+z")
    np.testing.assert_array_equal(mask_on(page), after)


def test_what_was_undone_is_gone_with_the_next_stroke(page, cat):
    take_brush(page, cat)
    draw(page, (0.05, 0.9), (0.2, 0.9))
    page.click("#undo")
    draw(page, (0.8, 0.9), (0.9, 0.9))
    assert page.is_disabled("#redo")


def test_a_reset_brings_focals_mask_back_and_can_be_undone(page, cat):
    take_brush(page, cat)
    before = mask_on(page)
    assert page.is_disabled("#reset")
    draw(page, (0.05, 0.9), (0.2, 0.9))
    draw(page, (0.8, 0.9), (0.9, 0.9))
    painted = mask_on(page)
    page.click("#reset")
    np.testing.assert_array_equal(mask_on(page), before)
    assert page.is_disabled("#reset")
    page.click("#undo")
    np.testing.assert_array_equal(mask_on(page), painted)


@pytest.mark.parametrize("way_back", ["undo", "reset"])
def test_a_mask_without_any_paint_is_not_sent_and_is_doubted_as_before(page, lawn, way_back):
    take_brush(page, lawn)
    shown = pixels(page, "after")
    draw(page, (0.05, 0.9), (0.2, 0.9))
    assert page.is_hidden("#unsure")
    page.click(f"#{way_back}")
    assert page.is_visible("#unsure")
    wait_until(lambda: (pixels(page, "after") == shown).all())  # the server's own picture is shown again
    with page.expect_download():
        page.click("#save .primary")
    assert "maskImage" not in sent(page)[-1]


def test_one_can_paint_with_the_keyboard(page, cat):
    take_brush(page, cat)
    page.fill("#size", "20")
    page.focus("#aim")
    for _ in range(15):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    next_picture(page)
    assert mask_on(page)[290, 225] == 255


@pytest.fixture
def phone(open_page: Callable[..., Any], cat: Path) -> Any:
    """The page on a small touch screen, on which it can be scrolled, with the brush in hand."""
    page = open_page(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 560})
    choose(page, cat)
    page.locator("label[for=paint]").tap()
    next_picture(page)
    return page


def test_one_can_paint_with_a_finger(phone):
    phone.touchscreen.tap(*at(phone, 0.1, 0.9))
    next_picture(phone)
    assert mask_on(phone)[270, 45] == 255


def test_a_vertical_stroke_of_a_finger_paints_and_does_not_scroll(phone):
    fingers, scrolled = Fingers(phone), phone.evaluate("scrollY")
    assert phone.evaluate("document.documentElement.scrollHeight > innerHeight + 100")
    phone.click("label[for=soften]")
    fingers.touch("touchStart", (0.2, 0.9))
    for i in range(1, 11):
        fingers.touch("touchMove", (0.2, 0.9 - 0.08 * i))
    fingers.touch("touchEnd")
    next_picture(phone)
    assert phone.evaluate("scrollY") == scrolled
    assert (mask_on(phone)[45:270, 90] == 0).all()


def test_a_photo_that_comes_during_a_stroke_ends_it(page, cat, coffee):
    take_brush(page, cat)
    page.mouse.move(*at(page, 0.05, 0.9))
    page.mouse.down()
    page.mouse.move(*at(page, 0.2, 0.9), steps=3)
    page.set_input_files("#file", coffee)
    wait_until(lambda: page.input_value("#name") == "coffee-focal")
    page.wait_for_selector("#stage.done")
    page.mouse.move(*at(page, 0.3, 0.9), steps=3)
    page.mouse.up()
    page.click("label[for=paint]")
    assert page.is_disabled("#undo")
    found = mask_on(page)
    draw(page, (0.05, 0.1), (0.2, 0.1))
    page.click("#undo")
    np.testing.assert_array_equal(mask_on(page), found)


def circle(page: Any) -> dict[str, float]:
    return page.evaluate(
        """() => { const { x, y, width, height } = document.getElementById("circle").getBoundingClientRect();
        return { x: x + width / 2, y: y + height / 2, width, height }; }"""
    )


def test_the_brush_is_a_circle_of_its_size_at_the_pointer(page, cat):
    take_brush(page, cat)
    page.fill("#size", "20")
    page.mouse.move(*at(page, 0.3, 0.4))
    assert page.is_visible("#circle")
    longer = page.locator("#stage").bounding_box()["width"]
    x, y = at(page, 0.3, 0.4)
    assert circle(page) == pytest.approx({"x": x, "y": y, "width": 0.2 * longer, "height": 0.2 * longer}, abs=1)
    page.mouse.move(5, 5)
    assert page.is_hidden("#circle")
    page.click("label[for=compare]")
    page.mouse.move(*at(page, 0.3, 0.4))
    assert page.is_hidden("#circle")


def test_a_dab_is_as_large_as_the_circle(page, cat):
    take_brush(page, cat)
    page.fill("#size", "20")
    page.click("label[for=soften]")
    draw(page, (0.5, 0.5), (0.5, 0.5))
    softened = mask_on(page)[150] < 128
    found = pixels(page, "mask-layer")[150, :, 0]
    page.click("#undo")
    kept = mask_on(page)[150] >= 128
    assert kept[150:300].all()  # the subject is all around, so that the dab shows in full
    assert (softened & kept).sum() == pytest.approx(0.2 * 451, abs=6)
    assert found[225] == 0


def test_the_keys_of_brackets_size_the_brush(page, cat):
    take_brush(page, cat)
    sizes = []
    for key in ("]", "]", "[", "[", "["):
        page.keyboard.press(key)
        sizes.append(int(page.input_value("#size")))
    assert 8 < sizes[0] < sizes[1]
    assert sizes[1] > sizes[2] > sizes[3] > sizes[4]
    assert page.get_attribute("#size", "aria-valuetext") == f"{sizes[4]} % of the photo"
    page.click("label[for=compare]")
    page.keyboard.press("]")
    assert int(page.input_value("#size")) == sizes[4]


def test_a_stroke_that_crosses_itself_does_not_harden_its_rim(page, cat):
    take_brush(page, cat)
    page.click("label[for=soften]")
    draw(page, (0.4, 0.5), (0.6, 0.5))
    once = mask_on(page).astype(int)
    draw(page, (0.4, 0.5), (0.6, 0.5), (0.4, 0.5))
    assert np.abs(mask_on(page) - once).max() <= 2
    assert 20 < once[150 - 18, 225] < 235  # at the brush's radius


def test_a_stroke_works_on_its_own_rectangle_and_once_a_frame(page, cat):
    take_brush(page, cat)
    page.mouse.move(*at(page, 0.05, 0.9))
    page.mouse.down()
    next_picture(page)
    page.evaluate(
        """() => {
            window.areas = [];
            window.writes = window.frames = 0;
            const { getImageData, putImageData } = CanvasRenderingContext2D.prototype;
            CanvasRenderingContext2D.prototype.getImageData = function (x, y, width, height) {
                areas.push(width * height);
                return getImageData.call(this, x, y, width, height);
            };
            CanvasRenderingContext2D.prototype.putImageData = function (image, x, y) {
                areas.push(image.width * image.height);
                writes += 1;
                return putImageData.call(this, image, x, y);
            };
            const count = () => { frames += 1; requestAnimationFrame(count); };
            requestAnimationFrame(count);
        }"""
    )
    page.mouse.move(*at(page, 0.15, 0.9), steps=40)
    next_picture(page)
    areas, writes, frames = page.evaluate("[areas, writes, frames]")
    page.mouse.up()
    assert 0 < writes <= frames
    assert max(areas) < 451 * 300 / 10


def test_the_download_is_made_with_the_painted_mask(page, cat):
    take_brush(page, cat)
    page.fill("#size", "30")
    draw(page, (0, 0.9), (1, 0.9))
    page.select_option("#format", "png")
    with page.expect_download() as download:
        page.click("#save .primary")
    last = sent(page)[-1]
    assert last["maskImage"] == "file"
    assert "cat" in last["class"]
    assert "target" not in last
    assert last["depth"] == "flat"  # as it is shown; with what was painted, the server may see a ground
    picture, photo = np.asarray(Image.open(download.value.path())), np.asarray(Image.open(cat))
    np.testing.assert_array_equal(picture[260:280], photo[260:280])
    assert (picture[:20] != photo[:20]).any()


def test_painting_settles_the_doubt(page, lawn):
    take_brush(page, lawn)
    assert page.is_visible("#unsure")
    draw(page, (0.5, 0.5), (0.6, 0.5))
    assert page.is_hidden("#unsure")
