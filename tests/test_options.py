"""A request's options: read strictly, refused in one sentence."""

import json
import math
import re
from dataclasses import asdict, replace

import numpy as np
import pytest
from focal.declarations import schema
from focal.errors import InvalidOption
from focal.option_values import Click
from focal.options import ExplanationOptions, Options, read_explanation_options, read_options


def test_a_request_without_options_gets_the_defaults():
    assert read_options({}) == Options()


def test_all_options_are_read_from_json():
    values = {"strength": 0.1, "bokeh": "gaussian", "mask": "refined", "target": 207, "point": [0.25, 1]}
    values |= {"depth": "auto", "depthNear": "black", "focus": 0.5, "output": "blurred"}
    values |= {"fallback": "never", "format": "png", "quality": 50, "metadata": "basic"}

    read = read_options({**values, "maxSide": 640})

    assert read == Options(**values | {"point": (0.25, 1.0)}, max_side=640)


def test_all_options_are_read_from_the_text_of_a_form():
    options = Options(strength=0.1, bokeh="gaussian", target=207, point=(0.25, 1.0), fallback="never", format="png",
                      quality=50, focus=0.75, grain=False)  # fmt: skip
    sent = {name: str(value) for name, value in asdict(options).items() if value is not None}
    fields = sent | {"point": "0.25, 1", "grain": "false"}

    assert read_options(fields, text=True) == options


@pytest.mark.parametrize(
    "point",
    [None, 0.5, [], [0.5], [0.5, 0.5, 0.5], [0.5, 1.01], [-0.1, 0], ["0", "0"], [True, 0], [float("nan"), 0], {}],
)
def test_what_is_no_point_of_the_photo_is_refused(point):
    with pytest.raises(InvalidOption, match=r"^Option point must be \[x, y\], two fractions from 0 to 1"):
        read_options({"point": point})


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"strength": 7}, "strength must be a number from 0 to 0.15."),
        ({"strength": None}, "strength must be a number from 0 to 0.15."),
        ({"bokeh": "nope"}, "bokeh must be one of lens, gaussian."),
        ({"point": (1.5, 0.5)}, "point must be [x, y], two fractions from 0 to 1"),
        ({"points": []}, "points must be a list of 1 to 32 points"),
        ({"max_side": 3}, "maxSide must be a whole number from 16 to 16383."),
        ({"background": (0, 0, 300), "output": "cutout"}, "background must be a colour in hexadecimal digits"),
    ],
)
def test_options_made_in_python_are_held_to_their_ranges_too(values, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}"):
        Options(**values)


def test_options_made_in_python_may_be_written_as_in_json():
    options = Options(point=[0.5, 0.25], output="cutout", background="#fff")
    assert (options.point, options.background) == ((0.5, 0.25), (255, 255, 255))
    points = Options(points=[(0.5, 0.25), {"x": 0, "y": 1, "keep": False}])
    assert points.points == (Click(0.5, 0.25), Click(0, 1, keep=False))
    assert replace(points, people="off").points == points.points
    assert replace(options, people="off").background == options.background


@pytest.mark.parametrize(
    "values", [{"k": 20}, {"method": "x"}, {"layer": "x"}, {"targets": ()}, {"samples": 0}], ids=str
)
def test_what_explanations_are_asked_for_in_python_is_held_to_its_ranges_too(values):
    with pytest.raises(ValueError, match=f"^{next(iter(values))} must be "):
        ExplanationOptions(**{"method": "smoothgrad"} | values)


def test_numpys_numbers_may_be_options_in_python_and_become_pythons():
    options = Options(strength=np.float32(0.0625), quality=np.int64(80), target=np.int64(281), fallback="never")
    assert options == Options(strength=0.0625, quality=80, target=281, fallback="never")
    assert {type(each) for each in (options.strength, options.quality, options.target)} == {float, int}
    with pytest.raises(ValueError, match="quality must be"):
        Options(quality=np.float32(80.5))


@pytest.mark.parametrize("text", ["0.25,1", ".25, 1.0", "[0.25, 1]"])
def test_a_point_in_a_form_is_written_with_a_comma_or_as_in_json(text):
    assert read_options({"point": text}, text=True).point == (0.25, 1.0)


