"""A request as TorchServe hands it over -> the photo's bytes, the options, and the kind of answer that is wanted."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from ..declarations import Number, declarations, quoted, values_of_texts
from ..errors import FocalError, InvalidForm, InvalidJson, InvalidOption, MissingImage, TimedOut
from ..options import ExplanationOptions, Options, read_options
from ..photo.client_mask import ClientMask
from ..photo.decode import looks_like_a_photo
from .accept import picture_format, wanted_picture
from .base64_text import decode_base64
from .explanation import OWN_OPTIONS, explanation_options, values_of_explanation_texts
from .form import form_fields, is_form

PHOTO_FIELDS = ("img", "image", "file", "data")  # of a form; JSON has `img` only
MASK_FIELD, DEPTH_FIELD = MAP_FIELDS = ("maskImage", "depthImage")
# What an answer says of a photo, and who sends its mask back may send along.
KNOWN_FIELDS = ("class", "probability")
ANSWER_FIELDS = (*KNOWN_FIELDS, "blurredImage", "maskImage", "unblurredMask")
FIELDS = "fields"  # which of them a JSON answer shall have
# The gateway's words on a request: when it came, the query of its address, and what its client calls the body.
# TorchServe drops queries, and loses parts of what it is told is a form.
RECEIVED, QUERY, CONTENT_TYPE = "x-focal-received", "x-focal-query", "x-focal-content-type"
BODY_FIELD = "body"  # TorchServe's own name for a body that is not a form

# Three bytes of JSON can become a hundred of memory. The object is flat and has a handful of entries: that many commas
# are never needed.
MOST_JSON_COMMAS = 1000
MOST_QUERY_FIELDS = 64

# That a photo of this length holds no byte that is a line break has a chance of 1e-14.
SURELY_HAS_LINE_BREAKS_BYTES = 4096

T = TypeVar("T")

PROBABILITY = Number(0.0, 1.0, unit="fraction", about="The class's probability, as an answer gives it.")

_SECONDS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")
_FILE_NAME = re.compile(rb"[\x20-\x7e]{1,250}\.[A-Za-z]{3,5}")  # which curl sends where the @ before it is forgotten
_HOW_TO_SEND = 'send {"img": "<base64>"} as application/json, the image itself, or a form with the file in "img"'


@dataclass(frozen=True)
class Request:
    """A parsed request.

    photo: the encoded image file.   picture_format: jpeg, png or webp if the blurred picture itself is wanted as the
    answer's body, None if the answer is JSON.   mask: what the client sent to be used instead of a mask of Focal's own.
    depth: the encoded map of depth that it sent.   named: the options that it sent.
    fields: those of a JSON answer that are wanted, in its order.
    explanation: what an explanation is asked for; None if none is.
    """

    photo: bytes
    options: Options
    picture_format: str | None
    mask: ClientMask | None = None
    depth: bytes | None = None
    named: frozenset[str] = frozenset()
    fields: tuple[str, ...] = ANSWER_FIELDS
    explanation: ExplanationOptions | None = None


@dataclass(frozen=True)
class _Parts:
    """What a body holds, however it was packed.

    maps: the encoded images besides the photo, by their fields.   known, options: JSON values, by name.
    """

    photo: bytes
    maps: Mapping[str, bytes]
    known: Mapping[str, object]
    options: Mapping[str, object]


def parse_request(row: Mapping[str, Any], headers: Mapping[str, Any], *, explains: bool = False) -> Request:
    """Parse a row: {"body": bytes, text or decoded JSON}, or a form's {field: bytes or text}.

    headers: the request's; names in any case.   explains: whether it asks for an explanation, with options of its own.
    Whatever was sent counts or is refused. Raises InvalidJson, InvalidForm, InvalidBase64, MissingImage, InvalidOption.
    """
    parts, query = _parts(row, headers, explains=explains), _query(_header(headers, QUERY), explains=explains)
    if twice := [name for name in query if name in parts.options]:
        raise InvalidOption(f"Option {quoted(twice[0])} is in the body and in the address; send it once.")
    sent = {**parts.options, **query}
    if explains:
        return _explanation(parts, sent)
    fields = _fields(sent.pop(FIELDS)) if FIELDS in sent else None
    options = read_options(sent, others=(FIELDS, *MAP_FIELDS, *KNOWN_FIELDS))
    picture = _picture_format(_header(headers, "accept"), options, names_format="format" in sent)
    if fields and picture:
        raise InvalidOption(
            f"fields are of a JSON answer, but Accept asks for image/{picture}; leave out one of the two."
        )
    named = frozenset([*sent, *([FIELDS] if fields else [])])
    mask, depth = _client_mask(parts, options), _client_depth(parts, options, sent)
    return Request(parts.photo, options, picture, mask, depth, named, fields or ANSWER_FIELDS)


def _fields(sent: object) -> tuple[str, ...]:
    """The fields that a JSON answer shall have, in its order, from a list or words with commas between them."""
    names = [name.strip() for name in sent.split(",")] if isinstance(sent, str) else sent
    if not isinstance(names, list) or not names or not all(name in ANSWER_FIELDS for name in names):
        raise InvalidOption(f"fields must be one or more of {', '.join(ANSWER_FIELDS)}, with commas between them.")
    return tuple(name for name in ANSWER_FIELDS if name in names)


def _picture_format(accept: str, options: Options, *, names_format: bool) -> str | None:
    """The format of the picture that is wanted itself. Raises InvalidOption if Accept does not take it."""
    if names_format:
        return picture_format(accept, options.format)
    wanted = wanted_picture(accept)
    if wanted != "jpeg" or not options.is_transparent:
        return wanted
    for transparent in ("png", "webp"):
        with suppress(InvalidOption):
            return picture_format(accept, transparent)
    raise InvalidOption(
        "A JPEG cannot be transparent, as a cut-out is; accept image/png or image/webp, or send a background."
    )


def _explanation(parts: _Parts, sent: Mapping[str, object]) -> Request:
    """A request for an explanation. Raises InvalidOption for what an explanation makes nothing of."""
    for name in MAP_FIELDS:
        if name in parts.maps:
            raise InvalidOption(f"An explanation takes no {name}; send the photo alone.")
    fields = [FIELDS] if FIELDS in sent else []
    options, asked = explanation_options(
        {name: value for name, value in sent.items() if name != FIELDS}, [*parts.known, *fields]
    )
    return Request(parts.photo, options, None, named=frozenset(sent), explanation=asked)


def refuse_late(headers: Mapping[str, Any], max_wait_s: float, now_s: float) -> None:
    """Refuse a request whose client has been told 504 meanwhile: an overload must not outlast itself.

    headers: the gateway notes when it took the request, in seconds since 1970, as `now_s` is; without, none is late.
    Raises TimedOut.
    """
    if now_s - taken_s(headers, now_s) > max_wait_s:
        raise TimedOut(f"The photo waited longer than the limit of {max_wait_s:g} seconds; send it again later.")


def taken_s(headers: Mapping[str, Any], now_s: float) -> float:
    """When a request was taken, as the gateway notes it; without a note, now. In seconds since 1970."""
    taken = _header(headers, RECEIVED)
    return float(taken) if _SECONDS.fullmatch(taken) else now_s


def _header(headers: Mapping[str, Any], wanted: str) -> str:
    """A header's value, or "". TorchServe lists a form's fields among the headers, with values that are no text."""
    values = (value for name, value in headers.items() if name.lower() == wanted and isinstance(value, str))
    return next(values, "")


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


def _parts(row: Mapping[str, Any], headers: Mapping[str, Any], *, explains: bool) -> _Parts:
    if row.keys() != {BODY_FIELD}:
        return _from_form(list(row.items()), explains=explains)
    body = row[BODY_FIELD]
    content_type = _header(headers, CONTENT_TYPE) or _header(headers, "content-type")
    # JSON that curl sends with -d is called an urlencoded form.
    says_urlencoded = "x-www-form-urlencoded" in content_type.lower()
    says_json = says_urlencoded or "json" in content_type.lower()
    if isinstance(body, str) and not says_json:  # TorchServe decodes text/plain
        body = body.encode(errors="replace")
    if isinstance(body, bytes | bytearray):
        # The bytes decide where they can: curl's --data-binary calls a photo a form unless it is told otherwise.
        if looks_like_a_photo(body):
            if says_urlencoded and _has_lost_its_line_breaks(body):
                raise InvalidForm(
                    "The photo has lost bytes, as a file does that curl sends with -d; use --data-binary."
                )
            return _Parts(bytes(body), {}, {}, {})
        if is_form(content_type):
            return _from_form(form_fields(body, content_type), explains=explains)
        if not _starts_as_json(body):
            if says_urlencoded:
                raise InvalidForm(f"The body is an urlencoded form, which holds no files; {_HOW_TO_SEND}.")
            if not says_json:
                return _Parts(bytes(body), {}, {}, {})
        body = _read_json(body)
    return _from_json(body)


def _has_lost_its_line_breaks(photo: bytes | bytearray) -> bool:
    return len(photo) > SURELY_HAS_LINE_BREAKS_BYTES and b"\n" not in photo and b"\r" not in photo


def _from_json(body: object) -> _Parts:
    if not isinstance(body, dict):
        raise InvalidJson(f"The JSON body must be an object; {_HOW_TO_SEND}.")
    if "img" not in body:
        raise MissingImage(f'The JSON object has no "img"; {_HOW_TO_SEND}.')
    photo = decode_base64(body["img"])
    maps = {name: decode_base64(body[name], name) for name in MAP_FIELDS if name in body}
    known = {name: body[name] for name in KNOWN_FIELDS if body.get(name) is not None}
    options = {name: body[name] for name in body if name not in ("img", *MAP_FIELDS, *KNOWN_FIELDS)}
    return _Parts(photo, maps, known, options)


def _from_form(fields: Sequence[tuple[str, object]], *, explains: bool) -> _Parts:
    """fields: with bytes or text as values, or what TorchServe made of them."""
    filled = ((name, value) for name, value in fields if not _is_left_empty(name, value, explains=explains))
    sent = _once(filled, InvalidForm, "form")
    photos = [name for name in PHOTO_FIELDS if name in sent]
    if not photos:
        raise MissingImage(f"The request holds no photo; {_HOW_TO_SEND}.")
    if len(photos) > 1:
        raise InvalidForm(f"The form holds photos in {' and '.join(photos)}; send one.")
    photo = _file(sent, photos[0])
    maps = {name: _file(sent, name) for name in MAP_FIELDS if name in sent}
    texts = {name: _text(name, value) for name, value in sent.items() if name not in (photos[0], *MAP_FIELDS)}
    known: dict[str, object] = {name: texts.pop(name) for name in KNOWN_FIELDS if name in texts}
    if "probability" in known:
        known["probability"] = PROBABILITY.from_text(str(known["probability"]))
    return _Parts(photo, maps, known, _values_of(texts, explains=explains))


def _values_of(texts: Mapping[str, str], *, explains: bool) -> dict[str, object]:
    """What texts stand for, by the options of the path that is asked."""
    return values_of_explanation_texts(texts) if explains else values_of_texts(Options, texts)


def _query(query: str, *, explains: bool) -> dict[str, object]:
    """The options in the query of an address, as JSON values. Raises InvalidOption."""
    try:
        fields = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=MOST_QUERY_FIELDS)
    except ValueError as error:
        raise InvalidOption(
            "The address's query cannot be read; write options as ?strength=0.06&format=png."
        ) from error
    filled = [field for field in fields if not _is_left_empty(*field, explains=explains)]
    if of_body := [name for name, _ in filled if name in (*PHOTO_FIELDS, *MAP_FIELDS, *KNOWN_FIELDS)]:
        raise InvalidOption(f"{of_body[0]} cannot be in the address; send it in the body.")
    return _values_of(_once(filled, InvalidOption, "address"), explains=explains)


def _is_left_empty(name: str, value: object, *, explains: bool) -> bool:
    """Whether a field is one that pages send empty where nobody has filled it in; its name must be a known one."""
    fields = (*PHOTO_FIELDS, *MAP_FIELDS, *KNOWN_FIELDS, FIELDS)
    known = name in fields or name in declarations(Options) or (explains and name in OWN_OPTIONS)
    return known and isinstance(value, str | bytes | bytearray) and not value


def _once(fields: Iterable[tuple[str, T]], error: type[FocalError], where: str) -> dict[str, T]:
    """Fields by name. Raises an error of this kind if a name comes twice."""
    pairs = list(fields)
    name, count = Counter(name for name, _ in pairs).most_common(1)[0] if pairs else ("", 0)
    if count > 1:
        raise error(f"The {where} has {quoted(name)} {count} times; send it once.")
    return dict(pairs)


def _client_mask(parts: _Parts, options: Options) -> ClientMask | None:
    """The client's mask, if it sent one. Raises InvalidOption if what came with it, or without it, makes no sense."""
    if MASK_FIELD not in parts.maps:
        if parts.known:
            raise InvalidOption(
                f"{' and '.join(parts.known)} can only be sent along with maskImage; leave out or add it."
            )
        return None
    # A point is what is in focus, which needs a depth: the pipeline sees whether there is one.
    if options.mask in ("classic", "none") or options.target is not None or options.points is not None:
        raise InvalidOption("maskImage takes the place of mask, target and points; send it without them.")
    label, probability = (parts.known.get(name) for name in KNOWN_FIELDS)
    if label is not None and not isinstance(label, str):
        raise InvalidOption("class must be a class label, as an answer gives it.")
    try:
        sent = None if probability is None else float(PROBABILITY.check("probability", probability))
    except ValueError as error:
        raise InvalidOption(str(error)) from error
    return ClientMask(parts.maps[MASK_FIELD], label, sent)


def _client_depth(parts: _Parts, options: Options, named: Container[str]) -> bytes | None:
    """The client's map of depth, if it sent one. Raises InvalidOption if what came with it, or without it, is odd."""
    if DEPTH_FIELD not in parts.maps:
        if "depthNear" in named:
            raise InvalidOption("depthNear says how depthImage is meant; leave it out or add depthImage.")
        return None
    if options.depth == "flat" or options.mask == "classic":
        against = "depth=flat" if options.depth == "flat" else "the classic mask"
        raise InvalidOption(f"depthImage has no effect on {against}; leave out one of the two.")
    return parts.maps[DEPTH_FIELD]


def _file(fields: Mapping[str, object], name: str) -> bytes:
    """The image file in a field of a form. Raises MissingImage if it is none."""
    file = fields[name]
    if isinstance(file, str):
        file = file.encode(errors="replace")
    if isinstance(file, bytes | bytearray) and (path := _FILE_NAME.fullmatch(file)):
        sent = quoted(path[0].decode())
        raise MissingImage(f'"{name}" of the form is the text {sent}, not the file; with curl, write {name}=@FILE.')
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
