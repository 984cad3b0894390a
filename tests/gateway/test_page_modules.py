"""What the page's modules compute without a browser: words, light and blur, beside the server's or a plain oracle."""

from __future__ import annotations

import io
import re
import zipfile

import cv2
import numpy as np
import pytest
from focal import errors
from focal.blur import bokeh, linear_light, pull_push
from focal.blur.background import blur_background
from focal.errors import PhotoTooLarge
from focal.photo.limits import check_size
from focal.settings import Settings

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


def test_a_photo_of_too_narrow_a_shape_is_not_said_to_have_too_many_pixels(node):
    problem = {"type": "PhotoTooLarge", "message": "Its longer side may be at most 32 times the shorter: crop it."}
    said = node.evaluate('{ sentenceFor } from "./messages.js"', "sentenceFor(given)", problem)
    assert said == f"The server does not accept a photo of this size or shape. {problem['message']}"


def test_an_error_that_the_page_does_not_know_is_told_in_the_servers_words(node):
    said = node.evaluate('{ sentenceFor } from "./messages.js"', 'sentenceFor({ type: "New", message: "Try blue." })')
    assert said == "Try blue."


def test_an_error_of_the_browser_is_not_told_in_its_own_words(node):
    said = node.evaluate('{ sentenceFor } from "./messages.js"', 'sentenceFor(new TypeError("x is not a function"))')
    assert said == "Something went wrong inside Focal; please try again."


@pytest.mark.parametrize(
    ("error_type", "too_large", "may_pass"),
    [("PhotoTooLarge", True, False), ("UndecodablePhoto", False, False), ("Overloaded", False, True)],
)
def test_the_page_knows_which_errors_a_smaller_photo_or_another_try_may_mend(node, error_type, too_large, may_pass):
    told = node.evaluate('{ isTooLarge, mayPass } from "./messages.js"', "[isTooLarge(given), mayPass(given)]",
                         {"type": error_type})  # fmt: skip
    assert told == [too_large, may_pass]


def test_a_photo_of_too_narrow_a_shape_is_not_offered_to_be_scaled_down(node):
    offered = []
    for width, height in ((5000, 100), (16_000, 10_000)):
        with pytest.raises(PhotoTooLarge) as refused:
            check_size(width, height, Settings())
        problem = {"type": "PhotoTooLarge", "message": refused.value.message}
        offered.append(node.evaluate('{ isTooLarge } from "./messages.js"', "isTooLarge(given)", problem))
    assert offered == [False, True]


def test_shares_are_told_as_percentages(node):
    told = node.evaluate('{ percent } from "./messages.js"', "given.map(percent)", [0, 0.004, 0.01, 0.256, 1])
    assert told == ["0 %", "under 1 %", "1 %", "26 %", "100 %"]


PICKED = {"points": [{"x": 0.1, "y": 0.1, "keep": True}]}


@pytest.mark.parametrize(
    ("people", "probability", "focus", "expected"),
    [
        (0, 0.3, {}, ["Espresso", "30 % sure", ""]),
        (0, 0.29, {}, ["What stands out", "", "Best guess: espresso, 29 %"]),
        (1, 0.99, {}, ["The person", "", "Best guess: espresso, 99 %"]),
        (3, 0.99, {}, ["The people", "", "Best guess: espresso, 99 %"]),
        (None, 0.5, {}, ["Espresso", "50 % sure", ""]),
        (None, 0.49, {}, ["What stands out", "", "Best guess: espresso, 49 %"]),
        (2, 0.99, PICKED, ["What you picked", "", "Best guess: espresso, 99 %"]),
        (0, 0.99, PICKED, ["What you picked", "", "Best guess: espresso, 99 %"]),  # it is the whole photo's
    ],
)
def test_the_headline_names_the_class_only_where_it_is_likely_and_nobody_is_there(
    node, people, probability, focus, expected
):
    result = {"label": "espresso", "people": people, "probability": probability, "focus": focus}
    said = node.evaluate(
        '{ headline, likeliestClass } from "./messages.js"',
        "[headline(given).text, headline(given).detail, likeliestClass(given)]",
        result,
    )
    assert said == expected


