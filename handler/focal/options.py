"""What a request may ask for, next to its photo; declared once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from .declarations import Number, choice, declared, flag, number, read
from .errors import InvalidOption

DEFAULT_STRENGTH_FRAC = 0.04  # chosen by eye, docs/blur.md
# What counts for an explanation, which shows classes and their maps.
EXPLANATION_OPTIONS = ("mask", "people", "point", "points", "format", "quality", "maxSide")
MOST_POINTS = 32
# The decoder's limit on a photo's sides, and the least that still shows anything.
LEAST_SIDE_PX, LONGEST_SIDE_PX = 16, 16_383


_FRACTION = {"type": "number", "minimum": 0, "maximum": 1}
_COLOUR = re.compile("#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


@dataclass(frozen=True)
class ClassName:
    """An ImageNet class, by index or by label; the classifier knows which labels there are."""

    about: str

    def check(self, name: str, value: object) -> int | str:
        """Return `value` if it can name a class; raise ValueError if not."""
        if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
            raise ValueError(f"{name} must be an ImageNet class index from 0 to 999 or a class label.")
        return value

    def from_text(self, text: str) -> object:
        """Read a form field: digits are an index."""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else text

    def schema(self) -> dict[str, Any]:
        """This declaration in JSON Schema's words."""
        return {
            "anyOf": [{"type": "integer", "minimum": 0, "maximum": 999}, {"type": "string"}],
            "description": self.about,
        }


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
        """Read a form field: x and y with a comma between."""
        try:
            return [float(part) for part in text.split(",")]
        except ValueError:
            return text

    def schema(self) -> dict[str, Any]:
        """This declaration in JSON Schema's words."""
        return {"type": "array", "items": _FRACTION, "minItems": 2, "maxItems": 2, "description": self.about}


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
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text

    def schema(self) -> dict[str, Any]:
        """This declaration in JSON Schema's words."""
        pair = {"type": "array", "items": _FRACTION, "minItems": 2, "maxItems": 2}
        click = {
            "type": "object",
            "properties": {"x": _FRACTION, "y": _FRACTION, "keep": {"type": "boolean", "default": True}},
            "required": ["x", "y"],
            "additionalProperties": False,
        }
        items = {"anyOf": [pair, click]}
        return {"type": "array", "items": items, "minItems": 1, "maxItems": MOST_POINTS, "description": self.about}


@dataclass(frozen=True)
class HexColour:
    """A colour of sRGB in CSS's hexadecimal digits, with or without the #, which an address would have to escape."""

    about: str

    def check(self, name: str, value: object) -> tuple[int, int, int]:
        """Return `value` as red, green and blue, 0 to 255; raise ValueError if it is no colour."""
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


