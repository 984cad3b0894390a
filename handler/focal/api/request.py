"""A request as TorchServe hands it over -> the photo's bytes, the options, and the kind of answer that is wanted."""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..declarations import Number, quoted
from ..errors import InvalidBase64, InvalidJson, InvalidOption, MissingImage, TimedOut
from ..options import Options, read_options
from ..photo.client_mask import ClientMask
from ..photo.decode import looks_like_a_photo

PHOTO_FIELDS = ("img", "image", "file", "data")  # of a form; JSON has `img` only
MASK_FIELD = "maskImage"
# What an answer says of a photo, and who sends its mask back may send along.
KNOWN_FIELDS = ("class", "probability")
RECEIVED = "x-focal-received"
BODY_FIELD = "body"  # TorchServe's own name for a body that is not a form
ANSWER_KINDS = {"application/json": None, "image/jpeg": "jpeg", "image/png": "png", "image/webp": "webp"}

# Three bytes of JSON can become a hundred of memory. The object is flat and has a handful of entries: that many commas
# are never needed.
MOST_JSON_COMMAS = 1000

PROBABILITY = Number(0.0, 1.0, unit="fraction", about="The class's probability, as an answer gives it.")

_URL_SAFE_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_WHITE_SPACE = " \t\r\n\f\v"
_SECONDS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")
_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
_HOW_TO_SEND = 'send {"img": "<base64>"} as application/json, the image itself, or a form with the file in "img"'


@dataclass(frozen=True)
class Request:
    """A parsed request.

    photo: the encoded image file.   picture_format: jpeg, png or webp if the blurred picture itself is wanted as the
    answer's body, None if the answer is JSON.   mask: what the client sent to be used instead of a mask of Focal's own.
    """

    photo: bytes
    options: Options
    picture_format: str | None
    mask: ClientMask | None = None


def parse_request(row: Mapping[str, Any], headers: Mapping[str, Any]) -> Request:
    """Parse a row: {"body": bytes, text or decoded JSON}, or a form's {field: bytes or text}.

    headers: the request's; names in any case.
    Raises InvalidJson, InvalidBase64, MissingImage or InvalidOption.
    """
    picture_format = wanted_picture(_header(headers, "accept"))
    if row.keys() != {BODY_FIELD}:
        return _from_form(row, picture_format)
    body = row[BODY_FIELD]
    says_json = "json" in _header(headers, "content-type").lower()
    if isinstance(body, str) and not says_json:  # TorchServe decodes text/plain
        body = body.encode(errors="replace")
    if isinstance(body, bytes | bytearray):
        # The bytes decide where they can: curl's --data-binary calls a photo a form unless it is told otherwise.
        if not _starts_as_json(body) and (looks_like_a_photo(body) or not says_json):
            return Request(bytes(body), Options(), picture_format)
        body = _read_json(body)
    return _from_json(body, picture_format)


def refuse_late(headers: Mapping[str, Any], max_wait_s: float, now_s: float) -> None:
    """Refuse a request whose client has been told 504 meanwhile: an overload must not outlast itself.

    headers: the gateway notes when it took the request, in seconds since 1970, as `now_s` is; without, none is late.
    Raises TimedOut.
    """
    taken = _header(headers, RECEIVED)
    if _SECONDS.fullmatch(taken) and now_s - float(taken) > max_wait_s:
        raise TimedOut(f"The photo waited longer than the limit of {max_wait_s:g} seconds; send it again later.")


def wanted_picture(accept: str) -> str | None:
    """The format in which an Accept header asks for the picture itself (RFC 9110, 12.5.1), or None if it takes JSON.

    The kind with the highest weight wins; among equals, the one that is named most exactly, then the one named first.
    Whoever accepts nothing that there is gets JSON.
    """
    ranges = [_media_range(item) for item in accept.split(",")]
    ranked = []
    for kind, picture_format in ANSWER_KINDS.items():
        patterns = ("*/*", kind.partition("/")[0] + "/*", kind)  # from vague to exact
        matches = [(patterns.index(name), -n, weight) for n, (name, weight) in enumerate(ranges) if name in patterns]
        exactness, order, weight = max(matches, default=(0, 0, 0.0))
        if weight > 0:
            ranked.append(((weight, exactness, order), picture_format))
    return max(ranked, key=lambda rank: rank[0], default=(None, None))[1]


def decode_base64(text: object, name: str = "img") -> bytes:
    """Base64 of the standard or the URL-safe alphabet, padded or not, with white space and a data: prefix tolerated.

    Raises InvalidBase64, in which the field is called `name`, on anything else.
    """
    if not isinstance(text, str):
        raise InvalidBase64(f'"{name}" must be a string of base64.')
    text = text.lstrip(_WHITE_SPACE)
    if text[:5].lower() == "data:":
        prefix, comma, text = text.partition(",")
        if not comma or not prefix.lower().endswith(";base64"):
            raise InvalidBase64(f'A data: URL in "{name}" must be of the form data:image/jpeg;base64,<data>.')
    try:
        return _decode_base64(text)
    except ValueError as error:
        raise InvalidBase64(f'"{name}" is not base64; encode the bytes of the image file as base64.') from error


