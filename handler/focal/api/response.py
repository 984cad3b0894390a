"""What was found -> the bytes of the answer: JSON, or the picture itself."""

from __future__ import annotations

import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import FocalError
from ..photo.encode import check_length
from ..settings import Settings

JSON_TYPE = "application/json"
ARCHIVE_TYPE = "application/zip"


@dataclass(frozen=True)
class Answer:
    """One row's answer: status code, content type, body, and headers to send with it."""

    body: bytes
    content_type: str = JSON_TYPE
    code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(values: Mapping[str, Any], settings: Settings, headers: Mapping[str, str] | None = None) -> Answer:
    """A JSON object; encoded images in it (bytes, at any depth) are written as base64.

    Raises AnswerTooLarge if the body would exceed the limit.
    """
    parts = list(_json_parts(values))
    check_length(sum(map(len, parts)), settings.max_answer_bytes)
    return Answer(b"".join(parts), headers=headers or {})


def picture_answer(
    picture: bytes,
    image_format: str,
    label: str | None,
    probability: float | None,
    settings: Settings,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """The blurred picture itself; class and probability, where known, in headers. Raises AnswerTooLarge."""
    check_length(len(picture), settings.max_answer_bytes)
    known = {}
    if label is not None:
        known["X-Focal-Class"] = label
    if probability is not None:
        known["X-Focal-Probability"] = f"{probability:.6f}"
    return Answer(picture, f"image/{image_format}", headers=known | dict(headers or {}))


def archive_answer(archive: bytes, settings: Settings) -> Answer:
    """A NumPy archive, which is a zip file. Raises AnswerTooLarge."""
    check_length(len(archive), settings.max_answer_bytes)
    return Answer(archive, ARCHIVE_TYPE)


def error_answer(error: FocalError) -> Answer:
    """The contract's error object; a header carries it as well, by which the gateway knows it as Focal's own."""
    body = {"code": error.code, "type": error.type, "message": error.message}
    text = json.dumps(body, separators=(",", ":"))  # ASCII on one line, as a header must be
    return Answer(text.encode(), code=error.code, headers={"X-Focal-Error": text})


def _json_parts(value: object) -> Iterator[bytes]:
    """The pieces of a JSON text. Unlike json.dumps, no copies of the images are made, and they are nearly all of it."""
    if isinstance(value, bytes):
        yield b'"'
        yield binascii.b2a_base64(value, newline=False)
        yield b'"'
    elif isinstance(value, Mapping):
        for n, (name, item) in enumerate(value.items()):
            yield (b"," if n else b"{") + json.dumps(name).encode() + b":"
            yield from _json_parts(item)
        yield b"}" if value else b"{}"
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for n, item in enumerate(value):
            yield b"," if n else b"["
            yield from _json_parts(item)
        yield b"]" if value else b"[]"
    else:
        yield json.dumps(value, allow_nan=False).encode()
