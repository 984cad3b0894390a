"""What can be wrong with a request, and how Focal says it.

    FocalError                    type = the class's name
    ├── InvalidJson               400  the body is not the JSON object it should be
    ├── InvalidForm               400  the body is not the form it should be
    ├── InvalidBase64             400  `img` is not base64
    ├── MissingImage              400  there is no photo in the request
    ├── InvalidOption             400  an option is unknown, of the wrong type or out of range
    ├── BodyTooLarge              413  more bytes than the limit
    ├── PhotoTooLarge             413  more pixels, longer sides or a narrower shape than the limits
    ├── AnswerTooLarge            413  the encoded answer would exceed the limit
    ├── UnsupportedFormat         415  not an image of an accepted format
    ├── UndecodablePhoto          422  an accepted format, but broken inside
    ├── Overloaded                503  the machine has too little memory for it at the moment
    ├── TimedOut                  504  it waited, or took, longer than the limit
    └── InternalError             500  a fault of Focal's own; the message says nothing of its inside

Each message is one sentence for the person who sent the request: what was wrong and what to do about it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import ClassVar

TOO_LITTLE_MEMORY = "There is too little memory for the photo at the moment; retry later or send a smaller one."
WENT_WRONG = "Something went wrong inside Focal; please try again, and report it if it happens again."
# Of the letters of two names: how many must be alike for one to be suggested for the other.
LEAST_LIKENESS = 0.6
# Comparing takes time and memory for each letter, so nothing is compared that is far longer than any name.
LONGEST_NAME = 200


class FocalError(Exception):
    """The root of every error that a client may see; raise one of its subclasses, each of which takes its sentence."""

    code: ClassVar[int] = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def type(self) -> str:
        """The error's name on the wire."""
        return type(self).__name__


class InvalidJson(FocalError):
    """The body is not the JSON object it should be."""

    code = 400


class InvalidForm(FocalError):
    """The body is not the form it should be."""

    code = 400


class InvalidBase64(FocalError):
    """`img` is not base64."""

    code = 400


class MissingImage(FocalError):
    """There is no photo in the request."""

    code = 400


class InvalidOption(FocalError):
    """An option is unknown, of the wrong type or out of range."""

    code = 400


class BodyTooLarge(FocalError):
    """The photo has more bytes than the limit."""

    code = 413


class PhotoTooLarge(FocalError):
    """The photo has more pixels, longer sides or a narrower shape than the limits."""

    code = 413


class AnswerTooLarge(FocalError):
    """The encoded answer would exceed the limit."""

    code = 413


class UnsupportedFormat(FocalError):
    """The bytes are not an image of an accepted format."""

    code = 415


class UndecodablePhoto(FocalError):
    """An image of an accepted format that is broken inside."""

    code = 422


class Overloaded(FocalError):
    """The machine has too little memory for the photo at the moment."""

    code = 503

    def __init__(self, message: str = TOO_LITTLE_MEMORY) -> None:
        super().__init__(message)


class TimedOut(FocalError):
    """The request waited, or took, longer than the limit."""

    code = 504


class InternalError(FocalError):
    """A fault of Focal's own."""

    code = 500

    def __init__(self, message: str = WENT_WRONG) -> None:
        super().__init__(message)


@contextmanager
def naming(what: str) -> Iterator[None]:
    """Within the block, the sentence of an error begins with the name of the image that it is about."""
    try:
        yield
    except FocalError as error:
        raise type(error)(f"{what}: {error.message}") from error


def similar_names(word: str, names: Iterable[str], most: int) -> list[str]:
    """Up to `most` of the known names that are spelt much like `word`, in whatever case, the most alike first."""
    if len(word) > LONGEST_NAME:
        return []
    by_folded = {name.casefold(): name for name in names}
    alike = difflib.get_close_matches(word.casefold(), by_folded, most, LEAST_LIKENESS)
    return [by_folded[each] for each in alike]