def _decode_base64(text: str) -> bytes:
    try:
        return _strictly(text)  # what nearly all send, without a copy
    except ValueError:
        encoded = text.encode("ascii").translate(None, delete=_WHITE_SPACE.encode())
    if b"-" in encoded or b"_" in encoded:
        if b"+" in encoded or b"/" in encoded:
            raise ValueError("two alphabets at once")
        encoded = encoded.translate(_URL_SAFE_TO_STANDARD)
    return _strictly(encoded if b"=" in encoded else encoded + b"=" * (-len(encoded) % 4))


def _strictly(encoded: str | bytes) -> bytes:
    if len(encoded) % 4 or encoded[-3:] in ("===", b"==="):  # Python's strict mode lets some excess padding pass
        raise ValueError("wrong padding")
    return binascii.a2b_base64(encoded, strict_mode=True)


def _header(headers: Mapping[str, Any], wanted: str) -> str:
    """A header's value, or "". TorchServe lists a form's fields among the headers, with values that are no text."""
    values = (value for name, value in headers.items() if name.lower() == wanted and isinstance(value, str))
    return next(values, "")


def _media_range(item: str) -> tuple[str, float]:
    """`image/png;q=0.5` -> its name and weight; a weight that is none counts as 0."""
    name, *parameters = (part.strip().lower() for part in item.split(";"))
    weight = next((p for p in parameters if p.startswith("q=")), "q=1")
    match = _WEIGHT.fullmatch(weight)
    return name, float(match[1]) if match else 0.0


def _starts_as_json(body: bytes | bytearray) -> bool:
    """Whether a body opens an object or a list, as no image does."""
    return body[:64].lstrip()[:1] in (b"{", b"[")


def _read_json(body: bytes | bytearray) -> object:
    if body.count(b",") > MOST_JSON_COMMAS:
        raise InvalidJson(f"The JSON body has more than {MOST_JSON_COMMAS} entries; {_HOW_TO_SEND}.")
    try:
        return json.loads(body, object_pairs_hook=_object_without_repetition, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise InvalidJson(f"The body is not valid JSON; {_HOW_TO_SEND}.") from error


def _object_without_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise InvalidJson("The JSON object has an entry twice; send each once.")
    return entries


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _from_json(body: object, picture_format: str | None) -> Request:
    if not isinstance(body, dict):
        raise InvalidJson(f"The JSON body must be an object; {_HOW_TO_SEND}.")
    if "img" not in body:
        raise MissingImage(f'The JSON object has no "img"; {_HOW_TO_SEND}.')
    photo = decode_base64(body["img"])
    mask = decode_base64(body[MASK_FIELD], MASK_FIELD) if MASK_FIELD in body else None
    known = {name: body[name] for name in KNOWN_FIELDS if body.get(name) is not None}
    options = read_options({name: body[name] for name in body if name not in ("img", MASK_FIELD, *KNOWN_FIELDS)})
    return Request(photo, options, picture_format, _client_mask(mask, known, options))


def _from_form(row: Mapping[str, Any], picture_format: str | None) -> Request:
    photos = [name for name in PHOTO_FIELDS if name in row]
    if not photos:
        raise MissingImage(f"The request holds no photo; {_HOW_TO_SEND}.")
    photo = _file(row, photos[0])
    mask = _file(row, MASK_FIELD) if MASK_FIELD in row else None
    fields = {name: _text(name, value) for name, value in row.items() if name not in (photos[0], MASK_FIELD)}
    known: dict[str, object] = {name: fields.pop(name) for name in KNOWN_FIELDS if name in fields}
    if "probability" in known:
        known["probability"] = PROBABILITY.from_text(str(known["probability"]))
    options = read_options(fields, text=True)
    return Request(photo, options, picture_format, _client_mask(mask, known, options))


def _client_mask(image: bytes | None, known: Mapping[str, object], options: Options) -> ClientMask | None:
    """The client's mask, if it sent one. Raises InvalidOption if what came with it, or without it, makes no sense."""
    if image is None:
        if known:
            raise InvalidOption(f"{' and '.join(known)} can only be sent along with maskImage; leave out or add it.")
        return None
    if options.mask == "classic" or options.target is not None or options.point is not None:
        raise InvalidOption("maskImage takes the place of mask, target and point; send it without them.")
    label, probability = (known.get(name) for name in KNOWN_FIELDS)
    if label is not None and not isinstance(label, str):
        raise InvalidOption("class must be a class label, as an answer gives it.")
    try:
        sent = None if probability is None else float(PROBABILITY.check("probability", probability))
    except ValueError as error:
        raise InvalidOption(str(error)) from error
    return ClientMask(image, label, sent)


def _file(row: Mapping[str, Any], name: str) -> bytes:
    """The image file in a field of a form. Raises MissingImage if it is none."""
    file = row[name]
    if isinstance(file, str):
        file = file.encode(errors="replace")
    if not isinstance(file, bytes | bytearray):  # TorchServe may make a number of a part
        raise MissingImage(f'"{name}" of the form is not an image file; {_HOW_TO_SEND}.')
    return bytes(file)


def _text(name: str, value: object) -> str:
    try:
        if isinstance(value, bytes | bytearray):
            return value.decode()
        if isinstance(value, str):
            return value
    except UnicodeDecodeError:
        pass
    raise InvalidOption(f"Field {quoted(name)} of the form is neither the photo nor text; send options as text.")
