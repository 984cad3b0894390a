"""A request as TorchServe hands it over -> the photo's bytes, the options, and the kind of answer that is wanted."""

from __future__ import annotations

import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import InvalidBase64, InvalidJson, InvalidOption, MissingImage
from .options import Options, read_options

PHOTO_FIELDS = ("img", "image", "file", "data")  # of a form; JSON has `img` only
BODY_FIELD = "body"  # TorchServe's own name for a body that is not a form
ANSWER_FORMATS = {"image/jpeg": "jpeg", "image/png": "png", "image/webp": "webp"}

_URL_SAFE_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_HOW_TO_SEND = 'send {"img": "<base64>"} as application/json, the image itself, or a form with the file in "img"'


@dataclass(frozen=True)
class Request:
    """A parsed request.

    photo: the encoded image file.   picture_format: jpeg, png or webp if the blurred picture itself is wanted as the
    answer's body, None if the answer is JSON.
    """

    photo: bytes
    options: Options
    picture_format: str | None


def parse_request(row: Mapping[str, Any], headers: Mapping[str, Any]) -> Request:
    """Parse a row: {"body": bytes, text or decoded JSON}, or a form's {field: bytes or text}.

    headers: the request's; names in any case.
    Raises InvalidJson, InvalidBase64, MissingImage or InvalidOption.
    """
    accept = next((value for name, value in headers.items() if name.lower() == "accept"), "")
    picture_format = wanted_picture(str(accept))
    if BODY_FIELD not in row:
        return _from_form(row, picture_format)
    body = row[BODY_FIELD]
    if isinstance(body, str):  # text/plain
        body = body.encode()
    if isinstance(body, bytes | bytearray):
        if not _is_json(body, headers):
            return Request(bytes(body), Options(), picture_format)
        body = _read_json(body)
    return _from_json(body, picture_format)


def wanted_picture(accept: str) -> str | None:
    """The format in which an Accept header asks for the picture itself (RFC 9110, 12.5.1), or None if it takes JSON."""
    best_weight, best = 0.0, None
    for item in accept.split(","):
        kind, *parameters = (part.strip().lower() for part in item.split(";"))
        weight = next((_weight(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
        answers = kind in ANSWER_FORMATS or kind in ("application/json", "application/*", "*/*", "image/*")
        if answers and weight > best_weight:
            best_weight, best = weight, "jpeg" if kind == "image/*" else ANSWER_FORMATS.get(kind)
    return best


def decode_base64(text: str) -> bytes:
    """Base64 of the standard or the URL-safe alphabet, padded or not, with white space and a data: prefix tolerated.

    Raises InvalidBase64 on anything else.
    """
    if text[:5].lower() == "data:":
        prefix, comma, text = text.partition(",")
        if not comma or not prefix.lower().endswith(";base64"):
            raise InvalidBase64('A data: URL in "img" must be of the form data:image/jpeg;base64,<data>.')
    try:
        encoded = text.encode("ascii").translate(_URL_SAFE_TO_STANDARD, delete=b" \t\r\n\f\v")
        bare = encoded.rstrip(b"=")
        padding = b"=" * (-len(bare) % 4)
        if encoded != bare and encoded != bare + padding:
            raise ValueError("wrong padding")
        return binascii.a2b_base64(bare + padding, strict_mode=True)
    except ValueError as error:
        raise InvalidBase64('"img" is not base64; encode the bytes of the image file as base64.') from error


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _is_json(body: bytes | bytearray, headers: Mapping[str, Any]) -> bool:
    """Whether a body is meant as JSON: by its content type, or because it starts as no image does."""
    content_type = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    return "json" in str(content_type).lower() or body[:64].lstrip()[:1] in (b"{", b"[")


def _read_json(body: bytes | bytearray) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise InvalidJson(f"The body is not valid JSON; {_HOW_TO_SEND}.") from error


def _from_json(body: object, picture_format: str | None) -> Request:
    if not isinstance(body, dict):
        raise InvalidJson(f"The JSON body must be an object; {_HOW_TO_SEND}.")
    if "img" not in body:
        raise MissingImage(f'The JSON object has no "img"; {_HOW_TO_SEND}.')
    photo = body["img"]
    if not isinstance(photo, str):
        raise InvalidBase64('"img" must be a string of base64.')
    options = read_options({name: value for name, value in body.items() if name != "img"})
    return Request(decode_base64(photo), options, picture_format)


def _from_form(row: Mapping[str, Any], picture_format: str | None) -> Request:
    photos = [name for name in PHOTO_FIELDS if name in row]
    if not photos:
        raise MissingImage(f"The request holds no photo; {_HOW_TO_SEND}.")
    fields = {name: _text(name, value) for name, value in row.items() if name != photos[0]}
    photo = row[photos[0]]
    return Request(
        photo.encode() if isinstance(photo, str) else bytes(photo), read_options(fields, text=True), picture_format
    )


def _text(name: str, value: object) -> str:
    try:
        return bytes(value).decode() if isinstance(value, bytes | bytearray) else str(value)
    except UnicodeDecodeError as error:
        raise InvalidOption("A field of the form is neither the photo nor text; send options as text.") from error
