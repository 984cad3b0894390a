"""The schemas of the OpenAPI document: what requests and answers hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..declarations import declarations, schema
from ..option_values import MOST_CLASSES
from ..options import EXPLANATION_OPTIONS, ExplanationOptions, Options
from .parts import DEPTH_FIELD, FIELDS, MASK_FIELD, PHOTO_FIELDS, PROBABILITY
from .request import ANSWER_FIELDS

# The smallest photo there is, one grey pixel, and a white one of its shape as its mask; both PNG.
EXAMPLE_PHOTO = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
EXAMPLE_MASK = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="

_IMAGE = {"type": "string", "contentEncoding": "base64"}
_FILE = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
_INDEX = {"type": "integer", "minimum": 0, "maximum": 999}
_CLASS = {"type": "string", "description": "ImageNet class label, as torchvision spells it."}
_PROBABILITY = PROBABILITY.schema()


def schemas() -> dict[str, Any]:
    """Every schema by its name, which is never that of a property in it: Python generators would confuse the two."""
    pair, click = schema(Options)["points"]["items"]["anyOf"]
    return {
        "Pair": pair | {"description": "[x, y], fractions of the photo's width and height; to keep."},
        "Click": click
        | {
            "description": "A point to keep or to take away, fractions of the photo's width and height.",
            "properties": click["properties"] | _each_or_null({"keep": click["properties"]["keep"]}),
        },
        "Request": _sent(
            {"img": _IMAGE | {"description": "The image file in base64."}}
            | _each_or_null(_map_fields(_IMAGE) | photo_options() | {FIELDS: answer_fields()}),
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
        "Form": _form(_map_fields(_FILE) | photo_options() | {FIELDS: answer_fields()}),
        "ExplanationRequest": _sent(
            {"img": _IMAGE | {"description": "The image file in base64."}} | _each_or_null(explanation_options()),
            ["img"],
            examples=[
                {"img": EXAMPLE_PHOTO},
                {"img": EXAMPLE_PHOTO, "quality": 70},
                {"img": EXAMPLE_PHOTO, "targets": ["tabby", 282], "method": "gradient", "output": "npz"},
                {"img": EXAMPLE_PHOTO, "k": 1, "method": "layercam", "layer": "middle", "output": "png"},
            ],
        ),
        "ExplanationForm": _form(explanation_options()),
        "Archive": _FILE
        | {
            "description": "A NumPy archive: attribution, float32 (n, c, h, w), with index, label, probability, "
            "mask_confidence, logits, view, samples, method, place and version."
        },
        "FieldName": {"type": "string", "enum": list(ANSWER_FIELDS), "description": "A field of a JSON answer."},
        "Picture": _FILE | {"description": "An image file."},
        "Page": {"type": "string", "description": "HTML."},
        "ServerStatus": _answered({"status": {"type": "string", "enum": ["alive", "ready"]}}),
        "TorchServeStatus": _answered({"status": {"type": "string", "description": "Healthy, or what is wrong."}}),
        "ClassLabel": _answered(
            {
                "index": _INDEX,
                "label": _CLASS,
                "synonyms": {"type": "array", "items": {"type": "string"}, "description": "Other names of the class."},
            }
        ),
        "LabelList": _answered(
            {"labels": {"type": "array", "items": ref("ClassLabel"), "minItems": 1000, "maxItems": 1000}}
        ),
        "Explanation": _explained(),
        "Answer": _answered(
            {
                "class": _or_null(_CLASS),
                "probability": _or_null(_PROBABILITY),
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
                    "items": ref("Explanation"),
                }
            }
        ),
        "Error": _answered({"code": {"type": "integer"}, "type": {"type": "string"}, "message": {"type": "string"}}),
    }


def ref(name: str) -> dict[str, str]:
    """The reference to a schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def answer_fields() -> dict[str, Any]:
    """The list of the fields that a JSON answer shall have."""
    return {
        "type": "array",
        "items": ref("FieldName"),
        "minItems": 1,
        "description": "The fields that a JSON answer shall have; the others are not computed. All by default.",
    }


def photo_options(names: Iterable[str] = declarations(Options)) -> dict[str, Any]:
    """The declared options of these names, their defaults in words.

    Generators take a default for a promise that the value is there, and would demand it of every request.
    """
    declared = schema(Options)
    declared["points"]["items"] = {"anyOf": [ref("Pair"), ref("Click")]}
    return {name: _with_default_in_words(declared[name]) for name in names}


def explanation_options() -> dict[str, Any]:
    """The options of an explanation: those of a photo that count for it, and its own."""
    own = {name: _with_default_in_words(declared) for name, declared in schema(ExplanationOptions).items()}
    return photo_options(EXPLANATION_OPTIONS) | own


def _with_default_in_words(declared: dict[str, Any]) -> dict[str, Any]:
    described = {key: value for key, value in declared.items() if key != "default"}
    if declared["default"] is None:
        return described
    return described | {"description": f"{declared['description']} Default: {declared['default']}."}


def _form(fields: dict[str, Any]) -> dict[str, Any]:
    """A form of one photo and of these fields."""
    others = ", ".join(PHOTO_FIELDS[1:])
    photo = _FILE | {"description": f"The image file; the field may also be called {others}."}
    return _sent({PHOTO_FIELDS[0]: photo, **fields}, [PHOTO_FIELDS[0]])


def _map_fields(image: dict[str, Any]) -> dict[str, Any]:
    """The client's own maps of the photo, and what may be sent along with a mask."""
    depth = "How near each place is, of the photo's shape, in greys of 8 or 16 bits: disparity, white near."
    about = "A mask instead of looking for a subject, of the photo's shape: white stays sharp, or all that is cut out."
    return {
        MASK_FIELD: image | {"description": about},
        DEPTH_FIELD: image | {"description": depth},
        "class": _CLASS | {"description": "Only with maskImage: the class to answer with."},
        "probability": _PROBABILITY | {"description": "Only with maskImage: the probability to answer with."},
    }


def _explained() -> dict[str, Any]:
    confidence = _or_null(
        {"type": "number", "minimum": 0, "maximum": 1, "description": "How likely the mask made of it is right."}
    )
    properties = {"class": _CLASS, "index": _INDEX, "probability": _PROBABILITY, "maskConfidence": confidence}
    return _answered(properties | {"saliency": _IMAGE})


def _answered(properties: dict[str, Any], required: list[str] | None = None, **more: Any) -> dict[str, Any]:
    """An object of these properties, all required unless `required` says which; later versions may add others."""
    demanded = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": demanded, **more}


def _sent(properties: dict[str, Any], required: list[str], **more: Any) -> dict[str, Any]:
    """An object of these properties and no others."""
    return _answered(properties, required, **more) | {"additionalProperties": False}


def _each_or_null(fields: dict[str, Any]) -> dict[str, Any]:
    """These fields of JSON, where each may be null, which counts as not sent."""
    return {name: _or_null(declared) for name, declared in fields.items()}


def _or_null(declared: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in declared:
        return declared | {"anyOf": [*declared["anyOf"], {"type": "null"}]}
    words = {"enum": [*declared["enum"], None]} if "enum" in declared else {}
    return declared | {"type": [declared["type"], "null"]} | words
