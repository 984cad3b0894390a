"""The headers of a request that Focal reads, and those in which the gateway tells what TorchServe would not pass on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# When the request came, the query of its address, and what its client calls the body. TorchServe drops queries, and
# loses parts of what it is told is a form.
RECEIVED, QUERY, CONTENT_TYPE = "x-focal-received", "x-focal-query", "x-focal-content-type"


def header(headers: Mapping[str, Any], wanted: str) -> str:
    """A header's value, or "". TorchServe lists a form's fields among the headers, with values that are no text."""
    values = (value for name, value in headers.items() if name.lower() == wanted and isinstance(value, str))
    return next(values, "")
