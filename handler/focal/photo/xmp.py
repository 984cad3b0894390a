"""Single values in XMP, without building a tree of what may be large and hostile."""

from __future__ import annotations

import re
from functools import lru_cache


def value(xmp: bytes, name: str) -> bytes | None:
    """The first value of a property such as "GDepth:Format", an attribute or an element; None if there is none."""
    found = _pattern(name).search(xmp)
    return found[1].strip() if found else None


def number(xmp: bytes, name: str) -> float | None:
    """A property's value as a number; None if there is none."""
    try:
        return float(value(xmp, name) or b"")
    except ValueError:
        return None


@lru_cache(64)
def _pattern(name: str) -> re.Pattern[bytes]:
    return re.compile(rb"\b" + name.encode() + rb"(?:\s*=\s*[\"']|\s*>)([^<\"']*)")
