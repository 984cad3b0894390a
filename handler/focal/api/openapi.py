"""Focal's HTTP interface as an OpenAPI 3.1 document, made from the declarations that validate requests.

The gateway serves it as /openapi.json. `python3 -m focal.api.openapi` prints it, for gateway/openapi.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from .. import __version__
from ..declarations import MOST_CLASSES, declarations, schema
from ..errors import FocalError
from ..options import EXPLANATION_OPTIONS, ExplanationOptions, Options
from .accept import ANSWER_KINDS
from .request import ANSWER_FIELDS, DEPTH_FIELD, FIELDS, MASK_FIELD, PHOTO_FIELDS, PROBABILITY
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
# The smallest photo there is, one grey pixel, and a white one of its shape as its mask; both PNG.
EXAMPLE_PHOTO = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
EXAMPLE_MASK = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="

COMPATIBILITY = (
    "Versions follow Semantic Versioning. Within a major version, no path, field, option, value or error type is taken "
    "away or changes its meaning; new ones may come, so a client should ignore fields and headers that it does not "
    "know. What will go with the next major version is marked as deprecated here, and named in the changelog, one "
    "minor version before at the least. Masks and pictures may become better with any version: X-Focal-Version and "
    "X-Focal-Model say what made an answer."
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

_IMAGE = {"type": "string", "contentEncoding": "base64"}
_FILE = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
_INDEX = {"type": "integer", "minimum": 0, "maximum": 999}
_CLASS = {"type": "string", "description": "ImageNet class label, as torchvision spells it."}


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
        },
        "components": {"schemas": _schemas(), "securitySchemes": SECURITY_SCHEMES},
    }


def _schemas() -> dict[str, Any]:
    """Every schema by its name, which is never that of a property in it: Python generators would confuse the two."""
    pair, click = schema(Options)["points"]["items"]["anyOf"]
    return {
        "Pair": pair | {"description": "[x, y], fractions of the photo's width and height; to keep."},
        "Click": click | {"description": "A point to keep or to take away, fractions of the photo's width and height."},
        "Request": _sent(
            {
                "img": _IMAGE | {"description": "The image file in base64."},
                **_map_fields(_IMAGE),
                **_options(),
                FIELDS: _fields(),
            },
            ["img"],
            examples=[
                {"img": EXAMPLE_PHOTO},
                {"img": EXAMPLE_PHOTO, "strength": 0.06, "bokeh": "gaussian", "format": "png"},
                {"img": EXAMPLE_PHOTO, "target": "tiger cat", "quality": 75},
                {"img": EXAMPLE_PHOTO, "point": [0.5, 0.4], "fallback": "never"},
                {"img": EXAMPLE_PHOTO, "points": [[0.3, 0.5], {"x": 0.7, "y": 0.5, "keep": False}]},
                {"img": EXAMPLE_PHOTO, "output": "cutout", "background": "#ffffff", "maxSide": 1024},
                {"img": EXAMPLE_PHOTO, "maskImage": EXAMPLE_MASK, "class": "tiger cat", "probability": 0.56},
                {"img": EXAMPLE_PHOTO, "depthImage": EXAMPLE_MASK, "mask": "none", "focus": 0.8},
            ],
        ),
        "Form": _form(_map_fields(_FILE) | _options() | {FIELDS: _fields()}),
        "ExplanationRequest": _sent(
            {"img": _IMAGE | {"description": "The image file in base64."}, **_explanation_options()},
            ["img"],
            examples=[
                {"img": EXAMPLE_PHOTO},
                {"img": EXAMPLE_PHOTO, "quality": 70},
                {"img": EXAMPLE_PHOTO, "targets": ["tabby", 282], "method": "gradient", "output": "npz"},
                {"img": EXAMPLE_PHOTO, "k": 1, "method": "layercam", "layer": "middle", "output": "png"},
            ],
        ),
        "ExplanationForm": _form(_explanation_options()),
        "Archive": _FILE
        | {
            "description": "A NumPy archive: attribution, float32 (n, c, h, w), with index, label, probability, "
            "mask_confidence, logits, view, method, place and version."
        },
        "FieldName": {"type": "string", "enum": list(ANSWER_FIELDS), "description": "A field of a JSON answer."},
        "Picture": _FILE | {"description": "An image file."},
        "Page": {"type": "string", "description": "HTML."},
        "ServerStatus": _answered({"status": {"type": "string", "enum": ["alive", "ready"]}}),
        "ClassLabel": _answered(
            {
                "index": _INDEX,
                "label": _CLASS,
                "synonyms": {"type": "array", "items": {"type": "string"}, "description": "Other names of the class."},
            }
        ),
        "LabelList": _answered(
            {"labels": {"type": "array", "items": _ref("ClassLabel"), "minItems": 1000, "maxItems": 1000}}
        ),
        "Explanation": _explained(),
        "Answer": _answered(
            {
                "class": _or_null(_CLASS),
                "probability": _or_null(_probability()),
                "blurredImage": _IMAGE | {"description": "The picture that `output` asks for."},
                "maskImage": _IMAGE | {"description": "The soft mask, the composite's alpha; white is sharp."},
                "unblurredMask": _or_null(
                    _IMAGE | {"description": "The saliency map: positive plus negative, greyscale."}
                ),
            },
            [],
            description="All five fields, always, unless the request names those that it wants in `fields`. None is "
            "listed as required, since a generated client would then refuse the answers with fewer. "
            "class, probability and unblurredMask are null only with the client's own mask, or mask=none.",
        ),
        "ExplanationList": _answered(
            {
                "explanations": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": MOST_CLASSES,
                    "items": _ref("Explanation"),
                }
            }
        ),
        "Error": _answered({"code": {"type": "integer"}, "type": {"type": "string"}, "message": {"type": "string"}}),
    }


def _fields() -> dict[str, Any]:
    return {
        "type": "array",
        "items": _ref("FieldName"),
        "minItems": 1,
        "description": "The fields that a JSON answer shall have; the others are not computed. All by default.",
    }


def _form(fields: dict[str, Any]) -> dict[str, Any]:
    """A form of one photo and of these fields."""
    others = ", ".join(PHOTO_FIELDS[1:])
    photo = _FILE | {"description": f"The image file; the field may also be called {others}."}
    return _sent({PHOTO_FIELDS[0]: photo, **fields}, [PHOTO_FIELDS[0]])


def _options(names: Iterable[str] = declarations(Options)) -> dict[str, Any]:
    """The declared options of these names, their defaults in words.

    Generators take a default for a promise that the value is there, and would demand it of every request.
    """
    declared = schema(Options)
    declared["points"]["items"] = {"anyOf": [_ref("Pair"), _ref("Click")]}
    return {name: _with_default_in_words(declared[name]) for name in names}


def _explanation_options() -> dict[str, Any]:
    """The options of an explanation: those of a photo that count for it, and its own."""
    own = {name: _with_default_in_words(declared) for name, declared in schema(ExplanationOptions).items()}
    return _options(EXPLANATION_OPTIONS) | own


def _with_default_in_words(declared: dict[str, Any]) -> dict[str, Any]:
    described = {key: value for key, value in declared.items() if key != "default"}
    default = declared["default"]
    return (
        described if default is None else described | {"description": f"{declared['description']} Default: {default}."}
    )


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


def _pictures(kinds: Iterable[str]) -> dict[str, Any]:
    return {kind: {"schema": _ref("Picture")} for kind in kinds}


def _map_fields(image: dict[str, Any]) -> dict[str, Any]:
    """The client's own maps of the photo, and what may be sent along with a mask."""
    depth = "How near each place is, of the photo's shape, in greys of 8 or 16 bits: disparity, white near."
    about = "A mask to use instead of looking for a subject, of the photo's shape; white stays sharp."
    return {
        MASK_FIELD: image | {"description": about},
        DEPTH_FIELD: image | {"description": depth},
        "class": _or_null(_CLASS | {"description": "Only with maskImage: the class to answer with."}),
        "probability": _or_null(
            _probability() | {"description": "Only with maskImage: the probability to answer with."}
        ),
    }


