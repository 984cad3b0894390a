"""What the page says when something is wrong, and whether it asks before it changes a photo."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.browsing import choose, pixels, sent
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow


ERRORS = {
    "InvalidJson": 400, "InvalidBase64": 400, "MissingImage": 400, "InvalidOption": 400, "BadRequest": 400,
    "BodyTooLarge": 413, "PhotoTooLarge": 413, "AnswerTooLarge": 413, "UnsupportedFormat": 415,
    "UndecodablePhoto": 422, "NotFound": 404, "MethodNotAllowed": 405, "RateLimited": 429,
    "Overloaded": 503, "NotReady": 503, "TimedOut": 504, "InternalError": 500,
}  # fmt: skip


def refuse(page: Any, photo: Path, error_type: str) -> None:
    """Choose a photo, and have the page read an error in the place of its answer."""
    body = json.dumps({"code": ERRORS[error_type], "type": error_type, "message": "The limit is 5."})
    answer = {"status": ERRORS[error_type], "content_type": "application/json", "body": body}
    page.route("**/", lambda route: route.fulfill(**answer) if route.request.method == "POST" else route.continue_())
    page.set_input_files("#file", photo)
    page.wait_for_selector("#problem:not([hidden])")
    page.unroute("**/")


def test_each_error_of_the_contract_is_a_clear_sentence_with_what_may_help(page, cat):
    for error_type, status in ERRORS.items():
        refuse(page, cat, error_type)
        sentence = page.inner_text("#problem-text")
        assert re.match(r"[A-Z].{20,}\.$", sentence), error_type
        assert error_type not in sentence
        assert page.evaluate("document.activeElement.closest('#problem') !== null"), error_type
        assert page.is_visible("#shrink") == (status == 413), error_type
        assert page.is_visible("#retry") == (status not in (413, 415, 422)), error_type
        page.click("#dismiss")
        assert page.is_visible("#intro"), error_type
        assert page.is_hidden("#problem"), error_type


@pytest.mark.parametrize(("error_type", "button"), [("Overloaded", "retry"), ("PhotoTooLarge", "shrink")])
def test_what_is_offered_after_an_error_brings_the_photo_through(page, cat, error_type, button):
    refuse(page, cat, error_type)
    page.click(f"#{button}")
    page.wait_for_selector("#stage.done")
    assert page.is_hidden("#problem")
    assert (sent(page)[-1]["width"] < 451) == (button == "shrink")  # a small photo, too, as a limit may be smaller


def test_a_file_that_is_no_photo_leaves_the_photo_in_hand(page, cat, tmp_path):
    (tmp_path / "notes.jpg").write_text("no photo")
    choose(page, cat)
    page.fill("#name", "Mimi")
    shown, label = pixels(page, "after"), page.inner_text("#label")
    page.set_input_files("#file", tmp_path / "notes.jpg")
    page.wait_for_selector("#problem:not([hidden])")
    assert "not a photo" in page.inner_text("#problem-text")
    page.click("#dismiss")
    assert page.is_visible("#stage.done")
    assert (page.inner_text("#label"), page.input_value("#name")) == (label, "Mimi")
    np.testing.assert_array_equal(pixels(page, "after"), shown)
    with page.expect_download():
        page.click("#save .primary")
    assert page.evaluate("sent.length") == 2  # the photo and the notes; it is at hand as it was
    for kind in ("video/mp4", "audio/mpeg", "text/plain"):  # what is no photo for certain does not travel
        page.set_input_files("#file", {"name": "holiday", "mimeType": kind, "buffer": b"x"})
        page.wait_for_selector("#problem:not([hidden])")
        assert "not a photo" in page.inner_text("#problem-text")
        page.click("#dismiss")
        assert page.inner_text("#label") == label
    assert page.evaluate("sent.length") == 2


def test_something_dropped_or_pasted_that_is_no_file_is_said_and_leaves_the_photo_in_hand(page, cat):
    drop = "given.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))"
    paste = "given.dispatchEvent(new ClipboardEvent('paste', { clipboardData: dataTransfer, bubbles: true }))"
    bring = "(given) => { const dataTransfer = new DataTransfer(); dataTransfer.setData('text/plain', 'a link'); %s; }"
    for act, view in ((drop, "#intro"), (paste, "#stage.done")):
        page.locator("body").evaluate(bring % act)
        assert page.inner_text("#problem-text").startswith("No photo came with that, perhaps only its link; copy")
        assert page.is_hidden("#retry")
        page.click("#dismiss")
        assert page.is_visible(view)
        choose(page, cat)
    page.locator("#name").evaluate(bring % paste)  # text where text belongs
    assert page.is_hidden("#problem")


def test_after_an_error_that_was_closed_the_next_photo_comes_through(page, cat):
    refuse(page, cat, "UndecodablePhoto")
    page.click("#dismiss")
    choose(page, cat)
    assert page.is_hidden("#problem")


KEY = "a-key-of-this-server"


@pytest.fixture
def asking_page(page):
    """The page of a server that asks for a key with each photo."""

    def handle(route: Any) -> None:
        given = route.request.headers.get("authorization")
        if route.request.method != "POST" or given == f"Bearer {KEY}":
            return route.continue_()
        body = json.dumps({"code": 401, "type": "Unauthorized", "message": "Send it in the header Authorization."})
        return route.fulfill(status=401, content_type="application/json", body=body)

    page.route("**/", handle)
    return page


def enter_key(page: Any, key: str) -> None:
    """Enter a key where the page asks for one, and wait until the server has been asked again."""
    page.wait_for_selector("#key-form:not([hidden])")
    page.fill("#key", key)
    page.keyboard.press("Enter")
    page.wait_for_selector("#busy", state="hidden")


def test_where_a_server_asks_for_a_key_it_can_be_entered_and_is_kept_for_the_next_photos(asking_page, cat, coffee):
    page = asking_page
    page.set_input_files("#file", cat)
    page.wait_for_selector("#key-form:not([hidden])")
    assert "asks for a key" in page.inner_text("#problem-text")
    assert page.evaluate("document.activeElement.id") == "key"
    assert page.is_hidden("#retry")
    enter_key(page, "a-wrong-key")
    page.wait_for_selector("#problem-text:has-text('does not know this key')")
    enter_key(page, f" {KEY} ")  # as it is copied from a letter
    page.wait_for_selector("#stage.done")
    assert page.is_hidden("#problem")
    choose(page, coffee)
    assert page.is_hidden("#problem")


def test_several_photos_wait_for_the_key(asking_page, cat, coffee):
    page = asking_page
    page.set_input_files("#file", [cat, coffee])
    enter_key(page, KEY)
    page.wait_for_selector("#zip:enabled")
    assert page.inner_text("#queue-text") == "2 of 2 photos are ready."
    assert page.is_hidden("#problem")


def test_a_server_that_cannot_be_reached_is_said(page, cat):
    page.route("**/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.set_input_files("#file", cat)
    page.wait_for_selector("#problem:not([hidden])")
    assert "cannot be reached" in page.inner_text("#problem-text")


def test_a_file_that_has_gone_since_it_was_chosen_is_said_and_the_server_not_blamed(page, cat, tmp_path):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(cat.read_bytes())
    refuse(page, photo, "Overloaded")
    photo.unlink()
    page.click("#retry")
    page.wait_for_selector("#problem-text:has-text('cannot be read any more')")
    assert page.is_hidden("#retry")


# Until `release` is called, the first photo that the page opens stays unopened; then it has all the time it needs.
HOLD_THE_FIRST_PHOTO = """
const open = window.createImageBitmap;
let isFirst = true;
window.createImageBitmap = async (...given) => {
    if (isFirst) {
        isFirst = false;
        await new Promise((resolve) => (window.release = resolve));
    }
    return open(...given);
};
window.rest = async () => { for (let i = 0; i < 100; i++) await open(new ImageData(1, 1)); };
"""


def test_a_photo_that_opens_slowly_gives_way_to_what_was_chosen_after_it(page, cat, coffee):
    page.evaluate(HOLD_THE_FIRST_PHOTO)
    page.set_input_files("#file", cat)
    choose(page, coffee)
    page.evaluate("release(), rest()")
    assert page.input_value("#name") == "coffee-focal"

    page.evaluate(HOLD_THE_FIRST_PHOTO)
    page.set_input_files("#file", cat)
    page.click("#again")
    page.evaluate("release(), rest()")
    assert page.is_visible("#intro")

    page.evaluate(HOLD_THE_FIRST_PHOTO)
    page.set_input_files("#file", cat)
    page.set_input_files("#file", [cat, coffee])
    page.evaluate("release(), rest()")
    page.wait_for_selector("#zip:enabled")
    assert page.is_visible("#queue")


@pytest.mark.parametrize("count", [1, 2])
def test_a_networks_login_page_in_place_of_the_answer_is_said_and_nothing_of_its_text(page, cat, coffee, count):
    login = {"status": 200, "content_type": "text/html", "body": "<html>Log in</html>"}
    page.clock.install()  # several photos are tried again after a while
    page.route("**/", lambda route: route.fulfill(**login) if route.request.method == "POST" else route.continue_())
    page.set_input_files("#file", [cat, coffee][:count])
    if count == 1:
        page.wait_for_selector("#problem:not([hidden])")
        assert page.inner_text("#problem-text").startswith("The server cannot be reached")
        assert page.is_visible("#retry")
        return
    wait_until(lambda: page.clock.run_for(2000) or page.is_visible("#retry"))
    assert page.inner_text("#queue-text") == "0 of 2 photos are ready."
    assert page.is_disabled("#zip")
    assert page.is_hidden("#dismiss")  # closed, it would leave them without a way on
    page.unroute("**/")
    page.click("#retry")  # once one has logged in
    page.wait_for_selector("#queue-text:text-is('2 of 2 photos are ready.')")
    assert page.is_hidden("#problem")


def test_the_servers_own_refusal_reaches_the_reader(page):
    page.set_input_files("#file", {"name": "note.jpg", "mimeType": "image/jpeg", "buffer": b"no photo at all"})
    page.wait_for_selector("#problem:not([hidden])")
    assert "not a photo that Focal can read" in page.inner_text("#problem-text")


@pytest.mark.parametrize(("agreed", "size"), [("shrink", (4140, 2898)), ("keep", (6000, 4200))])
def test_a_large_photo_is_scaled_down_only_if_the_user_agrees(page, large_photo, agreed, size):
    page.set_input_files("#file", large_photo)
    page.wait_for_selector("#size-dialog[open]")
    assert "25 megapixels" in page.inner_text("#size-text")
    assert sent(page) == []
    page.click(f"#size-dialog [value={agreed}]")
    page.wait_for_selector("#stage.done")
    assert abs(sent(page)[0]["width"] - size[0]) <= 2
    assert abs(sent(page)[0]["height"] - size[1]) <= 2


def test_a_large_photo_is_not_sent_at_all_if_the_user_changes_their_mind(page, large_photo):
    page.set_input_files("#file", large_photo)
    page.click("#size-dialog [value='']")
    assert page.is_visible("#intro")
    assert sent(page) == []
