"""The README says what the code does: its tables are held against the declarations."""

import re

import pytest
from focal import errors
from focal.declared import declarations, schema
from focal.options import Options
from focal.settings import Settings

from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def table(name):
    """The rows of the table behind the comment `<!-- name: … -->`, as lists of cells."""
    behind = README.split(f"<!-- {name}:", 1)[1].split("-->", 1)[1].lstrip("\n")
    lines = behind.split("\n\n", 1)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def said(value):
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def test_the_options_table_names_every_option_with_its_default():
    rows = {row[0].strip("`"): row for row in table("options")}
    assert rows.keys() == declarations(Options).keys()
    for name, option in schema(Options).items():
        assert said(option["default"]) == rows[name][2].strip("`")


def test_the_options_table_names_every_value():
    rows = {row[0].strip("`"): row for row in table("options")}
    for name, option in schema(Options).items():
        if "enum" in option:
            assert re.findall(r"`(\w+)`", rows[name][1]) == option["enum"]
        elif "minimum" in option:
            assert rows[name][1] == f"{option['minimum']:g} to {option['maximum']:g}"


def test_the_limits_table_names_every_setting_with_its_default_and_range():
    rows = {row[0].strip("`"): row for row in table("limits")}
    assert rows.keys() == declarations(Settings).keys()
    for name, setting in schema(Settings).items():
        assert rows[name][1].strip("`").replace(" ", "") == said(setting["default"])


@pytest.mark.parametrize("error", [e for e in errors.FocalError.__subclasses__() if e.code < 500])
def test_the_errors_table_names_every_error_under_its_code(error):
    [row] = [row for row in table("errors") if f"`{error.__name__}`" in row[1]]
    assert row[0] == str(error.code)


def test_every_file_that_the_readme_links_to_is_there():
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        if not link.startswith("http"):
            assert (ROOT / link).exists(), link
