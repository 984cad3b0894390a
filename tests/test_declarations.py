"""Declarations check values, read text and describe themselves."""

import math
import time
from dataclasses import dataclass

import numpy as np
import pytest
from focal.declarations import choice, flag, json_in, number, quoted, read, schema


@dataclass(frozen=True, kw_only=True)
class Tea:
    warmth: float = number(80.0, low=20.0, high=100.0, unit="degrees", about="How warm.")
    cups: int = number(1, low=1, high=1_000_000, unit="cups", about="How many.")
    kind: str = choice("green", "black", about="Which.")
    milk: bool = flag(False, about="Whether with milk.")


def test_valid_values_come_back_as_they_are():
    assert read(Tea, {"warmth": 60, "cups": 2, "kind": "black", "milk": True}) == {
        "warmth": 60.0,
        "cups": 2,
        "kind": "black",
        "milk": True,
    }


def test_text_is_read_as_what_the_declaration_holds():
    assert read(Tea, {"warmth": "60.5", "cups": "2", "kind": "black", "milk": "true"}, text=True) == {
        "warmth": 60.5,
        "cups": 2,
        "kind": "black",
        "milk": True,
    }


@pytest.mark.parametrize("value", [20.0, 100.0, 20, 100])
def test_the_ends_of_a_range_belong_to_it(value):
    assert read(Tea, {"warmth": value}) == {"warmth": float(value)}


@pytest.mark.parametrize(
    "value", [19.999, 100.001, math.nan, math.inf, -math.inf, 10**400, True, None, "60", [60], {"warmth": 60}, "\ud800"]
)
def test_what_is_no_number_in_range_is_refused(value):
    with pytest.raises(ValueError, match=r"^warmth must be a number from 20 to 100\.$"):
        read(Tea, {"warmth": value})


@pytest.mark.parametrize("value", [2, 2.0, np.int64(2), np.float32(2)])
def test_a_whole_number_may_be_written_with_a_point(value):
    cups = read(Tea, {"cups": value})["cups"]
    assert (cups, type(cups)) == (2, int)


@pytest.mark.parametrize("value", [0, 1_000_001, 1.5, math.nan, math.inf, 10**400, False, "1"])
def test_what_is_no_whole_number_in_range_is_refused_with_the_range_in_full(value):
    with pytest.raises(ValueError, match=r"^cups must be a whole number from 1 to 1000000\.$"):
        read(Tea, {"cups": value})


@pytest.mark.parametrize("text", ["60", "+60", "60.", "060", " 60\n", "6e1", "600e-1", "6.0E+1"])
def test_a_number_is_digits_with_a_sign_a_point_and_an_exponent_wherever_it_is_written(text):
    assert read(Tea, {"warmth": text}, text=True) == {"warmth": 60.0}


@pytest.mark.parametrize("text", ["20", "+20", "20.", "020", " 20\n", "2e1", "200e-1", "2.0E+1"])
def test_a_whole_number_is_written_as_any_other(text):
    cups = read(Tea, {"cups": text}, text=True)["cups"]
    assert (cups, type(cups)) == (20, int)


@pytest.mark.parametrize("text", ["", " ", "x", "nan", "inf", "1e999", "0x50", "9" * 5000, "60,5", "\x00", "--60"])
def test_text_that_is_no_number_in_range_is_refused(text):
    with pytest.raises(ValueError, match=r"^warmth must be a number from 20 to 100\.$"):
        read(Tea, {"warmth": text}, text=True)


@pytest.mark.parametrize("text", ["6_0", "\u0666\u0660", "\uff16\uff10", "\u00a060", "6 0"])
def test_python_alone_would_read_this_as_a_number(text):
    with pytest.raises(ValueError, match=r"^warmth must be a number from 20 to 100\.$"):
        read(Tea, {"warmth": text}, text=True)
    with pytest.raises(ValueError, match=r"^cups must be"):
        read(Tea, {"cups": text}, text=True)


