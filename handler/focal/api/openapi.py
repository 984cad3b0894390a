"""Focal's HTTP interface as an OpenAPI 3.1 document, made from the declarations that validate requests.

The gateway serves it as /openapi.json. `python3 -m focal.api.openapi` prints it, for gateway/openapi.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from .. import __version__
from ..errors import FocalError
from .accept import ANSWER_KINDS
from .openapi_schemas import answer_fields, explanation_options, photo_options, ref, schemas
from .parts import FIELDS
from .response import ARCHIVE_TYPE

# The errors that the gateway itself answers a photo with, besides the core's: status -> types.
GATEWAY_ERRORS = {
    400: ("BadRequest",),
    401: ("Unauthorized",),
    413: ("BodyTooLarge",),
    414: ("BadRequest",),
    415: ("UnsupportedFormat",),
    429: ("RateLimited",),
    431: ("BadRequest",),
    503: ("NotReady", "Overloaded"),
    504: ("TimedOut",),
}
PICTURE_TYPES = [kind for kind, picture_format in ANSWER_KINDS.items() if picture_format]

COMPATIBILITY = (
    "Versions follow Semantic Versioning. Within a major version, no path, field, option, value or error type is taken "
    "away or changes its meaning; new ones may come, so a client should ignore fields and headers that it does not "
    "know. What will go with the next major version is marked as deprecated here, is named in the changelog, and is "
    "answered with the header Deprecation (RFC 9745), one minor version before at the least. Masks and pictures may "
    "become better with any version: X-Focal-Version and X-Focal-Model say what made an answer."
)

SECURITY_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A client's key. Photos need one only on a server whose operator has named a file of keys.",
    },
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "The same key in another header."},
}
_KEY_IF_ASKED: list[dict[str, list[str]]] = [{}, {"bearer": []}, {"apiKey": []}]


def document() -> dict[str, Any]:
    """The OpenAPI document, ready for `json.dumps`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Focal",
            "version": __version__,
            "summary": "A photo in; the same photo back with its background blurred as a camera would have done it.",
            "description": COMPATIBILITY,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The server that answers with this document."}],
        "security": [{}],  # the page, the labels and the probes are open to all
        "tags": [
            {"name": "photos", "description": "Photos in, pictures and classes out."},
            {"name": "server", "description": "The server itself."},
        ],
        "paths": {
            "/": {"get": _page(), "post": _blur("blur")},
            "/predictions/focal": {"post": _blur("predict")},
            "/explanations/focal": {"post": _explain()},
            "/labels": {"get": _labels()},
            "/healthz": {"get": _probe("healthz", "Whether the gateway is alive.", "alive")},
            "/readyz": {"get": _probe("readyz", "Whether a photo would be answered.", "ready", 429, 503)},
            "/ping": {"get": _ping()},
        },
        "components": {"schemas": schemas(), "securitySchemes": SECURITY_SCHEMES},
    }


def _blur(operation: str) -> dict[str, Any]:
    headers = {
        "X-Focal-Class": ("string", "The class, when the body is the picture itself."),
        "X-Focal-Probability": ("number", "Its probability, when the body is the picture itself."),
        "X-Focal-Mask-Confidence": ("number", "How likely the mask is right, 0 to 1."),
        "X-Focal-People": ("integer", "How many people the photo is taken to show, if they were looked for."),
        "X-Focal-Dropped": ("string", "gain-map, when the photo has an HDR gain map: the answer has none."),
        "X-Focal-Fallback": ("string", "gentle, when the blur was held back: see fallback."),
        "X-Focal-Mask": ("string", "matte, when the mask is a phone's own one of people, from the photo's file."),
        "X-Focal-Depth": ("string", "Where the depth comes from: image, photo, ground, or flat if there is none."),
        "X-Focal-Focus": ("number", "The disparity in focus, 0 to 1, unless the depth is flat."),
        "X-Focal-Portrait": (
            "string",
            "rendered, when a phone has blurred the photo already; original, when the sharp one in its file was used.",
        ),
    }
    return {
        "operationId": operation,
        "summary": "Blur the background; five fields in JSON, or the picture itself if Accept asks for one.",
        "description": "POST / and POST /predictions/focal are the same call.",
        "tags": ["photos"],
        "security": _KEY_IF_ASKED,
        "parameters": [
            *_in_the_address(photo_options()),
            _parameter(FIELDS, answer_fields()),
        ],
        "requestBody": _body("Request", "Form"),
        "responses": {
            "200": {
                "description": "Blurred.",
                "content": {"application/json": {"schema": ref("Answer")}, **_pictures(PICTURE_TYPES)},
                "headers": {name: _header(*header) for name, header in headers.items()} | _EVERY_ANSWER,
            },
            **_errors(),
        },
    }


def _explain() -> dict[str, Any]:
    content = {
        "application/json": {"schema": ref("ExplanationList")},
        ARCHIVE_TYPE: {"schema": ref("Archive")},
    }
    return {
        "operationId": "explain",
        "summary": "The most probable classes, or those that are named, each with its saliency map.",
        "tags": ["photos"],
        "security": _KEY_IF_ASKED,
        "parameters": _in_the_address(explanation_options()),
        "requestBody": _body("ExplanationRequest", "ExplanationForm"),
        "responses": {"200": {"description": "Explained.", "content": content, "headers": _EVERY_ANSWER}, **_errors()},
    }


