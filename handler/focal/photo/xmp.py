"""Single values in XMP, without building a tree of what may be large and hostile."""

from __future__ import annotations

import re

_ATTRIBUTE_OR_ELEMENT = re.compile(rb"(?:\s*=\s*[\"']|\s*>)([^<\"']*)")
MOST_MENTIONS = 100


def value(xmp: bytes, name: str) -> bytes | None:
    """The first value of a property such as "GDepth:Format", an attribute or an element; None if there is none."""
    place, wanted = -1, name.encode()
    for _ in range(MOST_MENTIONS):
        place = xmp.find(wanted, place + 1)
        if place < 0:
            break
        found = _ATTRIBUTE_OR_ELEMENT.match(xmp, place + len(wanted))
        if found and not (place and xmp[place - 1 : place].isalnum()):
            return found[1].strip()
    return None


def number(xmp: bytes, name: str) -> float | None:
    """A property's value as a number; None if there is none."""
    try:
        return float(value(xmp, name) or b"")
    except ValueError:
        return None
