"""Focal's HTTP interface as an OpenAPI 3.1 document, made from the declarations that validate requests.

The gateway serves it as /openapi.json. `python3 -m focal.api.openapi` prints it, for gateway/openapi.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from .. import __version__
from ..declarations import declarations, schema
from ..errors import FocalError
from ..options import EXPLANATION_OPTIONS, Options
from ..pipeline import EXPLAINED_CLASSES
from .accept import ANSWER_KINDS
from .request import DEPTH_FIELD, MASK_FIELD, PHOTO_FIELDS, PROBABILITY

# The errors that the gateway itself answers a photo with, besides the core's: status -> types.
GATEWAY_ERRORS = {
    400: ("BadRequest",),
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

_IMAGE = {"type": "string", "contentEncoding": "base64"}
_FILE = {"type": "string", "contentMediaType": "application/octet-stream"}
_CLASS = {"type": "string", "description": "ImageNet class label, as torchvision spells it."}


def document() -> dict[str, Any]:
    """The OpenAPI document, ready for `json.dumps`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Focal",
            "version": __version__,
            "summary": "A photo in; the same photo back with its background blurred as a camera would have done it.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            "/": {"get": _page(), "post": _blur("blur")},
            "/predictions/focal": {"post": _blur("predict")},
            "/explanations/focal": {"post": _explain()},
            "/healthz": {"get": _probe("healthz", "Whether the gateway is alive.", "alive")},
            "/readyz": {"get": _probe("readyz", "Whether a photo would be answered.", "ready", 429, 503)},
        },
        "components": {"schemas": _schemas()},
    }


def _schemas() -> dict[str, Any]:
    return {
        "Request": _object(
            {"img": _IMAGE | {"description": "The image file in base64."}, **_map_fields(_IMAGE), **_options()},
            ["img"],
            examples=[
                {"img": EXAMPLE_PHOTO},
                {"img": EXAMPLE_PHOTO, "strength": 0.06, "bokeh": "gaussian", "format": "png"},
                {"img": EXAMPLE_PHOTO, "target": "tiger cat", "quality": 75},
                {"img": EXAMPLE_PHOTO, "point": [0.5, 0.4], "fallback": "never"},
                {"img": EXAMPLE_PHOTO, "maskImage": EXAMPLE_MASK, "class": "tiger cat", "probability": 0.56},
                {"img": EXAMPLE_PHOTO, "depthImage": EXAMPLE_MASK, "mask": "none", "focus": 0.8},
            ],
        ),
        "Form": _form(_map_fields(_FILE) | _options()),
        "ExplanationRequest": _object(
            {"img": _IMAGE | {"description": "The image file in base64."}, **_options(EXPLANATION_OPTIONS)},
            ["img"],
            examples=[{"img": EXAMPLE_PHOTO}, {"img": EXAMPLE_PHOTO, "quality": 70}],
        ),
        "ExplanationForm": _form(_options(EXPLANATION_OPTIONS)),
        "Answer": _object(
            {
                "class": _or_null(_CLASS),
                "probability": _or_null(_probability()),
                "blurredImage": _IMAGE | {"description": "The photo with its background blurred."},
                "maskImage": _IMAGE | {"description": "The soft mask, the composite's alpha; white is sharp."},
                "unblurredMask": _or_null(
                    _IMAGE | {"description": "The saliency map: positive plus negative, greyscale."}
                ),
            },
            description="class, probability and unblurredMask are null only with the client's own mask, or mask=none.",
        ),
        "Explanations": _object(
            {
                "explanations": {
                    "type": "array",
                    "minItems": EXPLAINED_CLASSES,
                    "maxItems": EXPLAINED_CLASSES,
                    "items": _explained(),
                }
            }
        ),
        "Error": _object({"code": {"type": "integer"}, "type": {"type": "string"}, "message": {"type": "string"}}),
    }


def _form(fields: dict[str, Any]) -> dict[str, Any]:
    """A form of one photo and of these fields."""
    return {
        "type": "object",
        "properties": dict.fromkeys(PHOTO_FIELDS, _FILE) | fields,
        "oneOf": [{"required": [name]} for name in PHOTO_FIELDS],
        "additionalProperties": False,
    }


