"""What the page's modules compute without a browser: words, light and blur, beside the server's or a plain oracle."""

from __future__ import annotations

import re

import cv2
import numpy as np
import pytest
from focal import errors
from focal.blur import linear_light

from tests.helpers.node import Node


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    return Node(tmp_path_factory.mktemp("page"))


def test_every_error_of_the_core_has_a_sentence_of_its_own(node):
    types = [error.__name__ for error in errors.FocalError.__subclasses__()]
    sentences = node.evaluate(
        '{ sentenceFor } from "./messages.js"', 'given.map((type) => sentenceFor({ type, message: "" }))', types
    )
    assert len(set(sentences)) == len(types) > 5
    assert all(re.fullmatch(r"[A-Z].{20,}\.", sentence) for sentence in sentences)


def test_an_error_that_the_page_does_not_know_is_told_in_the_servers_words(node):
    said = node.evaluate('{ sentenceFor } from "./messages.js"', 'sentenceFor({ type: "New", message: "Try blue." })')
    assert said == "Try blue."


@pytest.mark.parametrize(
    ("error_type", "too_large", "may_pass"),
    [("PhotoTooLarge", True, False), ("UndecodablePhoto", False, False), ("Overloaded", False, True)],
)
def test_the_page_knows_which_errors_a_smaller_photo_or_another_try_may_mend(node, error_type, too_large, may_pass):
    told = node.evaluate('{ isTooLarge, mayPass } from "./messages.js"', "[isTooLarge(given), mayPass(given)]",
                         {"type": error_type})  # fmt: skip
    assert told == [too_large, may_pass]


def test_shares_are_told_as_percentages(node):
    told = node.evaluate('{ percent } from "./messages.js"', "given.map(percent)", [0, 0.004, 0.01, 0.256, 1])
    assert told == ["0 %", "under 1 %", "1 %", "26 %", "100 %"]


@pytest.mark.parametrize(
    ("people", "probability", "focus", "expected"),
    [
        (0, 0.3, {}, ["Espresso", "30 % sure", ""]),
        (0, 0.29, {}, ["What stands out", "", "Likeliest class: espresso, 29 %"]),
        (1, 0.99, {}, ["The person", "", "Likeliest class: espresso, 99 %"]),
        (3, 0.99, {}, ["The people", "", "Likeliest class: espresso, 99 %"]),
        (None, 0.5, {}, ["Espresso", "50 % sure", ""]),
        (None, 0.49, {}, ["What stands out", "", "Likeliest class: espresso, 49 %"]),
        (2, 0.99, {"point": "0.1,0.1"}, ["What you picked", "", "Likeliest class: espresso, 99 %"]),
        (2, 0.01, {"target": 967}, ["Espresso", "1 % sure", ""]),
    ],
)
def test_the_headline_names_the_class_only_where_it_is_likely_and_nobody_is_there(
    node, people, probability, focus, expected
):
    result = {"label": "espresso", "people": people, "probability": probability, "focus": focus}
    said = node.evaluate(
        '{ headline, likeliestClass } from "./headline.js"',
        "[headline(given).text, headline(given).detail, likeliestClass(given)]",
        result,
    )
    assert said == expected


def test_the_light_of_each_code_value_is_the_servers(node):
    codes = np.arange(256, dtype=np.uint8)
    lights = node.evaluate('{ CURVE, GAIN } from "./linear-light.js"', "Array.from(CURVE, (v, code) => v * GAIN[code])")
    grey = np.repeat(codes, 3).reshape(1, 256, 3)
    np.testing.assert_allclose(lights, linear_light.decode(grey)[0, :, 0], rtol=1e-6)


def test_light_below_the_highlights_becomes_the_servers_code_values(node):
    lights = np.random.default_rng(0).uniform(
        0, linear_light.decode(np.full((1, 1, 3), linear_light.KNEE, np.uint8)).max(), (500, 3)
    )
    codes = np.array(node.evaluate('{ codesOf } from "./linear-light.js"', "given.map(codesOf)", lights.tolist()))
    expected = linear_light.encode(lights.astype(np.float32)[None])[0] / 256
    assert np.abs(codes - expected).max() < 1.5  # the tables of the page round down, and have fewer entries


def mean(node, shape, picture, radius):
    """What a mean of bokeh.js makes of a picture, float32 (h, w, 4)."""
    h, w, _ = picture.shape
    given = {"source": picture.ravel().tolist(), "w": w, "h": h, "radius": radius}
    values = node.evaluate(
        f'{{ {shape} as mean }} from "./bokeh.js"',
        "Array.from(mean(given.source, given.w, given.h, given.radius))",
        given,
    )
    return np.reshape(values, picture.shape)


@pytest.fixture
def picture():
    return np.random.default_rng(1).random((9, 14, 4), np.float32)


@pytest.mark.parametrize("radius", [0.4, 1, 2.6, 6])
def test_the_disc_is_the_plain_mean_over_a_disc(node, picture, radius):
    reach = int(np.ceil(radius))
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    half_widths = np.floor(np.sqrt(np.maximum(0, radius**2 - rows**2)) + 0.5)
    disc = (np.abs(columns) <= half_widths).astype(np.float64)
    expected = cv2.filter2D(picture, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT)
    np.testing.assert_allclose(mean(node, "meanOverDisc", picture, radius), expected, atol=1e-5)


@pytest.mark.parametrize("radius", [0.4, 1, 2.6, 4])
def test_the_gaussian_has_the_discs_variance(node, picture, radius):
    size = 2 * int(np.ceil(3 * radius / 2)) + 1
    expected = cv2.GaussianBlur(picture, (size, size), radius / 2, borderType=cv2.BORDER_REFLECT)
    np.testing.assert_allclose(mean(node, "meanOverGaussian", picture, radius), expected, atol=1e-5)
