"""The options as command-line arguments, made from their declarations; and the settings in the environment."""

from __future__ import annotations

import argparse
import os
from typing import Any

from focal.declarations import declarations, schema
from focal.options import Options, read_options
from focal.settings import Settings, load_settings
from setup.console import CommandError


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add an argument for each option to the parser."""
    group = parser.add_argument_group("options of the blur")
    for name, declared in schema(Options).items():
        default = "" if declared["default"] is None else f" (default: {declared['default']})"
        group.add_argument(
            f"--{name}",
            metavar="|".join(declared.get("enum", ())) or _range(declared),
            help=f"{declared['description']}{default}".replace("%", "%%"),
        )


def chosen_options(arguments: argparse.Namespace) -> Options:
    """The options in the parsed arguments. Raises InvalidOption, which names the first wrong one."""
    given = {name: getattr(arguments, name) for name in declarations(Options)}
    return read_options({name: value for name, value in given.items() if value is not None}, text=True)


def local_settings() -> Settings:
    """The settings, as FOCAL_* variables have them. Raises CommandError."""
    try:
        return load_settings({}, os.environ)
    except ValueError as error:
        raise CommandError(str(error)) from error


def _range(declared: dict[str, Any]) -> str | None:
    return f"{declared['minimum']:g}..{declared['maximum']:g}" if "minimum" in declared else None
