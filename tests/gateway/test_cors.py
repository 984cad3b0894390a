"""Pages of other origins: none may use this server, unless the operator allows it."""

from __future__ import annotations

import pytest
from focal.api import openapi
from setup.console import CommandError

from tests.helpers.http_client import Client

ALLOWED, OTHER = "https://app.example.org", "https://evil.example.org"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}


def cors_headers(answer):
    return {name for name in answer.headers if name.lower().startswith("access-control-")}


def test_without_the_setting_no_origin_is_allowed(client):
    assert cors_headers(client.ask("POST", "/", b"x", {"Origin": ALLOWED})) == set()
    preflight = client.ask("OPTIONS", "/", headers={"Origin": ALLOWED, **PREFLIGHT})
    assert (preflight.status, cors_headers(preflight)) == (405, set())


def test_an_allowed_origin_may_post_photos_and_read_every_header(open_gateway):
    client = Client(open_gateway(cors_origins=(ALLOWED, "http://localhost:3000")).settings.port)

    answer = client.ask("POST", "/", b"x", {"Origin": ALLOWED})

    assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED
    assert answer.headers["Vary"] == "Origin"
    exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
    operations = [operation for path in openapi.document()["paths"].values() for operation in path.values()]
    responses = [response for operation in operations for response in operation["responses"].values()]
    assert set(exposed) == {name for response in responses for name in response.get("headers", ())} | {"Allow"}
    assert "Access-Control-Allow-Credentials" not in answer.headers
    error = client.ask("GET", "/nothing", headers={"Origin": ALLOWED})
    assert (error.status, error.headers["Access-Control-Allow-Origin"]) == (404, ALLOWED)


@pytest.fixture(scope="module")
def allowing(keep_gateway):
    """A client of a gateway that allows one origin."""
    return Client(keep_gateway(cors_origins=(ALLOWED,)).settings.port)


@pytest.mark.parametrize("path", ["/", "/predictions/focal?format=png", "/explanations/focal"])
def test_a_preflight_is_answered_without_torchserve(allowing, upstream, path):
    answer = allowing.ask("OPTIONS", path, headers={"Origin": ALLOWED, **PREFLIGHT})

    assert (answer.status, answer.body) == (204, b"")
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "X-Api-Key" in answer.headers["Access-Control-Allow-Headers"]
    assert upstream.received == []


@pytest.mark.parametrize("origin", [OTHER, f"{ALLOWED}.evil.org", "https://app-example.org", "null", ALLOWED + ":8443"])
def test_no_other_origin_is_allowed(allowing, origin):
    assert "Access-Control-Allow-Origin" not in allowing.ask("POST", "/", b"x", {"Origin": origin}).headers
    assert allowing.ask("OPTIONS", "/", headers={"Origin": origin, **PREFLIGHT}).status == 405


def test_a_star_allows_them_all(open_gateway):
    client = Client(open_gateway(cors_origins=("*",)).settings.port)

    assert client.ask("POST", "/", b"x", {"Origin": OTHER}).headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("origin", ["app.example.org", f"{ALLOWED}/", f"{ALLOWED}/page", '"', "https://a b", "null"])
def test_what_is_no_origin_is_refused_before_anything_starts(settings_for, origin):
    with pytest.raises(CommandError, match="is not an origin, such as"):
        settings_for(cors_origins=(origin,))
