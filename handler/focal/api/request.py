"""A request as TorchServe hands it over -> the photo's bytes, the options, and the kind of answer that is wanted."""

from __future__ import annotations

from collections.abc import Container, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..declarations import quoted
from ..errors import InvalidOption
from ..options import ExplanationOptions, Options, read_options
from ..photo.client_mask import ClientMask
from .accept import picture_format, wanted_picture
from .explanation import explanation_options
from .headers import QUERY, header
from .parts import DEPTH_FIELD, FIELDS, KNOWN_FIELDS, MAP_FIELDS, MASK_FIELD, PROBABILITY, Parts, read_parts, read_query

ANSWER_FIELDS = (*KNOWN_FIELDS, "blurredImage", "maskImage", "unblurredMask")


@dataclass(frozen=True)
class Request:
    """A parsed request.

    photo: the encoded image file.   picture_format: jpeg, png or webp if the blurred picture itself is wanted as the
    answer's body, None if the answer is JSON.   mask: what the client sent to be used instead of a mask of Focal's own.
    depth: the encoded map of depth that it sent.
    fields: those of a JSON answer that are wanted, in its order.
    explanation: what an explanation is asked for; None if none is.
    """

    photo: bytes
    options: Options
    picture_format: str | None
    mask: ClientMask | None = None
    depth: bytes | None = None
    fields: tuple[str, ...] = ANSWER_FIELDS
    explanation: ExplanationOptions | None = None


def parse_request(row: Mapping[str, Any], headers: Mapping[str, Any], *, explains: bool = False) -> Request:
    """Parse a row: {"body": bytes, text or decoded JSON}, or a form's {field: bytes or text}.

    headers: the request's; names in any case.   explains: whether it asks for an explanation, with options of its own.
    Whatever was sent counts or is refused. Raises InvalidJson, InvalidForm, InvalidBase64, MissingImage, InvalidOption.
    """
    parts, query = read_parts(row, headers, explains=explains), read_query(header(headers, QUERY), explains=explains)
    if twice := [name for name in query if name in parts.options]:
        raise InvalidOption(f"Option {quoted(twice[0])} is in the body and in the address; send it once.")
    sent = {**parts.options, **query}
    if explains:
        return _explanation(parts, sent)
    fields = _fields(sent.pop(FIELDS)) if FIELDS in sent else None
    options = read_options(sent, others=(FIELDS, *MAP_FIELDS, *KNOWN_FIELDS))
    picture = _picture_format(header(headers, "accept"), options, names_format="format" in sent)
    if fields and picture:
        raise InvalidOption(
            f"fields are of a JSON answer, but Accept asks for image/{picture}; leave out one of the two."
        )
    mask, depth = _client_mask(parts, options), _client_depth(parts, options, sent)
    return Request(parts.photo, options, picture, mask, depth, fields or ANSWER_FIELDS)


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


def _explanation(parts: Parts, sent: Mapping[str, object]) -> Request:
    """A request for an explanation. Raises InvalidOption for what an explanation makes nothing of."""
    for name in MAP_FIELDS:
        if name in parts.maps:
            raise InvalidOption(f"An explanation takes no {name}; send the photo alone.")
    fields = [FIELDS] if FIELDS in sent else []
    options, asked = explanation_options(
        {name: value for name, value in sent.items() if name != FIELDS}, [*parts.known, *fields]
    )
    return Request(parts.photo, options, None, explanation=asked)


def _client_mask(parts: Parts, options: Options) -> ClientMask | None:
    """The client's mask, if it sent one. Raises InvalidOption if what came with it, or without it, makes no sense."""
    if MASK_FIELD not in parts.maps:
        if parts.known:
            raise InvalidOption(
                f"{' and '.join(parts.known)} can only be sent along with maskImage; leave out or add it."
            )
        return None
    # A point is what is in focus, which needs a depth: the pipeline sees whether there is one.
    if options.mask != "auto" or options.target is not None or options.points is not None:
        raise InvalidOption("maskImage takes the place of mask, target and points; send it without them.")
    label, probability = (parts.known.get(name) for name in KNOWN_FIELDS)
    if label is not None and not isinstance(label, str):
        raise InvalidOption("class must be a class label, as an answer gives it.")
    try:
        sent = None if probability is None else float(PROBABILITY.check("probability", probability))
    except ValueError as error:
        raise InvalidOption(str(error)) from error
    return ClientMask(parts.maps[MASK_FIELD], label, sent)


def _client_depth(parts: Parts, options: Options, sent: Container[str]) -> bytes | None:
    """The client's map of depth, if it sent one. Raises InvalidOption if what came with it, or without it, is odd."""
    if DEPTH_FIELD not in parts.maps:
        if "depthNear" in sent:
            raise InvalidOption("depthNear says how depthImage is meant; leave it out or add depthImage.")
        return None
    if options.depth == "flat" or options.mask == "classic":
        against = "depth=flat" if options.depth == "flat" else "the classic mask"
        raise InvalidOption(f"depthImage has no effect on {against}; leave out one of the two.")
    return parts.maps[DEPTH_FIELD]