@pytest.mark.parametrize(
    "text", ["", "0.5", "0.5,0.5,0.5", "0.5;0.5", "left,top", "0,inf", "0_0,1", "[0.5,0.5", "[0.5]"]
)
def test_text_that_is_no_point_is_refused(text):
    with pytest.raises(InvalidOption, match=r"^Option point must be"):
        read_options({"point": text}, text=True)


def test_points_are_pairs_or_objects_that_may_be_taken_away():
    points = [[0.25, 1], {"x": 0.5, "y": 0}, {"x": 0, "y": 0.5, "keep": False}]
    clicks = (Click(0.25, 1.0), Click(0.5, 0.0), Click(0.0, 0.5, keep=False))

    assert read_options({"points": points}).points == clicks
    assert read_options({"points": json.dumps(points)}, text=True).points == clicks
    assert read_options({"point": [0.25, 1]}).clicks == clicks[:1]
    assert read_options({}).clicks == ()


@pytest.mark.parametrize(
    "points",
    [
        *(None, [], [0.5, 0.5], [[0.5]], [[0.5, 1.5]], [{"x": 0.5}], {"x": 0, "y": 0}, [[0.5, 0.5]] * 33),
        *([{"x": 0.5, "y": 0.5, "keep": 1}], [{"x": 0.5, "y": 0.5, "z": 0}], "[[0.5,0.5]]"),
    ],
)
def test_what_are_no_points_is_refused(points):
    with pytest.raises(InvalidOption, match=r"^Option points must be a list of 1 to 32 points"):
        read_options({"points": points})


def test_an_entry_twice_in_the_text_of_points_is_refused_as_it_is_in_json():
    with pytest.raises(InvalidOption, match=r"^Option points must be a list"):
        read_options({"points": '[{"x": 0.1, "x": 0.9, "y": 0.5}]'}, text=True)


def test_a_point_beside_points_is_refused():
    with pytest.raises(InvalidOption, match=r"^Option point is in points already"):
        read_options({"point": [0, 0], "points": [[0, 0]]})


@pytest.mark.parametrize(
    ("text", "colour"), [("#102030", (16, 32, 48)), ("fFffFf", (255, 255, 255)), ("#f08", (255, 0, 136))]
)
def test_a_background_is_a_colour_in_hexadecimal_digits(text, colour):
    assert read_options({"output": "cutout", "background": text}).background == colour


@pytest.mark.parametrize("value", ["white", "#12345", "##123456", "#12345g", 0, None, [0, 0, 0], ""])
def test_what_is_no_colour_is_refused(value):
    with pytest.raises(InvalidOption, match=r"^Option background must be a colour in hexadecimal digits"):
        read_options({"output": "cutout", "background": value})


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"output": "cutout", "strength": 0.1}, "strength cannot steer output=cutout"),
        ({"output": "mask", "bokeh": "gaussian"}, "bokeh cannot steer output=mask"),
        ({"output": "mask", "fallback": "always"}, "fallback cannot steer output=mask"),
        ({"output": "mask", "metadata": "basic"}, "metadata has no effect on output=mask"),
        ({"output": "mask", "background": "#000"}, "background is for output=cutout alone"),
        ({"background": "#000"}, "background is for output=cutout alone"),
        ({"output": "cutout", "format": "jpeg"}, "format=jpeg cannot be transparent"),
    ],
)
def test_what_has_no_effect_on_an_output_is_refused(values, sentence):
    with pytest.raises(InvalidOption, match=rf"^Option {sentence}"):
        read_options(values)


def test_a_transparent_cut_out_is_a_png_unless_another_format_is_asked_for():
    assert read_options({"output": "cutout"}).image_format == "png"
    assert read_options({"output": "cutout", "format": "webp"}).image_format == "webp"
    assert read_options({"output": "cutout", "background": "#fff"}).image_format == "jpeg"
    assert read_options({"output": "mask"}).image_format == "jpeg"


