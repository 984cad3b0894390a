"""Types of command-line arguments: numbers within bounds, which the error messages name."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from focal.declarations import number_in


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A parser of whole numbers from `least` to `most`."""

    def parse(text: str) -> int:
        value = number_in(text, whole=True)
        if not (isinstance(value, int) and least <= value <= most):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return value

    return parse


def real_number(least: float, most: float) -> Callable[[str], float]:
    """A parser of numbers from `least` to `most`."""

    def parse(text: str) -> float:
        value = number_in(text)
        if not (isinstance(value, float) and least <= value <= most):
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least:g} to {most:g}")
        return value

    return parse
