"""What is previewed is what is downloaded, whatever was changed and whatever the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pillow_heif
import pytest
import skimage.data
from PIL import Image

from tests.helpers.browsing import at, choose, drag, draw, next_picture, pixels
from tests.helpers.portrait_files import apple_xmp, disc, person, portrait_mpo
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow

LARGE_ERROR = 16  # code values


@pytest.fixture(scope="module")
def rocket(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo with lamps and glare, 640 × 427."""
    path = tmp_path_factory.mktemp("rocket") / "rocket.png"
    Image.fromarray(skimage.data.rocket()).save(path)
    return path


def save_heif(source: Path, target: Path) -> None:
    pillow_heif.from_pillow(Image.open(source)).save(target, quality=92)


def save_tiff(source: Path, target: Path) -> None:
    Image.open(source).save(target)


def reduced(path: Path, page: Any) -> np.ndarray:
    """A picture at the size at which the page shows it, float32 (H, W, 3)."""
    height, width = pixels(page, "after").shape[:2]
    picture = np.asarray(Image.open(path).convert("RGB"), np.float32)
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def rest(page: Any) -> None:
    """Wait until the background has followed a stroke: timers of the page end in their order."""
    page.evaluate("() => new Promise((done) => setTimeout(done, 250))")  # the page's own was set before, to 200 ms
    next_picture(page)
    page.wait_for_selector("#stage[data-preview=final]")
    next_picture(page)


def expect_the_download_to_be_what_is_shown(page: Any) -> None:
    """Compare the composed photo with the file that is saved, reduced to its size."""
    rest(page)
    page.select_option("#format", "png")
    with page.expect_download() as download:
        page.click("#save .primary")
    page.wait_for_selector("#busy", state="hidden")
    error = np.abs(pixels(page, "after")[..., :3] - reduced(download.value.path(), page))
    assert error.mean() < 1
    assert (error.max(-1) > LARGE_ERROR).mean() < 0.005


def test_what_is_shown_stays_until_what_is_next_is_made(page, cat):
    page.route("**/page/worker.js", lambda route: None)  # who would make it never comes
    page.reload()
    choose(page, cat)
    shown = pixels(page, "after")
    for change in (lambda: page.fill("#strength", "0.1"), lambda: page.click("label[for=cutout]")):
        change()
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert page.get_attribute("#stage", "data-preview") == "pending"
        np.testing.assert_array_equal(pixels(page, "after"), shown)


@pytest.mark.parametrize("photo", ["coffee", "rocket"])
def test_after_each_change_of_the_blur_and_of_the_mask(page, request, photo):
    choose(page, request.getfixturevalue(photo))
    for strength, bokeh in (("0.02", "lens"), ("0.1", "lens"), ("0.06", "gaussian")):
        page.fill("#strength", strength)
        page.check(f"#{bokeh}", force=True)
        expect_the_download_to_be_what_is_shown(page)
    page.click("label[for=paint]")
    draw(page, (0.05, 0.2), (0.9, 0.2))
    expect_the_download_to_be_what_is_shown(page)


HOLD_WHAT_IS_COMPUTED_BESIDE_THE_PAGE = """
const post = Worker.prototype.postMessage;
const held = [];
Worker.prototype.postMessage = function (...given) { held.push(() => post.apply(this, given)); };
window.release = () => {
    Worker.prototype.postMessage = post;
    for (const task of held.splice(0)) task();
};
window.heldTasks = () => held.length;
"""


def test_while_the_picture_is_made_the_page_goes_on_and_what_was_asked_for_last_is_shown(page, coffee):
    choose(page, coffee)
    page.evaluate(HOLD_WHAT_IS_COMPUTED_BESIDE_THE_PAGE)
    page.fill("#strength", "0.1")
    wait_until(lambda: page.evaluate("heldTasks()") == 1)
    page.fill("#strength", "0.02")
    page.click("label[for=paint]")
    page.click("label[for=soften]")
    drag(page, (0.4, 0.5), (0.6, 0.5))
    assert page.inner_text("#strength-value") == "Slight, 2.0 %"
    assert page.evaluate("heldTasks()") == 1  # one after another
    page.evaluate("release()")
    expect_the_download_to_be_what_is_shown(page)
    assert pixels(page, "mask-layer")[200, 300, 0] == 0