@pytest.mark.parametrize(
    "steering",
    [{"point": [0.5, 0.5]}, {"points": [[0, 0]]}, {"strength": 0.1}, {"bokeh": "gaussian"}, {"fallback": "always"}],
    ids=str,
)
def test_what_cannot_steer_the_classic_mask_is_refused(steering):
    with pytest.raises(InvalidOption, match=f"{next(iter(steering))} cannot steer the classic mask"):
        read_options({**steering, "mask": "classic"})


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"mask": "classic", "focus": 0.5}, "focus cannot steer the classic mask"),
        ({"mask": "classic", "depthNear": "black"}, "depthNear cannot steer the classic mask"),
        ({"depth": "flat", "focus": 0.0}, "focus cannot steer flat depth"),
        ({"depth": "flat", "depthNear": "black"}, "depthNear cannot steer flat depth"),
        ({"depth": "flat", "grain": False}, "grain cannot steer flat depth"),
        ({"mask": "none", "depth": "flat"}, "depth cannot steer the mask none"),
        ({"mask": "none", "target": 7}, "target cannot steer the mask none"),
        ({"mask": "none", "people": "off"}, "people cannot steer the mask none"),
        ({"mask": "none", "point": [0, 0], "focus": 1}, "point, where focus is sent, cannot steer the mask none"),
        ({"focus": 1.5}, "focus must be a number from 0 to 1"),
        ({"focus": "near"}, "focus must be a number from 0 to 1"),
    ],
)
def test_options_of_depth_that_would_have_no_effect_are_refused(values, sentence):
    with pytest.raises(InvalidOption, match=sentence):
        read_options(values)


def test_what_the_classic_mask_does_anyway_may_be_asked_for():
    assert read_options({"mask": "classic", "fallback": "never", "people": "off", "strength": 0.04}).mask == "classic"


@pytest.mark.parametrize("target", ["tabby", "007", 0, 999])
def test_a_target_is_an_index_or_a_label(target):
    assert read_options({"target": target}).target == target


def test_the_digits_of_a_form_are_an_index():
    assert read_options({"target": "007"}, text=True).target == 7


def test_an_index_may_be_written_with_a_point():
    options = read_options({"target": 281.0})
    assert (options.target, type(options.target)) == (281, int)
    assert read_options({"target": "281.0"}, text=True).target == 281
    assert read_explanation_options({"targets": [281.0, "tabby"]}).targets == (281, "tabby")


@pytest.mark.parametrize("target", [None, True, 1.5, math.nan, math.inf, "", [207], {}])
def test_what_cannot_name_a_class_is_refused(target):
    with pytest.raises(InvalidOption, match="Option target must be an ImageNet class index"):
        read_options({"target": target})


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"strength": 0.16}, "Option strength must be a number from 0 to 0.15."),
        ({"strength": "0.1"}, "Option strength must be a number from 0 to 0.15."),
        ({"quality": 0}, "Option quality must be a whole number from 1 to 100."),
        ({"format": "gif"}, "Option format must be one of jpeg, png, webp."),
        ({"bokeh": "\x00"}, "Option bokeh must be one of lens, gaussian."),
        ({"Strength": 0.1}, 'Option "Strength" is not known; did you mean strength?'),
        (
            {"zoom": 2},
            'Option "zoom" is not known; the known names are strength, bokeh, mask, people, '
            "target, point, points, depth, depthNear, focus, grain, fallback, output, background, format, quality, "
            "metadata, maxSide.",
        ),
    ],
)
def test_a_wrong_option_is_refused_in_one_sentence(values, sentence):
    with pytest.raises(InvalidOption) as caught:
        read_options(values)
    assert caught.value.message == sentence


def test_the_options_on_the_wire_are_these():
    assert list(schema(Options)) == [
        "strength",
        "bokeh",
        "mask",
        "people",
        "target",
        "point",
        "points",
        "depth",
        "depthNear",
        "focus",
        "grain",
        "fallback",
        "output",
        "background",
        "format",
        "quality",
        "metadata",
        "maxSide",
    ]


@pytest.mark.parametrize("colour", [(1.0, 2, 3), (True, 2, 3), (0.5, 2, 3), (1, 2, 256)])
def test_a_colour_made_in_python_has_whole_numbers(colour):
    with pytest.raises(ValueError, match=r"^background must be a colour in hexadecimal digits"):
        Options(output="cutout", background=colour)
