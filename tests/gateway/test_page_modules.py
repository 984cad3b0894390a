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


PICTURE = {"width": 100, "height": 50}


@pytest.mark.parametrize(
    ("points", "margin", "expected"),
    [
        ([(10, 20)], 5, (5, 15, 10, 10)),
        ([(10.4, 20.4), (30.2, 12.9)], 1, (9, 11, 23, 11)),
        ([(0, 0), (100, 50)], 9, (0, 0, 100, 50)),
        ([(-30, 20)], 5, (0, 15, 0, 10)),
    ],
)
def test_the_rectangle_around_points_lies_within_the_picture(node, points, margin, expected):
    given = {"points": [{"x": x, "y": y} for x, y in points], "margin": margin, "picture": PICTURE}
    area = node.evaluate('{ around } from "./rectangle.js"', "around(given.points, given.margin, given.picture)", given)
    assert (area["x"], area["y"], area["width"], area["height"]) == expected


def test_a_union_holds_both_rectangles_and_an_empty_one_counts_for_nothing(node):
    one, other = {"x": 1, "y": 2, "width": 3, "height": 4}, {"x": 10, "y": 0, "width": 1, "height": 3}
    nothing = {"x": 90, "y": 40, "width": 0, "height": 5}
    unions = node.evaluate(
        '{ union } from "./rectangle.js"', "given.map(([one, other]) => union(one, other))",
        [[one, other], [nothing, one], [one, nothing]],
    )  # fmt: skip
    assert unions == [{"x": 1, "y": 0, "width": 10, "height": 6}, one, one]


def test_the_dabs_of_a_stroke_leave_no_gap_and_reach_its_ends(node):
    path = [{"x": 0, "y": 0}, {"x": 10, "y": 0}, {"x": 10, "y": 0}, {"x": 10, "y": 3}]
    dabs = node.evaluate('{ dabsAlong } from "./brush.js"', "dabsAlong(given, 4)", path)
    places = np.array([[dab["x"], dab["y"]] for dab in dabs])
    assert places[0].tolist() == [0, 0]
    assert [10, 0] in places.tolist()
    assert places[-1].tolist() == [10, 3]
    assert np.hypot(*np.diff(places, axis=0).T).max() <= 4


HISTORY = '{ createHistory, record, stateOf, stepBack, stepForward } from "./history.js"'


def states(node, steps):
    """The state of a mask after each step: "edit", "reset", "back" or "forward"."""
    return node.evaluate(
        HISTORY,
        """(() => {
            const history = createHistory();
            const steps = {
                edit: () => record(history, {}),
                reset: () => record(history, {}, 0),
                back: () => stepBack(history),
                forward: () => stepForward(history),
            };
            return given.map((name) => (steps[name](), stateOf(history)));
        })()""",
        steps,
    )


def test_the_same_mask_has_the_same_state_however_it_was_come_to(node):
    assert states(node, ["edit", "edit", "back", "forward", "back", "back", "back"]) == [1, 2, 1, 2, 1, 0, 0]
    assert states(node, ["edit", "reset", "back", "forward"]) == [1, 0, 1, 0]


def test_an_edit_after_an_undo_is_a_new_state_with_nothing_to_do_again(node):
    assert states(node, ["edit", "back", "edit", "forward"]) == [1, 0, 2, 2]


def test_a_mask_whose_first_edits_were_forgotten_never_counts_as_the_servers(node):
    seen = states(node, ["edit"] * 105 + ["back"] * 105)
    assert seen[-1] == 5
    assert 0 not in seen