def _explained() -> dict[str, Any]:
    confidence = _or_null(
        {"type": "number", "minimum": 0, "maximum": 1, "description": "How likely the mask made of it is right."}
    )
    properties = {"class": _CLASS, "index": _INDEX, "probability": _probability(), "maskConfidence": confidence}
    return _answered(properties | {"saliency": _IMAGE})


def _probability() -> dict[str, Any]:
    return PROBABILITY.schema()


def _blur(operation: str) -> dict[str, Any]:
    about = {
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
            *_in_the_address(_options()),
            _parameter(FIELDS, _fields()),
        ],
        "requestBody": _body("Request", "Form"),
        "responses": {
            "200": {
                "description": "Blurred.",
                "content": {"application/json": {"schema": _ref("Answer")}, **_pictures(PICTURE_TYPES)},
                "headers": {name: _header(*header) for name, header in about.items()} | _EVERY_ANSWER,
            },
            **_errors(),
        },
    }


def _explain() -> dict[str, Any]:
    content = {
        "application/json": {"schema": _ref("ExplanationList")},
        ARCHIVE_TYPE: {"schema": _ref("Archive")},
    }
    return {
        "operationId": "explain",
        "summary": "The most probable classes, or those that are named, each with its saliency map.",
        "tags": ["photos"],
        "security": _KEY_IF_ASKED,
        "parameters": _in_the_address(_explanation_options()),
        "requestBody": _body("ExplanationRequest", "ExplanationForm"),
        "responses": {"200": {"description": "Explained.", "content": content, "headers": _EVERY_ANSWER}, **_errors()},
    }


