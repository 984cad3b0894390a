"""The page for everyone: keyboard, screen reader, any width, dark and light; and nothing kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.helpers.browsing import choose, look_for_others

pytestmark = pytest.mark.slow


def test_everything_can_be_done_with_the_keyboard_alone(page, cat):
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Tab")
        # Chromium may handle keys before the request of `expect_file_chooser`, but no script before it.
        assert page.evaluate("document.activeElement.id") == "file"
        page.keyboard.press("Enter")
    chooser.value.set_files(cat)
    page.wait_for_selector("#stage.done")
    reached = set()
    for _ in range(25):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.closest('[id]')?.id"))
    assert reached >= {"again", "split", "others", "strength", "lens", "mask", "saliency", "name", "format", "save"}
    page.focus("#lens")
    page.keyboard.press("ArrowRight")
    assert page.is_checked("#gaussian")
    page.focus("#name")
    with page.expect_download():
        page.keyboard.press("Enter")


def violations(page: Any, axe: Path) -> list[str]:
    page.evaluate("() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => 0)))")
    page.add_script_tag(path=axe)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [f"{item['id']}: {node['html'][:120]}" for item in found for node in item["nodes"]]


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1440, "dark")])
def test_axe_finds_nothing(open_page, cat, axe, scheme, width):
    page = open_page(
        viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
    )
    assert violations(page, axe) == []
    choose(page, cat)
    look_for_others(page)
    assert violations(page, axe) == []
    page.set_input_files("#file", {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"x"})
    page.wait_for_selector("#problem:not([hidden])")
    assert violations(page, axe) == []
    page.click("#dismiss")
    page.click("#again")
    page.click("#camera")
    page.wait_for_selector("#camera-dialog[open]")
    assert violations(page, axe) == []


def stick_out(page: Any) -> list[int]:
    """The widths of the window at which the page is wider than it."""
    out = []
    for width in (320, 360, 390, 800, 1440, 2560):
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            out.append(width)
    return out


def test_nothing_sticks_out_sideways_and_the_head_stays_as_high(page, cat):
    assert stick_out(page) == []
    height = page.locator("header").bounding_box()["height"]
    choose(page, cat)
    assert page.locator("header").bounding_box()["height"] == height
    page.click("label[for=paint]")
    assert stick_out(page) == []
    for width in (320, 360, 768):
        page.set_viewport_size({"width": width, "height": 800})
        whole, tools = (page.locator(name).bounding_box() for name in ("#studio", "#tools"))
        assert tools["x"] + tools["width"] <= whole["x"] + whole["width"] <= width
        brush, size = (page.locator(name).bounding_box() for name in ("label[for=keep]", "#size"))
        assert size["x"] > brush["x"] + brush["width"]  # beside it, which leaves room for what takes back


def test_on_a_phone_held_across_the_photo_is_large_and_in_view(page, cat):
    page.set_viewport_size({"width": 844, "height": 390})
    page.evaluate("scrollTo(0, 200)")  # to the button that chooses a photo
    choose(page, cat)
    photo = page.locator("#stage").bounding_box()
    assert photo["height"] > 390 / 2
    assert photo["y"] >= 0


def test_the_download_is_in_view_and_the_error_bar_covers_nothing(page, cat):
    choose(page, cat)
    look_for_others(page)
    page.set_input_files("#file", {"name": "empty.jpg", "mimeType": "image/jpeg", "buffer": b""})
    page.wait_for_selector("#problem:not([hidden])")
    for width, height in ((390, 844), (768, 1024), (1280, 900), (1366, 768), (2560, 1440)):
        page.set_viewport_size({"width": width, "height": height})
        download, bar, photo, panel = (
            page.locator(name).bounding_box() for name in ("#save .primary", "#problem", "#stage", "#panel")
        )
        assert download["y"] + download["height"] <= height
        assert bar["y"] + bar["height"] <= min(photo["y"], panel["y"])
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        top, all_of_it = (page.locator(name).bounding_box() for name in ("#again", "#studio"))
        assert top["x"] + top["width"] == pytest.approx(all_of_it["x"] + all_of_it["width"], abs=1)


def test_the_photo_and_the_download_are_in_view_beside_whatever_changes_it(page, cat):
    choose(page, cat)
    for width, height in ((360, 640), (390, 844), (768, 1024), (720, 450), (844, 390), (1280, 900)):
        page.set_viewport_size({"width": width, "height": height})
        for control in ("#strength", "#mask", "#quality"):
            page.evaluate("document.activeElement.blur()")
            page.focus(control)
            photo, changed, download = (
                page.locator(name).bounding_box() for name in ("#stage", control, "#save .primary")
            )
            assert photo["y"] >= 0
            assert photo["y"] + photo["height"] <= changed["y"] or photo["x"] + photo["width"] <= changed["x"]
            assert changed["y"] + changed["height"] <= download["y"]
            assert download["y"] + download["height"] <= height
    for width, height in ((320, 568), (360, 640)):
        page.set_viewport_size({"width": width, "height": height})
        for tool in ("point", "paint"):
            page.click(f"label[for={tool}]")
            page.evaluate("scrollTo(0, 0)")
            undo, reset, save = (page.locator(name).bounding_box() for name in ("#undo", "#reset", "#save .primary"))
            assert undo["y"] == reset["y"]
            assert undo["y"] + undo["height"] <= save["y"]


def outline_of_the_chosen_tool(page: Any) -> Any:
    """The colour around it, as CSS."""
    return page.evaluate("getComputedStyle(document.querySelector('[for=compare]')).outlineColor")


def test_dark_and_light_differ_and_what_is_chosen_is_seen_where_the_system_chooses_all_colours(page):
    colours = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        colours.append(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
    assert colours[0] != colours[1]
    assert outline_of_the_chosen_tool(page) == "rgba(0, 0, 0, 0)"
    page.emulate_media(forced_colors="active")
    assert outline_of_the_chosen_tool(page) == "rgb(255, 255, 255)"
    page.set_viewport_size({"width": 390, "height": 844})  # where the page's colour is around the photo, too
    beside, behind = page.evaluate(
        "[getComputedStyle(document.getElementById('stage')).outlineColor,"
        " getComputedStyle(document.documentElement).backgroundColor]"
    )
    assert beside == behind


def test_nothing_is_asked_of_others_and_nothing_is_stored(open_page, server, cat):
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    choose(page, cat)
    with page.expect_download():
        page.click("#save .primary")
    assert asked
    assert all(url.startswith((server.url, f"blob:{server.url}")) for url in asked)
    assert page.context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert page.evaluate("indexedDB.databases()") == []
    assert page.evaluate("caches.keys()") == []
