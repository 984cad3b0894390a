"""The options as command-line arguments, made from their declarations; and the settings in the environment."""

from __future__ import annotations

import argparse
import json
import os
import re
from typing import Any

from focal.declarations import declarations, schema
from focal.errors import InvalidOption
from focal.options import Options, read_options
from focal.settings import Settings, load_settings
from setup.console import CommandError

DEPTH_WORDS = schema(Options)["depth"]["enum"]
MAPS = " MAPS is a map of depth, or a folder of maps with the photos' names, to blur by: white is near."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add an argument for each option to the parser."""
    group = parser.add_argument_group("options of the blur")
    for name, declared in schema(Options).items():
        shown = json.dumps(declared["default"]) if declared.get("type") == "boolean" else declared["default"]
        default = "" if shown is None else f" (default: {shown})"
        metavar = (
            "true|false"
            if declared.get("type") == "boolean"
            else "|".join(declared.get("enum", ())) or _range(declared) or name.upper()
        )
        group.add_argument(
            argument_of(name),
            dest=_place(name),
            metavar=f"{metavar}|MAPS" if name == "depth" else metavar,
            help=f"{declared['description']}{MAPS if name == 'depth' else ''}{default}".replace("%", "%%"),
        )


def argument_of(name: str) -> str:
    """The argument of an option: --max-side for maxSide; --picture for output, which names a command's results."""
    return "--picture" if name == "output" else "--" + re.sub("[A-Z]", lambda capital: f"-{capital[0].lower()}", name)


def _place(name: str) -> str:
    """Where the parsed arguments hold an option, apart from a command's own."""
    return f"option_{name}"


def chosen_options(arguments: argparse.Namespace) -> Options:
    """The options in the parsed arguments. Raises InvalidOption, which names the first wrong one."""
    given = {name: getattr(arguments, _place(name)) for name in declarations(Options)}
    maps = chosen_maps(arguments)
    if maps:
        given["depth"] = None
    options = read_options({name: value for name, value in given.items() if value is not None}, text=True)
    if maps and options.mask == "classic":
        raise InvalidOption("The classic mask knows no depth; leave out --depth or --mask.")
    if given["depthNear"] and not maps:
        raise InvalidOption("--depth-near says how maps are meant; leave it out or add --depth MAPS.")
    return options


def chosen_maps(arguments: argparse.Namespace) -> str | None:
    """Where maps of depth are, if they are given in place of a word."""
    place: str | None = getattr(arguments, _place("depth"))
    return None if place in (None, *DEPTH_WORDS) else place


def local_settings() -> Settings:
    """The settings, as FOCAL_* variables have them. Raises CommandError."""
    try:
        return load_settings({}, os.environ)
    except ValueError as error:
        raise CommandError(str(error)) from error


def _range(declared: dict[str, Any]) -> str:
    return f"{declared['minimum']:g}..{declared['maximum']:g}" if "minimum" in declared else ""