@pytest.mark.parametrize("before", ["", "1.", "-", "1e"])
def test_a_long_text_that_is_almost_a_number_is_refused_at_once(before):
    begun_s = time.process_time()
    with pytest.raises(ValueError, match=r"^warmth must be a number from 20 to 100\.$"):
        read(Tea, {"warmth": before + "1" * 50_000 + "x"}, text=True)
    assert time.process_time() - begun_s < 1


@pytest.mark.parametrize("value", ["red", "Green", "", None, 1, ["green"], "green\n", "\ud800"])
def test_a_word_that_is_not_among_the_choices_is_refused_with_the_list(value):
    with pytest.raises(ValueError, match=r"^kind must be one of green, black\.$"):
        read(Tea, {"kind": value})


@pytest.mark.parametrize("value", [0, 1, None, "true", "yes", [True]])
def test_what_is_neither_true_nor_false_is_refused(value):
    with pytest.raises(ValueError, match=r"^milk must be true or false\.$"):
        read(Tea, {"milk": value})


@pytest.mark.parametrize("text", ["", "1", "True", "yes", "true ", "\x00"])
def test_text_that_is_neither_true_nor_false_is_refused(text):
    with pytest.raises(ValueError, match=r"^milk must be true or false\.$"):
        read(Tea, {"milk": text}, text=True)


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r'^"sugar" is not known; the known names are warmth, cups, kind, milk\.$'):
        read(Tea, {"sugar": 1})


def test_an_unknown_name_that_is_nearly_a_known_one_is_refused_with_that():
    with pytest.raises(ValueError, match=r'^"wramth" is not known; did you mean warmth\?$'):
        read(Tea, {"wramth": 60})


def test_names_that_are_read_elsewhere_are_named_as_well():
    with pytest.raises(ValueError, match=r"the known names are warmth, cups, kind, milk, biscuits\.$"):
        read(Tea, {"sugar": 1}, others=("biscuits",))


@pytest.mark.parametrize("name", ["a\r\nb", "a\x00b", "a\x1bb", "a\u202eb", "a\ud800b", "a\x7fb"])
def test_an_unknown_name_is_repeated_in_printable_characters_only(name):
    with pytest.raises(ValueError, match=r'^"a\?+b" is not known') as caught:
        read(Tea, {name: 1})
    assert str(caught.value).isprintable()


def test_an_unknown_name_is_repeated_in_its_first_characters_only():
    with pytest.raises(ValueError, match="is not known") as caught:
        read(Tea, {"x" * 1_000_000: 1})
    assert len(str(caught.value)) < 150


def test_of_a_hundred_thousand_unknown_names_one_is_answered():
    with pytest.raises(ValueError, match=r'^"0" is not known') as caught:
        read(Tea, {str(n): n for n in range(100_000)})
    assert len(str(caught.value)) < 150


def test_a_name_that_is_no_text_is_repeated_all_the_same():
    assert quoted(7) == '"7"'


def test_the_schema_holds_type_range_unit_and_default():
    assert schema(Tea) == {
        "warmth": {
            "type": "number",
            "minimum": 20.0,
            "maximum": 100.0,
            "description": "How warm. Unit: degrees.",
            "default": 80.0,
        },
        "cups": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1_000_000,
            "description": "How many. Unit: cups.",
            "default": 1,
        },
        "kind": {"type": "string", "enum": ["green", "black"], "description": "Which.", "default": "green"},
        "milk": {"type": "boolean", "description": "Whether with milk.", "default": False},
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 1, "a": 1}', "an entry is in it twice"),
        ('[{"b": {"a": 1, "a": 2}}]', "an entry is in it twice"),
        ("NaN", "NaN is not JSON"),
        ("[-Infinity]", "-Infinity is not JSON"),
        ("[" * 100_000, "it is nested too deeply"),
        ("{} {}", "Extra data"),
        ("", "Expecting value"),
        (b"\xff", "can't decode"),
    ],
)
def test_json_of_which_something_would_be_lost_is_refused_as_what_is_none(text, reason):
    with pytest.raises(ValueError, match=reason):
        json_in(text)
