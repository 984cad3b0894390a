"""The error tree is what the wire contract says it is."""

import focal.errors
import pytest
from focal.errors import LONGEST_NAME, FocalError, InternalError, InvalidOption, naming, similar_names

CONTRACT = {
    "InvalidJson": 400,
    "InvalidForm": 400,
    "InvalidBase64": 400,
    "MissingImage": 400,
    "InvalidOption": 400,
    "BodyTooLarge": 413,
    "PhotoTooLarge": 413,
    "AnswerTooLarge": 413,
    "UnsupportedFormat": 415,
    "UndecodablePhoto": 422,
    "Overloaded": 503,
    "TimedOut": 504,
    "InternalError": 500,
}


def test_the_tree_holds_the_contracts_types_and_codes_and_no_others():
    assert {kind.__name__: kind.code for kind in FocalError.__subclasses__()} == CONTRACT


def test_an_errors_type_on_the_wire_is_its_class():
    assert InvalidOption("Option x is not known.").type == "InvalidOption"


def test_an_internal_error_says_nothing_of_the_inside():
    assert InternalError().message.startswith("Something went wrong inside Focal")


@pytest.mark.parametrize(("name", "code"), CONTRACT.items())
def test_the_drawing_at_the_top_of_the_module_shows_each_error(name, code):
    assert any(name in line and str(code) in line for line in focal.errors.__doc__.splitlines())


@pytest.mark.parametrize("kind", FocalError.__subclasses__())
def test_an_error_of_any_kind_can_name_what_it_is_about_and_stays_of_that_kind(kind):
    with pytest.raises(FocalError) as named, naming("maskImage"):
        raise kind("It is broken.")

    assert (type(named.value), named.value.message) == (kind, "maskImage: It is broken.")


NAMES = ("strength", "point", "points", "maxSide")


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("strenght", ["strength"]),
        ("maxside", ["maxSide"]),
        ("pint", ["point", "points"]),
        ("STRENGTH", ["strength"]),
        ("zoom", []),
        ("", []),
        ("strength" * LONGEST_NAME, []),
    ],
)
def test_names_are_near_by_their_letters_in_any_case(word, names):
    assert similar_names(word, NAMES, 3) == names


def test_no_more_names_are_suggested_than_wanted():
    assert similar_names("pint", NAMES, 1) == ["point"]
