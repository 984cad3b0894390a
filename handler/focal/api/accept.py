"""Which kind of answer a client wants (RFC 9110, 12.5.1): JSON, or the picture itself in one of three formats."""

from __future__ import annotations

import re

from ..errors import InvalidOption

ANSWER_KINDS = {"application/json": None, "image/jpeg": "jpeg", "image/png": "png", "image/webp": "webp"}

_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")


def picture_format(accept: str, named: str | None) -> str | None:
    """`wanted_picture`, or, where a picture is wanted, the format that the client names as an option.

    Raises InvalidOption if the header does not take that format.
    """
    wanted = wanted_picture(accept)
    if wanted is None or named in (None, wanted):
        return wanted
    if named in _acceptable(accept):
        return named
    raise InvalidOption(f"format is {named}, but Accept asks for image/{wanted}; leave out one of the two.")


def wanted_picture(accept: str) -> str | None:
    """The format in which an Accept header asks for the picture itself (RFC 9110, 12.5.1), or None if it takes JSON.

    The kind with the highest weight wins; among equals, the one that is named most exactly, then the one named first.
    A header that takes none of the four kinds gets JSON, too.
    """
    ranked = _acceptable(accept)
    return max(ranked, key=ranked.__getitem__, default=None)


def _acceptable(accept: str) -> dict[str | None, tuple[float, int, int]]:
    """The kinds of answer that an Accept header takes, each with its weight, exactness and place; JSON is None."""
    ranges = [_media_range(item) for item in accept.split(",")]
    ranked = {}
    for kind, picture_format in ANSWER_KINDS.items():
        patterns = ("*/*", kind.partition("/")[0] + "/*", kind)  # from vague to exact
        matches = [(patterns.index(name), -n, weight) for n, (name, weight) in enumerate(ranges) if name in patterns]
        exactness, order, weight = max(matches, default=(0, 0, 0.0))
        if weight > 0:
            ranked[picture_format] = (weight, exactness, order)
    return ranked


def _media_range(item: str) -> tuple[str, float]:
    """`image/png;q=0.5` -> its name and weight; a weight that is none counts as 0."""
    name, *parameters = (part.strip().lower() for part in item.split(";"))
    weight = next((p for p in parameters if p.startswith("q=")), "q=1")
    match = _WEIGHT.fullmatch(weight)
    return name, float(match[1]) if match else 0.0