def _labels() -> dict[str, Any]:
    content = {"application/json": {"schema": ref("LabelList")}}
    return {
        "operationId": "labels",
        "summary": "The classes that target takes and class answers with.",
        "tags": ["photos"],
        "responses": {"200": {"description": "All of them.", "content": content, "headers": _EVERY_ANSWER}},
    }


def _page() -> dict[str, Any]:
    return {
        "operationId": "page",
        "tags": ["server"],
        "summary": "The page on which a person drops a photo.",
        "responses": {
            "200": {
                "description": "The page.",
                "content": {"text/html": {"schema": ref("Page")}},
                "headers": _EVERY_ANSWER,
            }
        },
    }


def _probe(operation: str, about: str, status: str, *failures: int) -> dict[str, Any]:
    content = {"application/json": {"schema": ref("ServerStatus")}}
    return {
        "operationId": operation,
        "summary": about,
        "tags": ["server"],
        "responses": {
            "200": {"description": f"It is {status}.", "content": content},
            **{str(code): _error(code, GATEWAY_ERRORS[code]) for code in failures},
        },
    }


def _ping() -> dict[str, Any]:
    headers = {
        "Deprecation": _header("string", "Since when it is deprecated: @ and seconds since 1970 (RFC 9745)."),
        "Link": _header("string", 'The document that says so, rel="deprecation".'),
    }
    return {
        "operationId": "ping",
        "deprecated": True,
        "summary": "TorchServe's own probe, Healthy even without a worker: ask /readyz instead.",
        "tags": ["server"],
        "responses": {
            "200": {
                "description": "What TorchServe says.",
                "content": {"application/json": {"schema": ref("TorchServeStatus")}},
                "headers": headers | _EVERY_ANSWER,
            },
            **{str(code): _error(code, GATEWAY_ERRORS[code]) for code in (429, 503)},
        },
    }


def _in_the_address(options: dict[str, Any]) -> list[dict[str, Any]]:
    """The options as parameters of the address: for who sends the image itself, whose body has no place for them."""
    return [_parameter(name, _as_text(declared)) for name, declared in options.items()]


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A field of the address: a list with commas, x,y; one that a page sends empty counts as not sent."""
    return {"name": name, "in": "query", "schema": schema, "explode": False, "allowEmptyValue": True}


def _as_text(declared: dict[str, Any]) -> dict[str, Any]:
    """A value in an address: a list of more than plain values is written in JSON."""
    if "anyOf" not in declared.get("items", {}):
        return declared
    return {
        "type": "string",
        "contentMediaType": "application/json",
        "description": f"{declared['description']} In JSON.",
    }


def _body(request: str, form: str) -> dict[str, Any]:
    """request, form: their schemas.   In a form, too, a point is one field, x,y."""
    return {
        "required": True,
        "content": {
            "application/json": {"schema": ref(request)},
            "multipart/form-data": {
                "schema": ref(form),
                "encoding": {
                    "point": {"style": "form", "explode": False},
                    "fields": {"style": "form", "explode": False},
                    "points": {"contentType": "application/json"},
                    "targets": {"contentType": "application/json"},
                },
            },
            **_pictures(("application/octet-stream", *PICTURE_TYPES)),
        },
    }


def _pictures(kinds: Iterable[str]) -> dict[str, Any]:
    return {kind: {"schema": ref("Picture")} for kind in kinds}


def _errors() -> dict[str, Any]:
    """Every error that a photo can meet, by its status: the core's and the gateway's."""
    types = {code: set(names) for code, names in GATEWAY_ERRORS.items()}
    for error in FocalError.__subclasses__():
        types.setdefault(error.code, set()).add(error.__name__)
    return {str(code): _error(code, sorted(types[code])) for code in sorted(types)}


def _error(code: int, types: list[str] | tuple[str, ...]) -> dict[str, Any]:
    return {
        "description": " or ".join(types),
        "content": {"application/json": {"schema": ref("Error")}},
        "headers": _OF_ERRORS.get(code, {}) | _EVERY_ANSWER,
    }


def _header(kind: str, about: str) -> dict[str, Any]:
    return {"description": about, "schema": {"type": kind}}


_RETRY = {"Retry-After": _header("integer", "Seconds after which to ask again.")}
_OF_ERRORS = {
    401: {"WWW-Authenticate": _header("string", 'Bearer realm="Focal": send a key, or another one.')},
    429: _RETRY,
    503: _RETRY,
}
_EVERY_ANSWER = {
    "X-Request-Id": _header("string", "The request's id, the client's own if it sent one: in every log line."),
    "X-Focal-Version": _header("string", "The version of Focal that answers."),
    "X-Focal-Model": _header("string", "Its backbone, and the first 12 hex digits of the weights' sha256."),
    "traceparent": _header("string", "The trace (W3C Trace Context) that the client named, if it named one."),
}


if __name__ == "__main__":
    print(json.dumps(document(), indent=1))
