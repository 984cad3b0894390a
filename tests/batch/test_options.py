"""The options on a command line are the declared ones."""

import argparse

import pytest
from batch.options import add_options, argument_of, chosen_maps, chosen_options
from focal.declarations import declarations
from focal.errors import InvalidOption
from focal.option_values import Click
from focal.options import Options


def parsed(*words):
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args(words)


def chosen(*words):
    return chosen_options(parsed(*words))


def test_every_declared_option_has_an_argument():
    parser = argparse.ArgumentParser()
    add_options(parser)
    assert all(argument_of(name) in parser.format_help() for name in declarations(Options))
    assert "--target TARGET" in parser.format_help()
    assert "OPTION_" not in parser.format_help()
    assert [argument_of(name) for name in ("maxSide", "depthNear")] == ["--max-side", "--depth-near"]


def test_without_arguments_the_defaults_hold():
    assert chosen() == Options()


def test_arguments_are_read_as_a_forms_fields_are():
    words = "--strength 0.1 --bokeh gaussian --target 281 --point 0.25,0.5 --fallback never --format png --quality 75"
    assert chosen(*words.split()) == Options(
        strength=0.1, bokeh="gaussian", target=281, point=(0.25, 0.5), fallback="never", format="png", quality=75
    )


def test_depth_is_a_word_or_the_place_of_maps():
    assert chosen("--depth", "flat") == Options(depth="flat")
    assert chosen("--depth", "maps/", "--depth-near", "black", "--focus", "1") == Options(depthNear="black", focus=1.0)
    assert [chosen_maps(parsed("--depth", word)) for word in ("auto", "flat", "maps/")] == [None, None, "maps/"]
    assert chosen_maps(parsed()) is None


@pytest.mark.parametrize("words", ["--depth maps --mask classic", "--depth-near white", "--depth flat --focus 0.5"])
def test_what_says_nothing_of_any_map_is_refused(words):
    with pytest.raises(InvalidOption):
        chosen(*words.split())


def test_a_cut_out_and_points_are_asked_for_by_arguments_too():
    words = ["--points", '[[0.3,0.5],{"x":0.7,"y":0.5,"keep":false}]', "--picture", "cutout", "--max-side", "640"]

    assert chosen(*words, "--background", "#fff") == Options(
        points=(Click(0.3, 0.5), Click(0.7, 0.5, keep=False)), output="cutout", background=(255, 255, 255), max_side=640
    )


def test_a_wrong_value_is_named():
    with pytest.raises(InvalidOption, match=r"Option strength must be a number from 0 to 0\.15"):
        chosen("--strength", "7")