def test_the_light_of_each_code_value_is_the_servers(node):
    codes = np.arange(256, dtype=np.uint8)
    lights = node.evaluate('{ CURVE, GAIN } from "./cells.js"', "Array.from(CURVE, (v, code) => v * GAIN[code])")
    grey = np.repeat(codes, 3).reshape(1, 256, 3)
    np.testing.assert_allclose(lights, linear_light.decode(grey)[0, :, 0], rtol=1e-6)


def test_light_becomes_the_servers_code_values_in_the_highlights_too(node):
    lights = np.random.default_rng(0).uniform(0, linear_light.WHITE, (500, 3)).astype(np.float32)
    codes = node.evaluate('{ encode } from "./cells.js"', "Array.from(encode(given))", lights.ravel().tolist())
    expected = linear_light.encode(lights[None])[0] / 256
    assert np.abs(np.reshape(codes, (500, 3)) - expected).max() < 0.1


@pytest.mark.parametrize(("factor", "shape"), [(1, (4, 5)), (3, (11, 13)), (4, (16, 18))])
def test_cells_are_enlarged_without_growing_darker(node, factor, shape):
    height, width = shape
    cells = np.random.default_rng(4).random((-(-height // factor), -(-width // factor), 3), np.float32) * 255
    rows, columns = cells.shape[:2]
    given = {"cells": cells.ravel().tolist(), "grid": {"factor": factor, "columns": columns, "rows": rows}}
    large = node.evaluate(
        '{ enlarged } from "./cells.js"',
        "Array.from(enlarged(given.cells, given.grid, given.size))",
        given | {"size": {"width": width, "height": height}},
    )
    expected = cv2.resize(cells, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)[:height, :width]
    np.testing.assert_allclose(np.reshape(large, (height, width, 4))[..., :3], expected, atol=1e-3)


@pytest.mark.parametrize("shape", [(9, 14), (1, 1), (2, 7), (33, 20)])
def test_unknown_cells_get_the_servers_colours(node, shape):
    random = np.random.default_rng(2)
    colour = random.random((*shape, 3), np.float32)
    weight = (random.random(shape, np.float32) * (random.random(shape) < 0.4)).astype(np.float32)
    given = {"colour": colour.ravel().tolist(), "weight": weight.ravel().tolist(), "shape": shape}
    filled = node.evaluate(
        '{ fill } from "./pull-push.js"',
        "Array.from(fill(given.colour, Float32Array.from(given.weight), given.shape[1], given.shape[0]))",
        given,
    )
    np.testing.assert_allclose(np.reshape(filled, colour.shape), pull_push.fill(colour, weight), atol=1e-5)


@pytest.mark.parametrize("shape", ["lens", "gaussian"])
@pytest.mark.parametrize("radius", [0, 0.4, 1, 2.6, 11])
def test_a_point_is_spread_into_the_servers_shapes(node, shape, radius):
    picture = np.random.default_rng(1).random((9, 14, 4), np.float32)
    given = {"source": picture.ravel().tolist(), "radius": radius, "bokeh": shape}
    values = node.evaluate(
        '{ spread } from "./bokeh.js"',
        "Array.from(spread(Float32Array.from(given.source), 14, 9, given.radius, given.bokeh))",
        given,
    )
    np.testing.assert_allclose(np.reshape(values, picture.shape), bokeh.spread(picture, radius, shape), atol=2e-4)


COMPOSE = """(() => {
    const pixels = { data: Uint8Array.from(given.pixels), width: given.width, height: given.height };
    const alpha = Uint8Array.from(given.alpha);
    const layers = layersOf(pixels, alpha, given.radius);
    const area = { x: 0, y: 0, width: given.width, height: given.height };
    const { factor, columns, rows } = layers.grid;
    return {
        cut: Array.from(cutOut(pixels, alpha, layers, area)),
        blurred: Array.from(blurred(layers, given.radius, given.bokeh)),
        factor, columns, rows,
    };
})()"""


@pytest.mark.parametrize("shape", ["lens", "gaussian"])
@pytest.mark.parametrize(("strength", "size"), [(0.03, (131, 170)), (0.08, (260, 301)), (0.06, (620, 410))])
def test_a_photo_is_blurred_as_the_server_blurs_it(node, shape, strength, size):
    """The whole way of the preview beside the server's, with lamps in the background and hair at the subject's edge."""
    pixels, alpha = photo_with_lamps(*size)
    height, width = alpha.shape
    opaque = np.dstack([pixels, np.full_like(alpha, 255)])
    made = node.evaluate(
        '{ blurred, cutOut, layersOf } from "./background.js"',
        COMPOSE,
        {"pixels": opaque.ravel().tolist(), "alpha": alpha.ravel().tolist(), "width": width, "height": height,
         "radius": strength * max(size) / 2, "bokeh": shape},
    )  # fmt: skip
    cells = np.reshape(made["blurred"], (made["rows"], made["columns"], 3)).astype(np.float32)
    f = made["factor"]
    padded = cv2.copyMakeBorder(cells, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    large = cv2.resize(padded, None, fx=f, fy=f, interpolation=cv2.INTER_LINEAR)[f : f + height, f : f + width]
    cut = np.reshape(made["cut"], opaque.shape).astype(np.float32)
    share = cut[..., 3:] / 255
    composed = share * cut[..., :3] + (1 - share) * large
    expected = blur_background(pixels, alpha, strength_frac=strength, bokeh=shape)
    error = np.abs(composed - expected)
    assert error.mean() < 0.6
    assert np.quantile(error, 0.999) < 3


def photo_with_lamps(height, width):
    """A photo of soft colours with a few lamps, uint8 (h, w, 3), and a mask with a soft, torn edge, uint8 (h, w)."""
    random = np.random.default_rng(3)
    small = random.integers(0, 220, (9, 12, 3), np.uint8)
    pixels = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    for y, x in random.integers(0, (height, width), (25, 2)):
        cv2.circle(pixels, (int(x), int(y)), 2, (255, 252, 240), -1)
    alpha = np.zeros((height, width), np.uint8)
    cv2.ellipse(alpha, (width // 2, height // 2), (width // 5, height // 3), 0, 0, 360, 255, -1)
    for angle in np.linspace(0, 2 * np.pi, 30):
        end = (int(width * (0.5 + 0.3 * np.cos(angle))), int(height * (0.5 + 0.4 * np.sin(angle))))
        cv2.line(alpha, (width // 2, height // 2), end, 255, 1)
    return pixels, cv2.GaussianBlur(alpha, (0, 0), 1.5)


def test_a_zip_file_holds_what_was_put_into_it(node, tmp_path):
    contents = {"a.jpg": bytes(range(256)), "Grüße (2).jpg": b"", "b.png": b"x" * 70_000}
    given = [{"name": name, "bytes": list(content)} for name, content in contents.items()]
    written = node.evaluate(
        '{ zipParts } from "./zip.js"',
        """zipParts(given.map(({ name, bytes }) => ({ name, bytes: Uint8Array.from(bytes) })),
                new Date(2026, 10, 30, 1, 2, 4))
            .flatMap((part) => Array.from(part))""",
        given,
    )
    with zipfile.ZipFile(io.BytesIO(bytes(written))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == contents
        assert archive.infolist()[0].date_time == (2026, 11, 30, 1, 2, 4)


def test_files_of_one_name_get_different_ones(node):
    names = node.evaluate('{ distinct } from "./zip.js"', "distinct(given)", ["a.jpg", "a.jpg", "b", "a.jpg", "b"])
    assert names == ["a.jpg", "a (2).jpg", "b", "a (3).jpg", "b (2)"]


VIEW = '{ movedBy, zoomedBy } from "./layers.js"'


def test_what_is_zoomed_at_stays_where_it_is(node):
    at = {"x": 0.3, "y": 0.8}
    view = {"zoom": 2, "x": -0.5, "y": -0.4}
    zoomed = node.evaluate(
        VIEW, "zoomedBy(given.view, 1.5, given.at, { width: 1, height: 1 })", {"view": view, "at": at}
    )
    assert zoomed["zoom"] == 3
    for axis in "xy":
        before = (at[axis] - view[axis]) / view["zoom"]
        assert (at[axis] - zoomed[axis]) / zoomed["zoom"] == pytest.approx(before)


def test_a_panorama_lies_in_the_middle_of_the_stage_until_it_covers_it(node):
    small = node.evaluate(VIEW, "zoomedBy({ zoom: 1, x: 0, y: 0 }, 2, { x: 0, y: 0 }, { width: 1, height: 3 })", {})
    assert small == {"zoom": 2, "x": 0, "y": -0.5}
    for down, expected in ((9, -1), (-9, -4)):  # the stage reaches from -1 to 2, and is covered either way
        large = node.evaluate(
            VIEW, "movedBy({ zoom: 6, x: 0, y: -2 }, { x: 0, y: given }, { width: 1, height: 3 })", down
        )
        assert large["y"] == expected


def test_a_strip_lies_in_the_middle_of_the_stage_until_it_covers_it(node):
    small = node.evaluate(VIEW, "zoomedBy({ zoom: 1, x: 0, y: 0 }, 2, { x: 0, y: 0 }, { width: 3, height: 1 })", {})
    assert small == {"zoom": 2, "x": -0.5, "y": 0}


def test_the_photo_covers_the_stage_however_it_is_zoomed_and_moved(node):
    start = {"zoom": 1, "x": 0, "y": 0}
    for steps in (
        "zoomedBy(given, 0.1, { x: 0, y: 0 }, whole)",
        "movedBy(given, { x: 5, y: -5 }, whole)",
        "movedBy(zoomedBy(given, 4, { x: 0, y: 1 }, whole), { x: -9, y: 9 }, whole)",
        "zoomedBy(zoomedBy(given, 1e9, { x: 1, y: 0 }, whole), 0.2, { x: 0, y: 1 }, whole)",
    ):
        view = node.evaluate(VIEW, steps.replace("whole", "{ width: 1, height: 1 }"), start)
        assert 1 <= view["zoom"] <= 8
        assert 1 - view["zoom"] <= view["x"] <= 0
        assert 1 - view["zoom"] <= view["y"] <= 0


def test_only_a_mask_that_differs_and_keeps_something_is_another_choice(node):
    one, nearly, other, nothing = np.zeros((4, 20, 20), int)
    one[:10] = 255
    nearly[:10, :19] = 255
    other[:, :10] = 255
    masks = [mask.ravel().tolist() for mask in (one, nearly, other, nothing)]
    told = node.evaluate('{ isAnother } from "./places.js"', "given.map((mask) => isAnother(mask, [given[0]]))", masks)
    assert told == [False, False, True, False]


SIDE = 8
EVERYWHERE = np.ones((SIDE, SIDE), int)


def deepest(node, region, weight):
    given = {"region": region.astype(bool).ravel().tolist(), "weight": weight.ravel().tolist()}
    return node.evaluate('{ deepest } from "./places.js"', f"deepest(given.region, given.weight, {SIDE})", given)


def test_a_region_lies_deepest_in_its_middle_and_a_sliver_nowhere(node):
    region = np.zeros((SIDE, SIDE))
    region[1:6, 2:7] = 1
    region[7] = 1
    assert deepest(node, region, EVERYWHERE) == {"x": 4.5 / SIDE, "y": 3.5 / SIDE}
    region[1:6] = 0
    assert deepest(node, region, EVERYWHERE) is None


def test_what_stands_out_is_added_up_in_square_blocks(node):
    values = np.arange(16)
    sums = node.evaluate('{ blockSums } from "./places.js"', "[...blockSums(given, 4, 2)]", values.tolist())
    by_block = values.reshape(2, 2, 2, 2).sum((1, 3))
    assert sums == np.kron(by_block, np.ones((2, 2))).ravel().tolist()


def test_what_weighs_more_is_looked_at_first_and_what_weighs_nothing_never(node):
    weight = EVERYWHERE.copy()
    weight[:, 5:] = 9
    assert deepest(node, EVERYWHERE, weight)["x"] > 5 / SIDE
    assert deepest(node, EVERYWHERE, 0 * weight) is None


@pytest.mark.parametrize(
    ("rows", "columns", "name"),
    [
        (slice(None), slice(None), "Middle"),
        (slice(None), slice(0, 3), "Left"),
        (slice(6, 8), slice(None), "Bottom"),
        (slice(0, 2), slice(6, 8), "Top right"),
    ],
)
def test_a_choice_is_called_by_where_it_is(node, rows, columns, name):
    mask = np.zeros((SIDE, SIDE), int)
    mask[rows, columns] = 200
    named = f"nameOf(middleOf(given, {SIDE}))"
    assert node.evaluate('{ middleOf, nameOf } from "./places.js"', named, mask.ravel().tolist()) == name


@pytest.mark.parametrize(
    ("photo", "middle", "shown"),
    [
        ((160, 90), (0.9, 0.9), (0, 0, 160, 90)),  # whole
        ((90, 640), (0.5, 0.5), (0, 240, 90, 160)),
        ((90, 640), (0.5, 0), (0, 0, 90, 160)),
        ((640, 90), (1, 0.5), (480, 0, 160, 90)),
    ],
)
def test_a_panoramas_thumbnail_shows_the_part_where_something_is_kept(node, photo, middle, shown):
    width, height = photo
    given = {"photo": {"width": width, "height": height}, "middle": {"x": middle[0], "y": middle[1]}}
    piece = node.evaluate('{ pieceAround } from "./places.js"', "pieceAround(given.middle, given.photo)", given)
    assert [piece[name] for name in ("x", "y", "width", "height")] == pytest.approx(shown)


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
    area = node.evaluate('{ around } from "./canvas.js"', "around(given.points, given.margin, given.picture)", given)
    assert (area["x"], area["y"], area["width"], area["height"]) == expected


def test_a_union_holds_both_rectangles_and_an_empty_one_counts_for_nothing(node):
    one, other = {"x": 1, "y": 2, "width": 3, "height": 4}, {"x": 10, "y": 0, "width": 1, "height": 3}
    nothing = {"x": 90, "y": 40, "width": 0, "height": 5}
    unions = node.evaluate(
        '{ union } from "./canvas.js"', "given.map(([one, other]) => union(one, other))",
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


HISTORY = '{ createHistory, record, stateOf, stepBack, stepForward } from "./state.js"'


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


def test_a_copys_picture_gets_the_photos_own_detail_where_it_is_sharp_and_none_where_it_is_blurred(node):
    """The left half of the copy was left sharp, the right half blurred; what came back of both is noisy."""
    random = np.random.default_rng(5)
    own = random.integers(40, 216, (48, 64, 3)).astype(np.float32)
    sent = own + 3
    truth = cv2.GaussianBlur(own, (0, 0), 6)
    truth[:, :32] = own[:, :32]
    made = np.where(np.arange(64)[:, None] < 32, sent, truth) + random.normal(0, 2, own.shape)
    pictures = [np.dstack([np.clip(np.rint(picture), 0, 255), np.full((48, 64), 255)]) for picture in (made, sent, own)]
    shown = node.evaluate(
        '{ withOwnDetail } from "./picture.js"',
        "Array.from(withOwnDetail(...given.map((bytes) => Uint8ClampedArray.from(bytes)), { width: 64, height: 48 }))",
        [picture.ravel().tolist() for picture in pictures],
    )
    shown = np.reshape(shown, (48, 64, 4))
    assert (shown[..., 3] == 255).all()
    error, before = np.abs(shown[..., :3] - truth).mean(0).mean(-1), np.abs(made - truth).mean(0).mean(-1)
    assert error[:24].mean() < 0.7 * before[:24].mean()
    assert error[40:].mean() < 0.5 * before[40:].mean()
