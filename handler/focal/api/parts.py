"""What a request sends, however it is packed: the photo, the maps, and the values that come with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from ..declarations import EntryTwice, Number, declarations, json_in, quoted, values_of_texts
from ..errors import FocalError, InvalidForm, InvalidJson, InvalidOption, MissingImage
from ..options import Options
from ..photo.decode import looks_like_a_photo
from .base64_text import decode_base64
from .explanation import OWN_OPTIONS, values_of_explanation_texts
from .form import form_fields, is_form
from .headers import CONTENT_TYPE, header

# The photo's, each of them in a form; JSON has the first only.
PHOTO_FIELDS = ("img", "image", "file", "data")
MASK_FIELD, DEPTH_FIELD = MAP_FIELDS = ("maskImage", "depthImage")
# What an answer says of a photo, and who sends its mask back may send along.
KNOWN_FIELDS = ("class", "probability")
FIELDS = "fields"  # which of them a JSON answer shall have
BODY_FIELD = "body"  # TorchServe's own name for a body that is not a form

# Three bytes of JSON can become a hundred of memory. The object is flat and has a handful of entries: that many commas
# are never needed.
MOST_JSON_COMMAS = 1000
MOST_QUERY_FIELDS = 64
# That a photo of this length holds no byte that is a line break has a chance of 1e-14.
SURELY_HAS_LINE_BREAKS_BYTES = 4096

PROBABILITY = Number(0.0, 1.0, unit="fraction", about="The class's probability, as an answer gives it.")

T = TypeVar("T")

_FILE_NAME = re.compile(rb"[\x20-\x7e]{1,250}\.[A-Za-z]{3,5}")  # which curl sends where the @ before it is forgotten
_HOW_TO_SEND = 'send {"img": "<base64>"} as application/json, the image itself, or a form with the file in "img"'


@dataclass(frozen=True)
class Parts:
    """What a body holds, however it was packed.

    maps: the encoded images besides the photo, by their fields.   known, options: JSON values, by name.
    """

    photo: bytes
    maps: Mapping[str, bytes]
    known: Mapping[str, object]
    options: Mapping[str, object]


def read_parts(row: Mapping[str, Any], headers: Mapping[str, Any], *, explains: bool) -> Parts:
    """The parts of a row; row, headers and explains as for `parse_request`.

    Raises InvalidJson, InvalidForm, InvalidBase64, MissingImage or InvalidOption.
    """
    if row.keys() != {BODY_FIELD}:
        return _from_form(list(row.items()), explains=explains)
    body = row[BODY_FIELD]
    content_type = header(headers, CONTENT_TYPE) or header(headers, "content-type")
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
            return Parts(bytes(body), {}, {}, {})
        if is_form(content_type):
            return _from_form(form_fields(body, content_type), explains=explains)
        if not _starts_as_json(body):
            if says_urlencoded:
                raise InvalidForm(f"The body is an urlencoded form, which holds no files; {_HOW_TO_SEND}.")
            if not body and not says_json:
                raise MissingImage(f"The request holds no photo; {_HOW_TO_SEND}.")
            if not says_json:
                return Parts(bytes(body), {}, {}, {})
        body = _read_json(body)
    return _from_json(body, explains=explains)


def read_query(query: str, *, explains: bool) -> dict[str, object]:
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


def _from_json(body: object, *, explains: bool) -> Parts:
    if not isinstance(body, dict):
        raise InvalidJson(f"The JSON body must be an object; {_HOW_TO_SEND}.")
    # Many clients write what was not given as null.
    sent = {name: value for name, value in body.items() if value is not None or not _is_known(name, explains=explains)}
    if sent.get("img") is None:
        raise MissingImage(f'The JSON object has no "img"; {_HOW_TO_SEND}.')
    photo = decode_base64(sent["img"])
    maps = {name: decode_base64(sent[name], name) for name in MAP_FIELDS if name in sent}
    known = {name: sent[name] for name in KNOWN_FIELDS if name in sent}
    options = {name: sent[name] for name in sent if name not in ("img", *MAP_FIELDS, *KNOWN_FIELDS)}
    return Parts(photo, maps, known, options)


def _has_lost_its_line_breaks(photo: bytes | bytearray) -> bool:
    return len(photo) > SURELY_HAS_LINE_BREAKS_BYTES and b"\n" not in photo and b"\r" not in photo


def _read_json(body: bytes | bytearray) -> object:
    if body.count(b",") > MOST_JSON_COMMAS:
        raise InvalidJson(f"The JSON body has more than {MOST_JSON_COMMAS} entries; {_HOW_TO_SEND}.")
    try:
        return json_in(body)
    except EntryTwice as error:
        raise InvalidJson("The JSON object has an entry twice; send each once.") from error
    except ValueError as error:  # UnicodeDecodeError is one, too
        raise InvalidJson(f"The body is not valid JSON; {_HOW_TO_SEND}.") from error


def _starts_as_json(body: bytes | bytearray) -> bool:
    """Whether a body opens an object or a list, as no image does."""
    return body[:64].lstrip()[:1] in (b"{", b"[")


def _from_form(fields: Sequence[tuple[str, object]], *, explains: bool) -> Parts:
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
    return Parts(photo, maps, known, _values_of(texts, explains=explains))


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


def _values_of(texts: Mapping[str, str], *, explains: bool) -> dict[str, object]:
    """What texts stand for, by the options of the path that is asked."""
    return values_of_explanation_texts(texts) if explains else values_of_texts(Options, texts)


def _is_left_empty(name: str, value: object, *, explains: bool) -> bool:
    """Whether a field is one that pages send empty where nobody has filled it in; its name must be a known one."""
    is_known = name in PHOTO_FIELDS or _is_known(name, explains=explains)
    return is_known and isinstance(value, str | bytes | bytearray) and not value


def _is_known(name: str, *, explains: bool) -> bool:
    """Whether a field besides the photo has this name; an explanation also knows those options that it refuses."""
    fields = (*MAP_FIELDS, *KNOWN_FIELDS, FIELDS)
    return name in fields or name in declarations(Options) or (explains and name in OWN_OPTIONS)


def _once(fields: Iterable[tuple[str, T]], error: type[FocalError], where: str) -> dict[str, T]:
    """Fields by name. Raises an error of this kind if a name comes twice."""
    pairs = list(fields)
    name, count = Counter(name for name, _ in pairs).most_common(1)[0] if pairs else ("", 0)
    if count > 1:
        raise error(f"The {where} has {quoted(name)} {count} times; send it once.")
    return dict(pairs)
