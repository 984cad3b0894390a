"""The bake file: nothing but what buildx knows, and each of its images built from what the Dockerfile has.

buildx overlooks a field that it does not know (`docker buildx bake --print`, 0.13.1 of Debian 13). So the few that are
used are in a schema of our own, after https://docs.docker.com/build/bake/reference/.
"""

from __future__ import annotations

import json
import re
from typing import Any

import focal
import jsonschema
import pytest
from focal.network import backbones

from tests.conftest import ROOT

BAKE = json.loads((ROOT / "docker-bake.json").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
DEFAULTS = dict(re.findall(r"^ARG (\w+)=(.*)$", DOCKERFILE, re.MULTILINE))

NAME = {"pattern": "^[a-z][a-z0-9-]*$"}
TEXTS = {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "minItems": 1}


def only(**properties: Any) -> dict[str, Any]:
    """A JSON schema of an object with some of these properties, and no other."""
    return {"type": "object", "properties": properties, "additionalProperties": False}


def named(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema of an object whose properties have names of their own."""
    return {"type": "object", "propertyNames": NAME, "additionalProperties": schema}


SCHEMA = only(
    variable={"type": "object", "additionalProperties": only(default={"type": "string"})},
    group=named(only(targets=TEXTS)),
    target=named(
        only(
            inherits=TEXTS,
            context={"type": "string"},
            dockerfile={"type": "string"},
            target={"type": "string"},
            platforms={**TEXTS, "items": {"enum": ["linux/amd64", "linux/arm64"]}},
            tags=TEXTS,
            args={"type": "object", "additionalProperties": {"type": "string"}},
            attest={**TEXTS, "items": {"enum": ["type=sbom", "type=provenance,mode=max"]}},
        )
    ),
)


def target(name: str) -> dict[str, Any]:
    """A target with what it inherits: fields replace each other, but arguments join."""
    own = BAKE["target"][name]
    whole: dict[str, Any] = {"args": {}}
    for parent in (*(target(each) for each in own.get("inherits", [])), own):
        whole |= parent | {"args": whole["args"] | parent.get("args", {})}
    return whole


def test_it_says_nothing_that_buildx_would_overlook() -> None:
    jsonschema.validate(BAKE, SCHEMA)


@pytest.mark.parametrize(
    "wrong", [{"targets": {}}, {"target": {"cpu": {"dockerfil": "x"}}}, {"group": {"a": {}, "B": {}}}]
)
def test_a_field_that_buildx_does_not_know_is_an_error(wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA)


def test_groups_parents_and_variables_are_there() -> None:
    parents = {parent for each in BAKE["target"].values() for parent in each.get("inherits", [])}
    members = {member for group in BAKE["group"].values() for member in group["targets"]}
    variables = set(re.findall(r"\$\{(\w+)\}", json.dumps(BAKE)))

    assert parents | members <= set(BAKE["target"])
    assert set(BAKE["group"]["all"]["targets"]) == set(BAKE["target"])
    assert variables == set(BAKE["variable"])
    assert BAKE["variable"]["VERSION"]["default"] == focal.__version__


@pytest.mark.parametrize("name", BAKE["target"])
def test_a_target_has_its_dockerfile_stage_and_arguments(name: str) -> None:
    image = target(name)
    stages = re.findall(r"^FROM .* AS (\w+)$", DOCKERFILE, re.MULTILINE)

    assert (ROOT / image["context"] / image["dockerfile"]).samefile(ROOT / "Dockerfile")
    assert image.get("target", stages[0]) in stages
    assert set(image["args"]) <= set(DEFAULTS)
    assert (DEFAULTS | image["args"])["BACKBONE"] in backbones.names()


def test_images_are_for_both_processors_but_for_cuda_and_no_two_have_one_tag() -> None:
    images = {name: target(name) for name in BAKE["target"]}
    tags = [tag for image in images.values() for tag in image["tags"]]

    assert {name for name, image in images.items() if image["platforms"] != ["linux/amd64", "linux/arm64"]} == {"cuda"}
    assert all(tag.startswith("${IMAGE}:${VERSION}") for tag in tags)
    assert len(set(tags)) == len(tags)
