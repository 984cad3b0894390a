"""The README says what the code does: its tables are held against the declarations."""

import re

from focal import errors
from focal.declarations import declarations, schema
from focal.options import Options
from focal.settings import Settings
from server.gateway_errors import gateway_errors

from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def table(name):
    """The rows of the table behind the comment `<!-- name: … -->`, as lists of cells."""
    behind = README.split(f"<!-- {name}:", 1)[1].split("-->", 1)[1].lstrip("\n")
    lines = behind.split("\n\n", 1)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def said(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return "none" if value in (None, "") else f"{value:g}" if isinstance(value, float) else str(value)


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
        elif option.get("type") == "boolean":
            assert rows[name][1] == "`true`, `false`"
        elif "minimum" in option:
            assert rows[name][1] == f"{option['minimum']:g} to {option['maximum']:g}"


def test_the_limits_table_names_every_setting_with_its_default_and_meaning():
    rows = {row[0].strip("`"): row for row in table("limits")}
    assert rows.keys() == declarations(Settings).keys()
    for name, setting in schema(Settings).items():
        assert rows[name][1].strip("`").replace(" ", "") == said(setting["default"])
        assert rows[name][2] == setting["description"]


HANDLERS = {(error.code, error.__name__) for error in errors.FocalError.__subclasses__()}
GATEWAYS = {(error.code, error.type) for error in gateway_errors(Settings(), workers=1)}


def test_the_errors_table_names_every_error_under_its_code():
    rows = [(re.findall(r"\d+", row[0]), re.findall(r"`(\w+)`", row[1])) for row in table("errors")]
    assert {(int(code), kind) for codes, kinds in rows for code in codes for kind in kinds} == HANDLERS | GATEWAYS
