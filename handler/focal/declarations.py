"""Values declared once: a dataclass field that carries its own type, range, unit, default and description.

Options (a request's) and settings (a server's) are declared with these, and validation, the describe answer and the
documents are all made from the declarations.

    @dataclass(frozen=True, kw_only=True)
    class Options:
        strength: float = number(0.04, low=0.0, high=0.15, unit="of the longer side", about="How much to blur.")

    Options(**read(Options, {"strength": 0.1}))
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, Protocol

from .errors import similar_names

# Of the known names for one that is not known.
MOST_SUGGESTIONS = 3
# One way to read each text: with several, a long one that is none would take hours.
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_SPACES = " \t\r\n"


@dataclass(frozen=True)
class Number:
    """A number within [low, high]; `whole` ones are ints, and may be written with a point, as JSON Schema has it."""

    low: float
    high: float
    unit: str
    about: str
    whole: bool = False

    def check(self, name: str, value: object) -> float | int:
        """Return `value` as this number; raise ValueError with a sentence that names it if it is not one."""
        kind = "a whole number" if self.whole else "a number"
        refusal = ValueError(f"{name} must be {kind} from {self.low:.12g} to {self.high:.12g}.")
        if isinstance(value, bool) or not isinstance(value, Real):
            raise refusal
        given: Any = value  # numpy's are numbers, too
        if not self.low <= given <= self.high or (self.whole and given != int(given)):
            raise refusal
        return int(given) if self.whole else float(given)

    def from_text(self, text: str) -> object:
        """Read a form field's or an environment variable's text; what is no number comes back as it was."""
        return number_in(text)

    def schema(self) -> dict[str, Any]:
        """This declaration in JSON Schema's words."""
        return {
            "type": "integer" if self.whole else "number",
            "minimum": self.low,
            "maximum": self.high,
            "description": f"{self.about} Unit: {self.unit}.",
        }


def number_in(text: str) -> float | str:
    """The number that a text writes in decimal digits, as JSON has them; what is none comes back as it was.

    A plus, a point without digits beside it, leading zeros and spaces around are taken, too, since people write them.
    """
    written = text.strip(_SPACES)
    if not _NUMBER.fullmatch(written):  # Python would also read 6_0 and the digits of other scripts
        return text
    return float(written)


class EntryTwice(ValueError):
    """An object in a JSON text has two entries of one name."""


def json_in(text: str | bytes | bytearray) -> object:
    """What a JSON text (RFC 8259) holds; nothing of it is dropped in silence.

    text: bytes are of UTF-8, UTF-16 or UTF-32.
    Raises EntryTwice, or another ValueError for what is no JSON, as NaN is none, or is nested too deeply.
    """
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    entries = dict(pairs)
    if len(entries) < len(pairs):  # Python would keep the last one
        raise EntryTwice("an entry is in it twice")
    return entries


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]
    about: str

    def check(self, name: str, value: object) -> str:
        """Return `value` if it is one of the words; raise ValueError with a sentence that lists them if not."""
        if not isinstance(value, str) or value not in self.words:
            raise ValueError(f"{name} must be one of {', '.join(self.words)}.")
        return value

    def from_text(self, text: str) -> object:
        """Read a form field's or an environment variable's text."""
        return text

    def schema(self) -> dict[str, Any]:
        """This declaration in JSON Schema's words."""
        return {"type": "string", "enum": list(self.words), "description": self.about}


@dataclass(frozen=True)
class Flag:
    """True or false."""

    about: str

    def check(self, name: str, value: object) -> bool:
        """Return `value` if it is a boolean; raise ValueError with a sentence that names it if not."""
        if not isinstance(value, bool):
            raise ValueError(f"{name} must be true or false.")
        return value

    def from_text(self, text: str) -> object:
        """Read a form field's or an environment variable's text; what is neither comes back as it was."""
        return {"true": True, "false": False}.get(text, text)

    def schema(self) -> dict[str, Any]:
        """This declaration in JSON Schema's words."""
        return {"type": "boolean", "description": self.about}