@dataclass(frozen=True, kw_only=True)
class Options:
    """A request's options; see each declaration for its unit and range."""

    strength: float = number(
        DEFAULT_STRENGTH_FRAC,
        low=0.0,
        high=0.15,
        unit="fraction of the photo's longer side",
        about="Diameter of the background's circle of confusion: how much it is blurred.",
    )
    bokeh: str = choice(
        "lens", "gaussian", about="lens spreads each point into a disc as a lens does; gaussian is soft."
    )
    mask: str = choice(
        "auto",
        "refined",
        "classic",
        "none",
        about="auto takes a phone's own mask of people, if the photo has one, else refined, which holds the subject; "
        "classic is the published algorithm; none goes by depth alone.",
    )
    people: str = choice(
        "auto", "off", about="auto also looks for people, by two networks trained for it; off goes by saliency alone."
    )
    target: int | str | None = declared(
        None, ClassName("Keep this ImageNet class sharp instead of the most probable one (index or label).")
    )
    point: tuple[float, float] | None = declared(
        None, Point("Keep the subject under this point sharp: [x, y], fractions of the photo's width and height.")
    )
    points: tuple[Click, ...] | None = declared(
        None,
        Clicks(
            "Several points: keep what is under each sharp, and take away what is under those with keep false. "
            "Without one to keep, they are taken away from what stands out."
        ),
    )
    depth: str = choice(
        "auto",
        "flat",
        about="auto blurs by distance, by depthImage, the photo's own depth or its ground; flat blurs all alike.",
    )
    depthNear: str = choice("white", "black", about="What is near in depthImage.")  # noqa: N815 (the name on the wire)
    focus: float | None = declared(
        None,
        Number(
            0.0,
            1.0,
            unit="1 is nearest, 0 farthest",
            about="The disparity that is in focus, instead of the subject's.",
        ),
    )
    grain: bool = flag(
        True, about="Whether what is blurred by its depth gets the photo's own grain back, as a lens leaves it."
    )
    fallback: str = choice(
        "auto",
        "always",
        "never",
        about="When to blur only gently: auto does where the mask is likely wrong or the phone has blurred already, "
        "always and never whatever it is.",
    )
    output: str = choice(
        "blurred",
        "cutout",
        "mask",
        about="The picture to make: the blurred photo, the subject alone on transparency or a background, or the mask.",
    )
    background: tuple[int, int, int] | None = declared(
        None, HexColour("Colour behind a cut-out, in sRGB, such as #ffffff; without it, a cut-out is transparent.")
    )
    format: str = choice("jpeg", "png", "webp", about="Format of the images in the answer; of a transparent one, png.")
    quality: int = number(90, low=1, high=100, unit="JPEG/WebP quality", about="Quality of the images in the answer.")
    metadata: str = choice(
        "none",
        "basic",
        about="What stays of the photo's EXIF: with basic its time, camera, lens, artist, copyright and rating.",
    )

    max_side: int | None = declared(
        None,
        Number(LEAST_SIDE_PX, LONGEST_SIDE_PX, "pixels", "Longest side of the answer's images.", whole=True),
        name="maxSide",
    )

    def __post_init__(self) -> None:
        of_depth = {
            "depthNear": self.depthNear != "white",
            "focus": self.focus is not None,
            "grain": not self.grain,
        }
        points = {"point": self.point is not None, "points": self.points is not None}
        blurring = {
            "grain": not self.grain,
            "strength": self.strength != DEFAULT_STRENGTH_FRAC,
            "bokeh": self.bokeh != "lens",
            "fallback": self.fallback == "always",
        }
        finding = {
            "target": self.target is not None,
            "people": self.people != "auto",
            "points": self.points is not None,
            "depth": self.depth == "flat",
            "point, where focus is sent,": self.point is not None and self.focus is not None,
        }
        if all(points.values()):
            raise ValueError("point is in points already; send one of the two.")
        # The published algorithm has a blur of its own, which is never held back and knows no depth.
        _refuse_both("the classic mask", points | blurring | of_depth if self.mask == "classic" else {})
        _refuse_both("the mask none", finding if self.mask == "none" else {})
        _refuse_both("flat depth", of_depth if self.depth == "flat" else {})
        _refuse_both(f"output={self.output}, which is not blurred", blurring if self.output != "blurred" else {})
        if self.output != "cutout" and self.background is not None:
            raise ValueError("background is for output=cutout alone; add that, or leave it out.")
        if self.output == "mask" and self.metadata != "none":
            raise ValueError("metadata has no effect on output=mask; leave out one of the two.")

    @property
    def clicks(self) -> tuple[Click, ...]:
        """The point or the points, or none."""
        return (Click(*self.point),) if self.point else self.points or ()

    @property
    def is_transparent(self) -> bool:
        """Whether the picture is to be transparent, which a JPEG cannot be."""
        return self.output == "cutout" and self.background is None

    @property
    def image_format(self) -> str:
        """The format of the images: that asked for, or PNG in place of the default where the picture is transparent."""
        return "png" if self.is_transparent and self.format == "jpeg" else self.format


def _refuse_both(what: str, steering: Mapping[str, bool]) -> None:
    """Refuse the first option that has no effect on what is chosen."""
    name = next((name for name, steers in steering.items() if steers), None)
    if name:
        raise ValueError(f"{name} cannot steer {what}; leave out one of the two.")


def read_options(values: Mapping[str, object], *, text: bool = False) -> Options:
    """The options among a request's fields; with `text`, they came as strings of a form.

    Raises InvalidOption naming the first one that is unknown, of the wrong type or out of range.
    """
    try:
        options = Options(**read(Options, values, text=text))
        if options.is_transparent and values.get("format") == "jpeg":
            raise ValueError("format=jpeg cannot be transparent; ask for png or webp, or send a background.")
    except ValueError as error:
        raise InvalidOption(f"Option {error}") from error
    return options


def _is_fraction(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _click(value: object) -> Click | None:
    """A click as clients write it; None for anything else."""
    match value:
        case [x, y]:
            keep: object = True
        case {"x": x, "y": y, **more} if not more.keys() - {"keep"}:
            keep = more.get("keep", True)
        case _:
            return None
    if _is_fraction(x) and _is_fraction(y) and isinstance(keep, bool):
        return Click(float(x), float(y), keep)
    return None
