"""The OpenAPI document: what validates requests is what it says, and the file that is served is what it makes."""

import base64
import io
import json

import numpy as np
import pytest
import skimage.data
from focal.api import openapi
from focal.api.labels import labels_answer
from focal.api.openapi_schemas import EXAMPLE_MASK, EXAMPLE_PHOTO, ref
from focal.api.service import respond
from focal.declarations import schema
from focal.errors import FocalError
from focal.options import Options
from focal.settings import Settings
from jsonschema import Draft202012Validator
from PIL import Image
from server.gateway_errors import gateway_errors

from tests.conftest import ROOT
from tests.helpers.in_process import InProcess

DOCUMENT = openapi.document()
SCHEMAS = DOCUMENT["components"]["schemas"]


def valid(name, value):
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}"} | DOCUMENT).is_valid(value)


def without_null(schema):
    """A schema of JSON that takes null, and nothing else, besides what this one takes."""
    if "anyOf" in schema:
        *others, null = schema["anyOf"]
        assert null == {"type": "null"}
        return schema | {"anyOf": others}
    kind, null = schema["type"]
    assert null == "null"
    if "enum" not in schema:
        return schema | {"type": kind}
    *words, null = schema["enum"]
    assert null is None
    return schema | {"type": kind, "enum": words}


def test_the_file_that_is_served_is_the_document():
    served = json.loads((ROOT / "gateway" / "openapi.json").read_text())
    assert served == DOCUMENT, "make it anew: PYTHONPATH=handler python -m focal.api.openapi > gateway/openapi.json"


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_one(name):
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("name", ["Request", "Form"])
def test_a_request_has_every_option_with_its_range(name):
    properties = SCHEMAS[name]["properties"]
    for option, declared in schema(Options).items():
        said, default = properties[option], declared.pop("default")
        if name == "Request":  # of JSON, in which null counts as not sent
            said = without_null(said)
        if option == "points":
            pair, click = declared["items"]["anyOf"]
            assert SCHEMAS["Pair"].items() >= pair.items()
            keep = without_null(SCHEMAS["Click"]["properties"]["keep"])
            said_of_a_click = SCHEMAS["Click"] | {"properties": SCHEMAS["Click"]["properties"] | {"keep": keep}}
            assert said_of_a_click.items() >= click.items()
            declared["items"] = {"anyOf": [ref("Pair"), ref("Click")]}
        assert said.keys() == declared.keys()
        assert {**said, "description": declared["description"]} == declared
        assert said["description"] == declared["description"] + ("" if default is None else f" Default: {default}.")


@pytest.mark.parametrize("name", ["Request", "ExplanationRequest"])
def test_what_counts_as_not_sent_in_json_is_valid(name):
    names = SCHEMAS[name]["properties"]
    assert valid(name, dict.fromkeys(names) | {"img": EXAMPLE_PHOTO})
    assert not valid(name, dict.fromkeys(names))


def test_every_answer_has_a_schema_with_a_name_and_something_in_it():
    for item in DOCUMENT["paths"].values():
        for operation in item.values():
            bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
            for content in (content for body in bodies for content in body.get("content", {}).values()):
                name = content["schema"]["$ref"].rpartition("/")[2]
                assert SCHEMAS[name]["type"]


def test_generators_make_sound_clients_of_it():
    """What broke them, each in tests/end_to_end/test_generated_clients.py, which takes minutes."""
    text = json.dumps(DOCUMENT)
    assert '"default":' not in text  # TypeScript would demand the value of every request
    for name, described in SCHEMAS.items():
        assert name.lower() not in map(str.lower, described.get("properties", {}))  # mistaken for it in Python
    named = [each for each in SCHEMAS if SCHEMAS[each]["type"] == "array"]
    assert named == ["Pair"]  # in Java, a list with a name is a class, which its APIs do not import
    assert SCHEMAS["Request"]["required"] == SCHEMAS["Form"]["required"] == ["img"]
    assert SCHEMAS["Form"]["properties"]["img"]["type"] == "string"  # not unknown
    closed = {name for name in SCHEMAS if SCHEMAS[name].get("additionalProperties") is False}
    assert closed == {"Request", "Form", "ExplanationRequest", "ExplanationForm", "Click"}  # answers may get fields


def test_an_answer_of_fewer_fields_is_valid(lite0):
    reply = answer(lite0, {"img": EXAMPLE_PHOTO, "fields": ["class", "maskImage"]})
    assert valid("Answer", json.loads(reply.body))


def test_the_labels_that_are_answered_are_valid():
    assert valid("LabelList", labels_answer())