def _body(request: str, form: str) -> dict[str, Any]:
    """request, form: their schemas.   In a form, too, a point is one field, x,y."""
    return {
        "required": True,
        "content": {
            "application/json": {"schema": _ref(request)},
            "multipart/form-data": {
                "schema": _ref(form),
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


def _page() -> dict[str, Any]:
    return {
        "operationId": "page",
        "tags": ["server"],
        "summary": "The page on which a person drops a photo.",
        "responses": {
            "200": {
                "description": "The page.",
                "content": {"text/html": {"schema": _ref("Page")}},
                "headers": _EVERY_ANSWER,
            }
        },
    }


def _labels() -> dict[str, Any]:
    content = {"application/json": {"schema": _ref("LabelList")}}
    return {
        "operationId": "labels",
        "summary": "The classes that target takes and class answers with.",
        "tags": ["photos"],
        "responses": {"200": {"description": "All of them.", "content": content, "headers": _EVERY_ANSWER}},
    }


def _probe(operation: str, about: str, status: str, *failures: int) -> dict[str, Any]:
    content = {"application/json": {"schema": _ref("ServerStatus")}}
    return {
        "operationId": operation,
        "summary": about,
        "tags": ["server"],
        "responses": {
            "200": {"description": f"It is {status}.", "content": content},
            **{str(code): _error(code, GATEWAY_ERRORS[code]) for code in failures},
        },
    }


def _errors() -> dict[str, Any]:
    """Every error that a photo can meet, by its status: the core's and the gateway's."""
    types = {code: set(names) for code, names in GATEWAY_ERRORS.items()}
    for error in FocalError.__subclasses__():
        types.setdefault(error.code, set()).add(error.__name__)
    return {str(code): _error(code, sorted(types[code])) for code in sorted(types)}


def _error(code: int, types: list[str] | tuple[str, ...]) -> dict[str, Any]:
    return {
        "description": " or ".join(types),
        "content": {"application/json": {"schema": _ref("Error")}},
        "headers": _OF_ERRORS.get(code, {}) | _EVERY_ANSWER,
    }


def _answered(properties: dict[str, Any], required: list[str] | None = None, **more: Any) -> dict[str, Any]:
    """An object of these properties, all required unless `required` says which; later versions may add others."""
    demanded = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": demanded, **more}


def _sent(properties: dict[str, Any], required: list[str], **more: Any) -> dict[str, Any]:
    """An object of these properties and no others."""
    return _answered(properties, required, **more) | {"additionalProperties": False}


def _or_null(declared: dict[str, Any]) -> dict[str, Any]:
    return declared | {"type": [declared["type"], "null"]}


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


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


if __name__ == "__main__":
    print(json.dumps(document(), indent=1))