@pytest.mark.parametrize(("suffix", "save"), [("heic", save_heif), ("tif", save_tiff)])
def test_of_a_file_that_the_browser_cannot_open(page, coffee, tmp_path, suffix, save):
    photo = tmp_path / f"photo.{suffix}"
    save(coffee, photo)
    choose(page, photo)
    page.fill("#strength", "0.06")
    expect_the_download_to_be_what_is_shown(page)


@pytest.fixture(scope="module")
def gravel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cup on gravel, 3072 × 2048, larger than what the page shows, full of detail that a smaller copy has not."""
    photo = Image.fromarray(np.tile(skimage.data.gravel(), (4, 6))).convert("RGB")
    cup = Image.fromarray(skimage.data.coffee()).crop((90, 20, 540, 380)).resize((1350, 1080))
    photo.paste(cup, (860, 480))
    path = tmp_path_factory.mktemp("gravel") / "gravel.jpg"
    photo.save(path, quality=95)
    return path


def test_the_first_picture_of_a_large_photo_is_shown_before_its_light_is_read_for_the_next_ones(page, gravel):
    page.evaluate(
        """() => {
          const { getImageData } = CanvasRenderingContext2D.prototype;
          window.shownAtReading = []; // of what is larger than the page's picture: the photo itself
          CanvasRenderingContext2D.prototype.getImageData = function (...area) {
            const isShown = document.getElementById("stage").classList.contains("done");
            if (this.canvas.width > 1280) window.shownAtReading.push(isShown);
            return getImageData.apply(this, area);
          };
        }"""
    )
    choose(page, gravel)
    page.fill("#strength", "0.06")
    rest(page)
    assert page.evaluate("window.shownAtReading") == [True]
    shown = pixels(page, "before")[..., :3] - reduced(gravel, page)
    assert abs(shown.mean()) < 0.25  # code values: reduced by a canvas, it would be half of one darker


def test_of_a_large_photo_of_which_the_page_has_a_copy_alone_after_a_pick_and_a_change(page, gravel):
    choose(page, gravel)
    page.click("label[for=point]")
    page.mouse.click(*at(page, 0.5, 0.5))
    page.wait_for_selector("#busy", state="hidden")
    assert page.is_hidden("#depth")
    expect_the_download_to_be_what_is_shown(page)
    page.fill("#strength", "0.02")
    expect_the_download_to_be_what_is_shown(page)


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A phone's portrait, larger than what the page shows; its depth: a near disc, and around it nearer below."""
    photo = Image.fromarray(skimage.data.coffee()).resize((1800, 1350))
    frames = [(disc(), apple_xmp("disparity")), (person(), apple_xmp("depth", "portraiteffectsmatte"))]
    path = tmp_path_factory.mktemp("portrait") / "portrait.jpg"
    path.write_bytes(portrait_mpo(photo, frames))
    return path


def focus_on(page: Any, x: float, y: float) -> float:
    """Touch a place to focus on it; how near it is."""
    before = page.input_value("#focus")
    page.click("label[for=plane]")
    page.mouse.click(*at(page, x, y))
    wait_until(lambda: page.input_value("#focus") != before)
    page.wait_for_selector("#busy", state="hidden")
    return float(page.input_value("#focus"))


def test_of_a_phones_portrait_which_is_focused_by_a_touch_and_by_the_slider(page, portrait, coffee):
    choose(page, portrait)
    assert page.is_visible("#depth")
    assert float(page.input_value("#focus")) == pytest.approx(220 / 255, abs=0.02)
    original = pixels(page, "before").astype(int)

    def softness(shown: np.ndarray, y: float) -> float:
        rows = slice(int(y * 960) - 20, int(y * 960) + 20)
        return float(np.abs(shown[rows] - original[rows])[..., :3].mean())

    assert focus_on(page, 0.9, 0.95) == pytest.approx(0.95 * 120 / 255, abs=0.03)
    below = pixels(page, "after").astype(int)
    assert softness(below, 0.95) < softness(below, 0.05)
    expect_the_download_to_be_what_is_shown(page)
    assert focus_on(page, 0.9, 0.05) == pytest.approx(0.05 * 120 / 255, abs=0.03)
    above = pixels(page, "after").astype(int)
    assert softness(above, 0.05) < softness(above, 0.95)
    page.fill("#focus", "0.3")
    expect_the_download_to_be_what_is_shown(page)
    page.set_input_files("#file", coffee)  # which has no depth
    wait_until(lambda: page.input_value("#name") == "coffee-focal")
    page.wait_for_selector("#stage.done")
    assert page.is_hidden("#depth")
    assert page.is_hidden("label[for=plane]")
