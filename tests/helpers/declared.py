"""What the API's document declares of a field, for comparison with the clients' types."""

from __future__ import annotations

from typing import Any

NULL = (None, {"type": "null"})  # as a value of an enumeration, and as an alternative


def without_null(said: dict[str, Any]) -> dict[str, Any]:
    """A field's schema but for null, which counts as not sent: the clients' types leave such a field out instead."""
    alternatives = said.keys() & {"enum", "anyOf"}
    return said | {word: [each for each in said[word] if each not in NULL] for word in alternatives}