def answer(model, body, *, explains=False):
    settings = Settings()
    return respond({"body": body}, {}, model, settings, decoder=InProcess(settings), explains=explains)


def test_every_error_that_a_photo_can_meet_is_named_under_its_status():
    responses = DOCUMENT["paths"]["/"]["post"]["responses"]
    gateway = {(error.code, error.type) for error in gateway_errors(Settings(), 1)}
    for code, kind in {(e.code, e.__name__) for e in FocalError.__subclasses__()} | gateway:
        if kind not in ("NotFound", "MethodNotAllowed"):  # no photo meets them
            assert kind in responses[str(code)]["description"]


@pytest.mark.parametrize("example", SCHEMAS["Request"]["examples"])
def test_every_example_is_valid_and_gets_a_valid_answer(lite0, example):
    assert valid("Request", example)
    reply = answer(lite0, example)

    assert valid("Answer", json.loads(reply.body))
    assert reply.headers.keys() <= DOCUMENT["paths"]["/"]["post"]["responses"]["200"]["headers"].keys()


@pytest.mark.parametrize("example", SCHEMAS["ExplanationRequest"]["examples"])
def test_every_example_of_an_explanation_is_valid_and_gets_what_is_described(lite0, example):
    assert valid("ExplanationRequest", example)
    reply = answer(lite0, example, explains=True)

    assert reply.content_type in DOCUMENT["paths"]["/explanations/focal"]["post"]["responses"]["200"]["content"]
    if reply.content_type == "application/json":
        assert valid("ExplanationList", json.loads(reply.body))
    else:
        described = SCHEMAS["Archive"]["description"]
        assert [name for name in np.load(io.BytesIO(reply.body)).files if name not in described] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"targets": []},
        {"targets": [1000]},
        {"targets": ["tabby"] * 11},
        {"target": -1},
        {"k": 0},
        {"k": 11},
        {"method": "lime"},
        {"layer": "blocks.5"},
        {"output": "cutout"},
        {"strength": 0.1},
    ],
)
def test_what_the_document_forbids_of_an_explanation_is_refused(lite0, wrong):
    request = {"img": EXAMPLE_PHOTO, **wrong}
    assert not valid("ExplanationRequest", request)
    with pytest.raises(FocalError) as caught:
        answer(lite0, request, explains=True)
    assert caught.value.code == 400


def test_a_photos_answer_and_explanations_are_valid(lite0):
    buffer = io.BytesIO()
    Image.fromarray(skimage.data.chelsea()).save(buffer, "JPEG")
    body = {"img": base64.b64encode(buffer.getvalue()).decode()}
    for explains, name in ((False, "Answer"), (True, "ExplanationList")):
        assert valid(name, json.loads(answer(lite0, body, explains=explains).body))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"img": 7},
        {"img": "", "strength": 0.2},
        {"img": "", "bokeh": "square"},
        {"img": "", "target": 1000},
        {"img": "", "target": True},
        {"img": "", "point": [0.5]},
        {"img": "", "point": [0.5, 1.5]},
        {"img": "", "points": []},
        {"img": "", "points": [{"x": 0.5}]},
        {"img": "", "output": "video"},
        {"img": "", "output": "cutout", "background": "white"},
        {"img": "", "maxSide": 15},
        {"img": "", "fallback": "perhaps"},
        {"img": "", "quality": 1.5},
        {"img": "", "maskImage": 7},
        {"img": "", "maskImage": "", "probability": 2},
        {"img": "", "blur": 1},
    ],
)
def test_what_the_document_forbids_is_refused_and_for_what_it_says(lite0, wrong):
    assert not valid("Request", wrong)
    with pytest.raises(FocalError) as caught:
        answer(lite0, {**wrong, **({"img": EXAMPLE_PHOTO} if wrong.get("img") == "" else {})})
    assert caught.value.code == 400


def test_the_example_mask_is_white_and_of_the_example_photos_shape():
    photo, mask = (np.asarray(Image.open(io.BytesIO(base64.b64decode(text)))) for text in (EXAMPLE_PHOTO, EXAMPLE_MASK))
    assert photo.shape == mask.shape
    assert (mask == 255).all()


def test_the_gateways_errors_for_photos_are_those_that_the_gateway_renders() -> None:
    rendered = {(error.code, error.type) for error in gateway_errors(Settings(), 1)}

    described = {(code, kind) for code, kinds in openapi.GATEWAY_ERRORS.items() for kind in kinds}

    assert described == rendered - {(404, "NotFound"), (405, "MethodNotAllowed")}  # of other addresses and methods
