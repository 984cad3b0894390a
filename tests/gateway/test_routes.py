"""What the gateway lets through, and to where."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from tests.conftest import ROOT
from tests.helpers.http_client import assert_contract_error
from tests.helpers.scripted_upstream import INFERENCE_KEY, MANAGEMENT_KEY, Reply

PICTURE = b"\xff\xd8\xff" + bytes(range(256))


@pytest.mark.parametrize("path", ["/", "/predictions/focal"])
def test_a_photo_reaches_the_model_byte_for_byte(client, upstream, path):
    answer = client.ask("POST", path, PICTURE, {"Content-Type": "image/jpeg"})
    assert (answer.status, answer.json) == (200, {"class": "tabby"})
    assert [(r.method, r.path, r.body) for r in upstream.received] == [("POST", "/predictions/focal", PICTURE)]


def test_an_explanation_is_asked_for_at_its_own_path(client, upstream):
    assert client.ask("POST", "/explanations/focal", PICTURE).status == 200
    assert upstream.received[0].path == "/explanations/focal"


def test_an_answer_comes_back_byte_for_byte(client, upstream):
    picture = bytes(range(256)) * 40_000  # 10 MB: more than every buffer
    upstream.answer(Reply(200, picture, {"content-type": "image/png", "X-Focal-Class": "tabby, tabby cat"}))
    answer = client.ask("POST", "/", PICTURE, {"Accept": "image/png"})
    assert answer.body == picture
    assert (answer.headers["Content-Type"], answer.headers["X-Focal-Class"]) == ("image/png", "tabby, tabby cat")


def test_a_query_is_dropped(client, upstream):
    client.ask("POST", "/predictions/focal?describe=1&a=b", PICTURE)
    client.ask("POST", "/?describe=1", PICTURE)
    assert [r.path for r in upstream.received] == ["/predictions/focal"] * 2


def test_a_chunked_body_arrives_whole(client, upstream):
    body = (b"x" * 1000 for _ in range(100))
    assert client.ask("POST", "/", body, {"Content-Type": "image/png"}).status == 200
    assert upstream.received[0].body == b"x" * 100_000


def test_get_shows_the_page(client, upstream):
    answer = client.ask("GET", "/")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert upstream.received == []


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/page/main.js", "text/javascript; charset=utf-8"),
        ("/focal.css", "text/css; charset=utf-8"),
        ("/focal.svg", "image/svg+xml"),
    ],
)
def test_the_pages_assets_are_served_with_their_types(client, path, content_type):
    answer = client.ask("GET", path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, content_type)
    assert answer.headers["Cache-Control"] == "no-cache"


def test_the_pages_text_is_sent_compressed_to_those_who_read_that_and_answers_are_not(client):
    plain = client.ask("GET", "/page/main.js")
    assert "Content-Encoding" not in plain.headers
    packed = client.ask("GET", "/page/main.js", headers={"Accept-Encoding": "gzip"})
    assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(packed.body) == plain.body
    answer = client.ask("POST", "/", PICTURE, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers


def test_the_openapi_document_is_served(client):
    answer = client.ask("GET", "/openapi.json")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json["openapi"] == "3.1.0"


def test_the_page_is_not_sent_again_when_it_has_not_changed(client):
    etag = client.ask("GET", "/").headers["ETag"]
    assert client.ask("GET", "/", headers={"If-None-Match": etag}).status == 304


def test_healthz_asks_nobody(client, upstream):
    answer = client.ask("GET", "/healthz")
    assert upstream.received == []
    assert (answer.status, answer.json) == (200, {"status": "alive"})


def test_ping_is_torchserves_answer(client, upstream):
    upstream.answer(Reply(200, b'{"status": "Healthy"}'))
    assert client.ask("GET", "/ping").json == {"status": "Healthy"}
    assert upstream.received[0].header("Authorization") == f"Bearer {INFERENCE_KEY}"


def test_what_the_document_calls_deprecated_is_answered_with_the_header_and_nothing_else(client, upstream):
    upstream.answer(Reply(200, b'{"status": "Healthy"}'))
    document = json.loads((ROOT / "gateway" / "openapi.json").read_text())
    told = {path: client.ask("GET", path).headers for path, item in document["paths"].items() if "get" in item}

    called = {path for path in told if document["paths"][path]["get"].get("deprecated")}
    assert called == {path for path, headers in told.items() if headers.get("Deprecation")} != set()
    for path in called:
        assert re.fullmatch("@[0-9]{10}", told[path]["Deprecation"])  # RFC 9745: a date, in seconds
        assert told[path]["Link"] == '</docs>; rel="deprecation"; type="text/html"'


def test_readyz_asks_a_worker_and_shows_nothing_of_what_it_says(client, upstream):
    upstream.answer(Reply(200, b'[{"secret": "inside"}]', {"content-type": "application/json", "X-Secret": "1"}))
    answer = client.ask("GET", "/readyz")
    assert (answer.status, answer.json) == (200, {"status": "ready"})
    assert "X-Secret" not in answer.headers
    assert upstream.received[0].path == "/models/focal?customized=true"
    assert upstream.received[0].header("Authorization") == f"Bearer {MANAGEMENT_KEY}"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 503])
def test_readyz_says_not_ready_when_no_worker_answers(client, upstream, status):
    upstream.answer(Reply(status, b'{"secret": "inside"}'))
    assert_contract_error(client.ask("GET", "/readyz"), 503, "NotReady")


@pytest.mark.parametrize(
    "path",
    [
        "/models",
        "/models/focal",
        "/metrics",
        "/token",
        "/workflows",
        "/api-description",
        "/invocations",
        "/v1/models/focal:predict",
        "/predictions",
        "/predictions/",
        "/predictions/other",
        "/predictions/focal/",
        "/predictions/focal/1.0",
        "/predictions/focal%0a",
        "/predictions/focal%20HTTP/1.1%0d%0aHost:%20x",
        "/predictions/focal%00",
        "/predictions/focal%2f..%2f..%2fmodels",
        "/predictions/../models",
        "/predictions/..%2fmodels",
        "/predictions/%2e%2e/models",
        "/predictions/focal/../../models/focal",
        "/predictions/focal;/../models",
        "/predictions/focal\\..\\models",
        "//predictions/focal",
        "/predictions//focal",
        "//models",
        "/PREDICTIONS/focal",
        "/describe",
        "/ready",
        "/error/500",
        "/failure/not_ready",
        "/failure/handler/400",
        "/index.html",
        "/nginx.conf",
        "/page/index.html",
        "/page/",
        "/page/focal.css",
        "/page/nothing.js",
        "/page/main.js.js",
        "/page/main.js%0a",
        "/page/main.js%00",
        "/page/main.js/../../nginx.conf",
        "/page/../../nginx.conf",
        "/page/..%2fopenapi.js",
        "/page/%2e%2e/main.js",
        "/main.js",
        "/..%2fnginx.conf",
        "/%2e%2e/nginx.conf",
        "/.git/config",
        "/favicon.ico",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_other_path_reaches_anything(client, upstream, method, path):
    request = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    head, _, body = client.send_raw(request.encode()).partition(b"\r\n\r\n")
    assert json.loads(body)["code"] in (400, 404)  # 400: nginx refuses a null byte and a climb above the root itself
    assert b"Content-Type: application/json" in head
    assert upstream.received == []


def test_a_path_that_normalises_to_an_allowed_one_is_that_one(client, upstream):
    assert client.ask("POST", "/x/../predictions/./focal", PICTURE).status == 200
    assert upstream.received[0].path == "/predictions/focal"


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/", "PUT", "GET, HEAD, POST"),
        ("/", "OPTIONS", "GET, HEAD, POST"),
        ("/predictions/focal", "GET", "POST"),
        ("/predictions/focal", "OPTIONS", "POST"),
        ("/predictions/focal?x=1", "DELETE", "POST"),
        ("/explanations/focal", "PUT", "POST"),
        ("/healthz", "POST", "GET, HEAD"),
        ("/readyz", "POST", "GET, HEAD"),
        ("/ping", "POST", "GET, HEAD"),
        ("/page/main.js", "POST", "GET, HEAD"),
        ("/focal.css?x", "POST", "GET, HEAD"),
        ("/reference.js", "TRACE", "GET, HEAD"),
        ("/openapi.json", "DELETE", "GET, HEAD"),
        ("/docs", "POST", "GET, HEAD"),
        ("/labels", "PUT", "GET, HEAD"),
        ("/predictions/focal", "BREW", "POST"),
        ("/healthz", "TRACE", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(client, upstream, path, method, allowed):
    answer = client.ask(method, path, b"")
    assert_contract_error(answer, 405, "MethodNotAllowed")
    assert answer.headers["Allow"] == allowed
    assert answer.json["message"] == f"This address does not take that method; use {allowed}."
    assert upstream.received == []


@pytest.mark.parametrize("method", ["TRACE", "BREW", "PUT", "OPTIONS"])
def test_where_there_is_nothing_no_method_is_the_right_one(client, method):
    answer = client.ask(method, "/nothing", b"")
    assert_contract_error(answer, 404, "NotFound")
    assert "Allow" not in answer.headers


def test_head_answers_without_a_body(client):
    assert client.ask("HEAD", "/healthz").body == b""
    assert client.ask("HEAD", "/nothing").status == 404


def test_another_origin_is_given_no_permission(client):
    answer = client.ask("POST", "/", PICTURE, {"Origin": "https://elsewhere.example"})
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
