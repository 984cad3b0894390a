"""What a request may ask for, next to its photo; declared once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .declarations import Number, choice, declared, flag, number, read
from .errors import InvalidOption

DEFAULT_STRENGTH_FRAC = 0.04  # chosen by eye, docs/blur.md
# What counts for an explanation, which shows classes and their maps.
EXPLANATION_OPTIONS = ("mask", "people", "point", "format", "quality")


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
            case [int() | float() as x, int() | float() as y] if 0 <= x <= 1 and 0 <= y <= 1:
                if not isinstance(x, bool) and not isinstance(y, bool):
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
        fraction = {"type": "number", "minimum": 0, "maximum": 1}
        return {"type": "array", "items": fraction, "minItems": 2, "maxItems": 2, "description": self.about}


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
    format: str = choice("jpeg", "png", "webp", about="Format of the images in the answer.")
    quality: int = number(90, low=1, high=100, unit="JPEG/WebP quality", about="Quality of the images in the answer.")
    metadata: str = choice(
        "none",
        "basic",
        about="What stays of the photo's EXIF: with basic its time, camera, lens, artist, copyright and rating.",
    )

    def __post_init__(self) -> None:
        # The published algorithm has a blur of its own, which is never held back and knows no depth.
        of_depth = {
            "depthNear": self.depthNear != "white",
            "focus": self.focus is not None,
            "grain": not self.grain,
        }
        steering = {
            "point": self.point is not None,
            "strength": self.strength != DEFAULT_STRENGTH_FRAC,
            "bokeh": self.bokeh != "lens",
            "fallback": self.fallback == "always",
            **of_depth,
        }
        finding = {
            "target": self.target is not None,
            "people": self.people != "auto",
            "depth": self.depth == "flat",
            "point, where focus is sent,": self.point is not None and self.focus is not None,
        }
        _refuse_both("the classic mask", steering if self.mask == "classic" else {})
        _refuse_both("the mask none", finding if self.mask == "none" else {})
        _refuse_both("flat depth", of_depth if self.depth == "flat" else {})


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
        return Options(**read(Options, values, text=text))
    except ValueError as error:
        raise InvalidOption(f"Option {error}") from error
