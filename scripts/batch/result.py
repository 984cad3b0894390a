"""The result of one photo: a line of a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .names import without_credentials

# Errors that are not the photo's fault, so that another attempt may succeed; the last is one of focal.errors, too.
UNREADABLE, UNWRITABLE, INTERRUPTED, OVERLOADED = PASSING = ("Unreadable", "Unwritable", "Interrupted", "Overloaded")


@dataclass(frozen=True)
class Result:
    """The result of one photo. If it failed, `type` and `message` say why.

    probability: of the class `label`.   confidence: in the mask, None where it is unknown. Both 0..1.
    seconds: from reading the photo to its saved result.   depth: where it comes from: image, photo, ground or flat.
    """

    file: str
    output: str | None = None
    label: str | None = None
    probability: float | None = None
    confidence: float | None = None
    seconds: float | None = None
    depth: str | None = None
    type: str | None = None
    message: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the photo was blurred."""
        return self.type is None

    def as_json(self) -> dict[str, Any]:
        """The result as a JSON object, for reports and `--json`."""
        values = {"file": self.file, "status": "ok" if self.ok else "error", "class": self.label}
        values |= {name: value for name, value in vars(self).items() if name not in ("file", "label")}
        return {name: round(value, 6) if isinstance(value, float) else value for name, value in values.items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Result:
        """The result that `as_json` wrote. Raises KeyError or TypeError if `values` is something else."""
        kept = {name: value for name, value in values.items() if name not in ("status", "class")}
        return cls(**kept, label=values["class"])


def sentence(error: Exception) -> str:
    """An error's text, as a sentence for a result's message: its first line, without credentials."""
    text = str(getattr(error, "strerror", None) or error).partition("\n")[0].rstrip(" .") or type(error).__name__
    return f"{without_credentials(text)}."
