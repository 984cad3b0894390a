"""The values that only a request's options have: classes, points and colours, declared as numbers and words are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeGuard

from .declarations import Number, json_in, number_in

MOST_POINTS = 32
# Of an explanation, whose cost they decide.
MOST_CLASSES = 10

_INDEX = Number(0, 999, unit="ImageNet class", about="", whole=True)
# In JSON Schema's words.
_CLASS = {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 999}, {"type": "string"}]}
_FRACTION = {"type": "number", "minimum": 0, "maximum": 1}
_PAIR = {"type": "array", "items": _FRACTION, "minItems": 2, "maxItems": 2}
_COLOUR = re.compile("#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


@dataclass(frozen=True)
class ClassName:
    """An ImageNet class, by index or by label; the classifier knows which labels there are."""

    about: str

    def check(self, name: str, value: object) -> int | str:
        """Return `value` if it can name a class; raise ValueError if not."""
        if isinstance(value, str) and value:
            return value
        try:
            return int(_INDEX.check(name, value))
        except ValueError:
            raise ValueError(f"{name} must be an ImageNet class index from 0 to 999 or a class label.") from None

    def from_text(self, text: str) -> object:
        """Read a form field: a number is an index."""
        return number_in(text)

    def schema(self) -> dict[str, Any]:
        """This declaration in JSON Schema's words."""
        return _CLASS | {"description": self.about}


@dataclass(frozen=True)
class ClassNames:
    """A few ImageNet classes, each by index or by label; as text, JSON."""

    about: str

    def check(self, name: str, value: object) -> tuple[int | str, ...]:
        """Return `value` if it can name classes; raise ValueError if not, or if there are none or too many of them."""
        sent = value if isinstance(value, list | tuple) else []
        if not 0 < len(sent) <= MOST_CLASSES:
            raise ValueError(
                f"{name} must be a list of 1 to {MOST_CLASSES} classes, each an index or a label, "
                'such as ["tabby", 282].'
            )
        return tuple(ClassName("").check(name, each) for each in sent)

    def from_text(self, text: str) -> object:
        """Read a form field: the list in JSON."""
        return _json_or_text(text)

    def schema(self) -> dict[str, Any]:
        """This declaration in JSON Schema's words."""
        return {"type": "array", "items": _CLASS, "minItems": 1, "maxItems": MOST_CLASSES, "description": self.about}


@dataclass(frozen=True)
class Point:
    """A place in a photo: [x, y], fractions of its width and height from the top left corner."""

    about: str

    def check(self, name: str, value: object) -> tuple[float, float]:
        """Return `value` as a point; raise ValueError if it is none."""
        match value:
            case [x, y] if _is_fraction(x) and _is_fraction(y):
                return float(x), float(y)
        raise ValueError(f"{name} must be [x, y], two fractions from 0 to 1 of the photo's width and height.")

    def from_text(self, text: str) -> object:
        """Read a form field: x and y with a comma between, or as in JSON."""
        pair = _json_or_text(text)
        return pair if isinstance(pair, list) else [number_in(part) for part in text.split(",")]

    def schema(self) -> dict[str, Any]:
        """This declaration in JSON Schema's words."""
        return _PAIR | {"description": self.about}


@dataclass(frozen=True)
class Click:
    """A place in a photo, fractions of its width and height, and whether what is there is kept or taken away."""

    x: float
    y: float
    keep: bool = True


@dataclass(frozen=True)
class Clicks:
    """Places to keep or to take away: each [x, y], or {"x": x, "y": y, "keep": false}; as text, JSON."""

    about: str

    def check(self, name: str, value: object) -> tuple[Click, ...]:
        """Return `value` as clicks; raise ValueError if it is something else, or none or too many of them."""
        clicks = [_click(each) for each in value] if isinstance(value, list | tuple) else []
        found = tuple(click for click in clicks if click)
        if not 0 < len(clicks) <= MOST_POINTS or len(found) < len(clicks):
            raise ValueError(
                f"{name} must be a list of 1 to {MOST_POINTS} points, each [x, y] or "
                '{"x": x, "y": y, "keep": false}, '
                "where x and y are fractions from 0 to 1 of the photo's width and height."
            )
        return found

    def from_text(self, text: str) -> object:
        """Read a form field: the list in JSON."""
        return _json_or_text(text)

    def schema(self) -> dict[str, Any]:
        """This declaration in JSON Schema's words."""
        click = {
            "type": "object",
            "properties": {
                "x": _FRACTION,
                "y": _FRACTION,
                "keep": {"type": "boolean", "description": "false takes it away. Default: True."},
            },
            "required": ["x", "y"],
            "additionalProperties": False,
        }
        items = {"anyOf": [_PAIR, click]}
        return {"type": "array", "items": items, "minItems": 1, "maxItems": MOST_POINTS, "description": self.about}


@dataclass(frozen=True)
class HexColour:
    """A colour of sRGB in CSS's hexadecimal digits, with or without the #, which an address would have to escape."""

    about: str

    def check(self, name: str, value: object) -> tuple[int, int, int]:
        """Return `value`, or the colour that it writes, as red, green and blue, 0 to 255; raise ValueError if none."""
        if (
            isinstance(value, tuple)
            and len(value) == 3
            and all(type(each) is int and 0 <= each < 256 for each in value)
        ):
            return value
        if isinstance(value, str) and (match := _COLOUR.fullmatch(value)):
            digits = match[1] if len(match[1]) == 6 else "".join(2 * digit for digit in match[1])
            red, green, blue = bytes.fromhex(digits)
            return red, green, blue
        raise ValueError(f"{name} must be a colour in hexadecimal digits, such as #ffffff.")

    def from_text(self, text: str) -> object:
        """Read a form field."""
        return text

    def schema(self) -> dict[str, Any]:
        """This declaration in JSON Schema's words."""
        return {"type": "string", "pattern": f"^{_COLOUR.pattern}$", "description": self.about}


def _json_or_text(text: str) -> object:
    try:
        return json_in(text)
    except ValueError:
        return text


def _is_fraction(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _click(value: object) -> Click | None:
    """A click, also as clients write it; None for anything else."""
    match value:
        case Click():
            return value
        case [x, y]:
            keep: object = True
        case {"x": x, "y": y, **more} if not more.keys() - {"keep"}:
            keep = True if more.get("keep") is None else more["keep"]
        case _:
            return None
    if _is_fraction(x) and _is_fraction(y) and isinstance(keep, bool):
        return Click(float(x), float(y), keep)
    return None