class Declared(Protocol):
    """What a declaration can do; `Number`, `Choice` and `Flag` are some, option_values.py has others."""

    def check(self, name: str, value: object) -> object:
        """Return the valid value, or raise ValueError with a sentence that names it."""

    def from_text(self, text: str) -> object:
        """Read a form field's or an environment variable's text."""

    def schema(self) -> dict[str, Any]:
        """This declaration in JSON Schema's words."""


def declared(default: object, declaration: Declared, *, name: str | None = None) -> Any:
    """Declare a dataclass field by any declaration.

    name: what clients call it, where that is not the field's name: maxSide is max_side in Python.
    """
    return field(default=default, metadata={"declared": declaration, "name": name})


def number(default: float | int, *, low: float, high: float, unit: str, about: str) -> Any:
    """Declare a dataclass field that holds a number; it is whole when its default is an int."""
    return declared(default, Number(low, high, unit, about, whole=isinstance(default, int)))


def choice(default: str, *words: str, about: str) -> Any:
    """Declare a dataclass field that holds one of `default` and `words`."""
    return declared(default, Choice((default, *words), about))


def flag(default: bool, *, about: str) -> Any:
    """Declare a dataclass field that holds True or False."""
    return declared(default, Flag(about))


def declarations(cls: type) -> dict[str, Declared]:
    """The declared fields of a dataclass, a client's name -> declaration, in the order they are written."""
    return {name: f.metadata["declared"] for name, f in _declared_fields(cls).items()}


def read(cls: type, values: Mapping[str, object], *, text: bool = False, others: Sequence[str] = ()) -> dict[str, Any]:
    """Check `values` against the declarations of `cls`; with `text`, they are strings still to be read.

    others: names that are known too, and are read elsewhere.
    Returns the checked values by the names of the fields, ready to be passed to `cls`. Raises ValueError naming the
    first value that is unknown, of the wrong type or out of range.
    """
    known = _declared_fields(cls)
    if text:
        values = values_of_texts(cls, {name: str(value) for name, value in values.items()})
    checked = {}
    for name, value in values.items():
        if name not in known:
            raise ValueError(unknown(name, [*known, *others]))
        checked[known[name].name] = known[name].metadata["declared"].check(name, value)
    return checked


def check_fields(instance: object) -> None:
    """Check what a dataclass's declared fields hold, which may also be as a client writes it; for its __post_init__.

    Raises ValueError naming the first value that is of the wrong type or out of range.
    """
    for name, declared_field in _declared_fields(type(instance)).items():
        value = getattr(instance, declared_field.name)
        if value is not None or declared_field.default is not None:
            checked = declared_field.metadata["declared"].check(name, value)
            object.__setattr__(instance, declared_field.name, checked)


def unknown(name: object, known: Sequence[str]) -> str:
    """The sentence on a name that is not known: the names that may be meant or, if none is like it, all."""
    near = similar_names(str(name), known, MOST_SUGGESTIONS)
    hint = f"did you mean {', '.join(near)}?" if near else f"the known names are {', '.join(known)}."
    return f"{quoted(name)} is not known; {hint}"


def values_of_texts(cls: type, texts: Mapping[str, str]) -> dict[str, object]:
    """What texts stand for by the declarations of `cls`, not checked; those of unknown names stay texts."""
    known = declarations(cls)
    return {name: known[name].from_text(text) if name in known else text for name, text in texts.items()}


def schema(cls: type) -> dict[str, Any]:
    """The declared fields of `cls` as JSON Schema properties, each with its default."""
    fields = _declared_fields(cls)
    return {name: f.metadata["declared"].schema() | {"default": f.default} for name, f in fields.items()}


def _declared_fields(cls: type) -> dict[str, dataclasses.Field[Any]]:
    """The declared fields of a dataclass by their clients' names."""
    return {f.metadata["name"] or f.name: f for f in dataclasses.fields(cls) if "declared" in f.metadata}


def quoted(name: object, longest: int = 40) -> str:
    """A client's own word, made fit to be repeated to it: short, printable ASCII only."""
    word = str(name)[: longest + 1]
    printable = "".join(c if c.isascii() and c.isprintable() else "?" for c in word[:longest])
    return f'"{printable}"' if len(word) <= longest else f'"{printable}…"'
