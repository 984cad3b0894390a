"""What the page says is in focus: the class where it is likely, and never what somebody wears."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import skimage.data
from PIL import Image

from tests.helpers.browsing import choose, sent
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow

LIKELIEST = r"Best guess: .+, (under )?\d+ %"


def see_people(page: Any, count: int) -> None:
    """Have the page read of so many people in each answer, whatever the server saw."""
    page.evaluate(
        """(count) => {
            const original = XMLHttpRequest.prototype.getResponseHeader;
            XMLHttpRequest.prototype.getResponseHeader = function (name) {
                return name === "X-Focal-People" ? String(count) : original.call(this, name);
            };
        }""",
        count,
    )


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A portrait of a woman in a space suit, whom ImageNet's likeliest class calls a football helmet."""
    path = tmp_path_factory.mktemp("portrait") / "portrait.jpg"
    Image.fromarray(skimage.data.astronaut()).save(path, quality=92)
    return path


def test_a_portrait_is_not_called_by_what_the_person_wears(page, portrait):
    choose(page, portrait)
    assert page.inner_text("#label") in ("The person", "What stands out")
    assert page.inner_text("#sure") == ""
    assert page.locator("#class").evaluate(f"(element) => /^{LIKELIEST}$/.test(element.textContent)")
    assert page.inner_text("#status") == f"Done. In focus: {page.inner_text('#label')}."


@pytest.mark.parametrize(("count", "headline"), [(1, "The person"), (2, "The people")])
def test_where_people_are_in_the_picture_even_a_likely_class_is_not_the_headline(page, coffee, count, headline):
    see_people(page, count)
    choose(page, coffee)
    assert page.inner_text("#label") == headline
    assert page.inner_text("#class").startswith("Best guess: ")


def test_an_unlikely_class_is_not_the_headline(page, tmp_path):
    see_people(page, 0)
    Image.fromarray(skimage.data.gravel()).save(tmp_path / "gravel.png")
    choose(page, tmp_path / "gravel.png")
    assert page.inner_text("#label") == "What stands out"
    assert page.inner_text("#class").startswith("Best guess: ")


def test_a_likely_class_is_the_headline_where_nobody_is_in_the_picture(page, cat):
    see_people(page, 0)
    choose(page, cat)
    assert "cat" in page.inner_text("#label")
    assert page.inner_text("#sure").endswith("% sure")
    assert page.is_hidden("#class")


def test_a_subject_that_was_picked_is_called_that(page, portrait):
    choose(page, portrait)
    page.click("label[for=point]")
    page.click("#stage")
    wait_until(lambda: len(sent(page)) == 2)
    page.wait_for_selector("#busy", state="hidden")
    assert page.inner_text("#label") == "What you picked"
