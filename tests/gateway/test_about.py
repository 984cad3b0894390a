"""What the gateway says of itself: the version, the model, the labels, the interface."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from server.gateway_config import GATEWAY, REFERENCE_FILES
from server.gateway_settings import version_and_model
from setup.console import CommandError

from tests.helpers.http_client import Client
from tests.helpers.stand_ins import make_archive

MODEL = "efficientnet_lite0-0123456789ab"


@pytest.fixture(scope="module")
def named(keep_gateway):
    """A client of a gateway that knows version and model."""
    return Client(keep_gateway(served_version="0.3.0", model=MODEL).settings.port)


@pytest.mark.parametrize(("method", "path"), [("POST", "/"), ("GET", "/"), ("GET", "/nothing"), ("GET", "/healthz")])
def test_every_answer_says_which_version_and_model_it_is_of(named, method, path):
    headers = named.ask(method, path, b"x" if method == "POST" else None).headers

    assert (headers["X-Focal-Version"], headers["X-Focal-Model"]) == ("0.3.0", MODEL)


def test_a_name_with_other_signs_does_not_come_into_nginxs_configuration(settings_for):
    with pytest.raises(CommandError, match="is not the version of an archive or the name of a model"):
        settings_for(served_version="0.3.0; #")


def test_version_and_model_are_those_of_the_archive(tmp_path):
    archive = make_archive(tmp_path / "focal.mar")

    assert version_and_model(archive) == ("2", "alexnet")
    assert version_and_model(tmp_path / "none.mar") == ("", "")


def test_the_labels_are_answered_with_their_indices_and_synonyms(client):
    answer = client.ask("GET", "/labels")

    labels = answer.json["labels"]
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert [each["index"] for each in labels] == list(range(1000))
    assert labels[281] == {"index": 281, "label": "tabby", "synonyms": ["tabby cat"]}


@pytest.mark.parametrize("path", ["/openapi.json", "/labels"])
def test_long_json_of_the_gateways_own_is_compressed_if_the_client_takes_it(client, path):
    packed, plain = (client.ask("GET", path, headers=headers) for headers in ({"Accept-Encoding": "gzip"}, {}))

    assert packed.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.body)) == plain.json
    assert len(packed.body) < len(plain.body) / 3
    assert packed.headers["X-Focal-Version"] == plain.headers["X-Focal-Version"]


def test_an_answer_is_not_compressed(client):
    assert "Content-Encoding" not in client.ask("POST", "/", b"x", {"Accept-Encoding": "gzip"}).headers


def test_the_reference_is_a_page_that_asks_nobody_else(client):
    page = client.ask("GET", "/docs")

    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    for name in REFERENCE_FILES[1:]:
        assert client.ask("GET", f"/{name}").status == 200
    for name in REFERENCE_FILES:
        text = (GATEWAY / "reference" / name).read_text(encoding="utf-8")
        assert re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", text) == []
