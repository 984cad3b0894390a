"""Clients get every error, from whichever layer, as the contract's JSON; those of the handler pass unchanged."""

from __future__ import annotations

import json
import socket

import pytest

from tests.helpers.http_client import Client, assert_contract_error
from tests.helpers.scripted_upstream import Reply
from tests.helpers.waiting import PATIENCE_S

HTML = {"content-type": "text/html"}
JSON = {"content-type": "application/json"}
TOKEN_ERROR = b'{"code": 400, "type": "InvalidKeyException", "message": "Token Authorization failed."}'
WORKER_DIED = b'{\n  "code": 500,\n  "type": "InternalServerException",\n  "message": "Worker died."\n}\n'


@pytest.mark.parametrize(
    ("status", "error_type"),
    [
        (400, "InvalidJson"),
        (413, "PhotoTooLarge"),
        (415, "UnsupportedFormat"),
        (422, "UndecodablePhoto"),
        (500, "InternalError"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/explanations/focal"])
def test_the_handlers_own_error_passes_untouched(client, upstream, path, status, error_type):
    body = json.dumps({"code": status, "type": error_type, "message": 'An "é" and a \\, kept.'})
    upstream.answer(Reply(status, body.encode(), JSON | {"X-Focal-Error": body}))
    answer = client.ask("POST", path, b"x")
    assert_contract_error(answer, status, error_type)
    assert answer.body == body.encode()
    assert "X-Focal-Error" not in answer.headers


def test_an_error_of_the_handler_with_a_status_nobody_foresaw_is_still_json(client, upstream):
    upstream.answer(Reply(409, b"{}", JSON | {"X-Focal-Error": "{}"}))
    assert_contract_error(client.ask("POST", "/", b"x"), 503, "NotReady")


@pytest.mark.parametrize(
    ("reply", "status", "error_type"),
    [
        (Reply(400, TOKEN_ERROR, JSON), 503, "NotReady"),
        (Reply(403, b"{}", JSON), 503, "NotReady"),
        (Reply(404, b"{}", JSON), 503, "NotReady"),
        (Reply(405, b"{}", JSON), 405, "MethodNotAllowed"),
        (Reply(413, b"", {}), 413, "BodyTooLarge"),
        (Reply(500, WORKER_DIED, JSON), 503, "NotReady"),
        (Reply(500, b"<html>trace</html>", HTML), 503, "NotReady"),
        (Reply(502, b"<html>", HTML), 503, "NotReady"),
        (Reply(503, b'{"message": "has no worker to serve inference request"}', JSON), 503, "NotReady"),
        (Reply(504, b"<html>", HTML), 504, "TimedOut"),
        (Reply(507, WORKER_DIED, JSON), 503, "NotReady"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Reply) else "",
)
def test_torchserves_own_error_becomes_ours(client, upstream, reply, status, error_type):
    upstream.answer(reply)
    answer = client.ask("POST", "/", b"x", {"Content-Type": "image/jpeg"})
    assert_contract_error(answer, status, error_type)
    assert b"orker" not in answer.body.replace(b"workers", b"")


def test_without_torchserve_the_service_is_not_ready(open_gateway, unused_url):
    nobody = unused_url.removeprefix("http://")
    client = Client(open_gateway(inference_address=nobody, management_address=nobody).settings.port)
    assert_contract_error(client.ask("POST", "/", b"x"), 503, "NotReady")
    assert_contract_error(client.ask("POST", "/explanations/focal", b"x"), 503, "NotReady")
    assert_contract_error(client.ask("GET", "/readyz"), 503, "NotReady")
    assert_contract_error(client.ask("GET", "/ping"), 503, "NotReady")
    assert client.ask("GET", "/healthz").status == 200


def test_a_torchserve_that_hangs_up_is_not_ready(open_gateway):
    with socket.create_server(("127.0.0.1", 0)) as rude:
        address = f"127.0.0.1:{rude.getsockname()[1]}"
        rude.settimeout(PATIENCE_S)
        client = Client(open_gateway(inference_address=address).settings.port)
        with client.connect() as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx")
            rude.accept()[0].close()
            answered = connection.makefile("rb").read()
    assert b" 503 " in answered.splitlines()[0]
    assert b'"type":"NotReady"' in answered


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"complete garbage\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),  # no Host
        (b"GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\nX: \x00\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 400),
        (b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /../.. HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Big: " + b"a" * 20_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Many: aaaaaaaaaa\r\n" * 5_000 + b"\r\n", 431),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),  # a TLS hello
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400),
    ],
    ids=lambda value: value[:40].decode("latin1") if isinstance(value, bytes) else "",
)
def test_malformed_http_gets_a_json_error(client, upstream, request_bytes, status):
    with client.connect() as connection:
        connection.sendall(request_bytes)
        connection.shutdown(socket.SHUT_WR)
        head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
    error = json.loads(body)
    assert set(error) == {"code", "type", "message"}
    assert error["code"] == status
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert upstream.received == []


def test_it_is_no_proxy_for_others(client):
    answered = client.send_raw(b"CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert json.loads(answered.partition(b"\r\n\r\n")[2])["code"] in (400, 405)  # as nginx's version has it


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "x", "identity, gzip"])
def test_an_encoded_body_is_refused(client, upstream, encoding):
    answer = client.ask("POST", "/", b"x", {"Content-Encoding": encoding})
    assert_contract_error(answer, 415, "UnsupportedFormat")
    assert upstream.received == []


def test_identity_is_no_encoding(client):
    assert client.ask("POST", "/", b"x", {"Content-Encoding": "identity"}).status == 200