def _options(names: Iterable[str] = declarations(Options)) -> dict[str, Any]:
    """The declared options of these names; null, the default of some, is not a value that can be sent."""
    declared = schema(Options)
    return {
        name: {key: value for key, value in declared[name].items() if (key, value) != ("default", None)}
        for name in names
    }


def _in_the_address(names: Iterable[str] = declarations(Options)) -> list[dict[str, Any]]:
    """The options as parameters of the address: for who sends the image itself, whose body has no place for them."""
    return [
        {"name": name, "in": "query", "schema": declared, "explode": False}  # x,y
        for name, declared in _options(names).items()
    ]


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
    index = {"type": "integer", "minimum": 0, "maximum": 999}
    confidence = _or_null(
        {"type": "number", "minimum": 0, "maximum": 1, "description": "How likely the mask made of it is right."}
    )
    properties = {"class": _CLASS, "index": index, "probability": _probability(), "maskConfidence": confidence}
    return _object(properties | {"saliency": _IMAGE})


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
        "parameters": _in_the_address(),
        "requestBody": _body("Request", "Form"),
        "responses": {
            "200": {
                "description": "Blurred.",
                "content": {"application/json": {"schema": _ref("Answer")}, **{kind: {} for kind in PICTURE_TYPES}},
                "headers": {name: _header(*header) for name, header in about.items()} | _REQUEST_ID,
            },
            **_errors(),
        },
    }


def _explain() -> dict[str, Any]:
    content = {"application/json": {"schema": _ref("Explanations")}}
    return {
        "operationId": "explain",
        "summary": "The five most probable classes, each with its saliency map.",
        "parameters": _in_the_address(EXPLANATION_OPTIONS),
        "requestBody": _body("ExplanationRequest", "ExplanationForm"),
        "responses": {"200": {"description": "Explained.", "content": content, "headers": _REQUEST_ID}, **_errors()},
    }


def _body(request: str, form: str) -> dict[str, Any]:
    """request, form: their schemas.   In a form, too, a point is one field, x,y."""
    return {
        "required": True,
        "content": {
            "application/json": {"schema": _ref(request)},
            "multipart/form-data": {
                "schema": _ref(form),
                "encoding": {"point": {"style": "form", "explode": False}},
            },
            **{kind: {} for kind in ("application/octet-stream", *PICTURE_TYPES)},
        },
    }


def _page() -> dict[str, Any]:
    return {
        "operationId": "page",
        "summary": "The page on which a person drops a photo.",
        "responses": {"200": {"description": "The page.", "content": {"text/html": {}}}},
    }


def _probe(operation: str, about: str, status: str, *failures: int) -> dict[str, Any]:
    content = {"application/json": {"schema": _object({"status": {"const": status}})}}
    return {
        "operationId": operation,
        "summary": about,
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
    retry = {"Retry-After": _header("integer", "Seconds after which to ask again.")} if code in (429, 503) else {}
    return {
        "description": " or ".join(types),
        "content": {"application/json": {"schema": _ref("Error")}},
        "headers": retry | _REQUEST_ID,
    }


def _object(properties: dict[str, Any], required: list[str] | None = None, **more: Any) -> dict[str, Any]:
    """An object of these properties and no others; all are required unless `required` says which."""
    demanded = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": demanded, "additionalProperties": False, **more}


def _or_null(declared: dict[str, Any]) -> dict[str, Any]:
    return declared | {"type": [declared["type"], "null"]}


def _header(kind: str, about: str) -> dict[str, Any]:
    return {"description": about, "schema": {"type": kind}}


_REQUEST_ID = {
    "X-Request-Id": _header("string", "The request's id, the client's own if it sent one: in every log line."),
    "traceparent": _header("string", "The trace (W3C Trace Context) that the client named, if it named one."),
}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


if __name__ == "__main__":
    print(json.dumps(document(), indent=1))
