"""Types of command-line arguments: numbers within bounds, which the error messages name, and paths."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from focal.declarations import Number, number_in


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A parser of whole numbers from `least` to `most`."""
    declared = Number(least, most, unit="", about="", whole=True)

    def parse(text: str) -> int:
        try:
            return int(declared.check("", number_in(text)))
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}") from None

    return parse


def real_number(least: float, most: float) -> Callable[[str], float]:
    """A parser of numbers from `least` to `most`."""
    declared = Number(least, most, unit="", about="")

    def parse(text: str) -> float:
        try:
            return declared.check("", number_in(text))
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least:g} to {most:g}") from None

    return parse


def local_path(text: str) -> Path:
    """A path of this machine. A URI, which may hold a password, is refused: it would be the path of a folder "s3:"."""
    scheme, is_uri, _ = text.partition("://")
    if is_uri:
        raise argparse.ArgumentTypeError(f"{scheme}://… is no path of this machine; only scripts/bulk works elsewhere")
    return Path(text)
