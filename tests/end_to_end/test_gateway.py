"""The gateway before the real TorchServe: what passes, what does not, and in whose words."""

from __future__ import annotations

import base64
import io
import json
import os
import signal
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from tests.helpers.http_client import Answer, Client, assert_contract_error
from tests.helpers.running_server import Server
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow

FIELDS = {"class", "probability", "blurredImage", "maskImage", "unblurredMask"}


@pytest.fixture
def client(server: Server) -> Client:
    return client_of(server)


@pytest.fixture(scope="module")
def photo() -> bytes:
    from skimage import data

    buffer = io.BytesIO()
    Image.fromarray(data.chelsea()).save(buffer, "JPEG")
    return buffer.getvalue()


def client_of(server: Server) -> Client:
    return Client(int(urlsplit(server.url).port or 80))


def ask_form(client: Client, *parts: bytes, path: str = "/") -> Answer:
    body = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n"
    return client.ask("POST", path, body, {"Content-Type": "multipart/form-data; boundary=x"})


def file_part(photo: bytes) -> bytes:
    return b'Content-Disposition: form-data; name="img"; filename="a.jpg"\r\n\r\n' + photo


def test_both_addresses_give_the_same_bytes(client, photo):
    first = client.ask("POST", "/", photo, {"Content-Type": "image/jpeg"})
    second = client.ask("POST", "/predictions/focal", photo, {"Content-Type": "image/jpeg"})
    assert first.status == second.status == 200
    assert first.body == second.body
    assert set(first.json) == FIELDS


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/x-www-form-urlencoded",
        "text/plain",
        "",
        "x/y",
    ],
)
def test_json_is_understood_under_any_content_type(client, photo, content_type):
    body = json.dumps({"img": base64.b64encode(photo).decode(), "strength": 0.1})
    answer = client.ask("POST", "/", body, {"Content-Type": content_type})
    assert (answer.status, set(answer.json)) == (200, FIELDS)


def test_a_form_carries_photo_and_options(client, photo):
    answer = ask_form(client, file_part(photo), b'Content-Disposition: form-data; name="format"\r\n\r\npng')
    assert base64.b64decode(answer.json["maskImage"]).startswith(b"\x89PNG")


def test_a_picture_comes_with_its_class_in_headers(client, photo):
    answer = client.ask("POST", "/", photo, {"Accept": "image/webp"})
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["X-Focal-Class"]
    assert 0 < float(answer.headers["X-Focal-Probability"]) <= 1
    assert Image.open(io.BytesIO(answer.body)).size == (451, 300)


def test_explanations_pass(client, photo):
    answer = client.ask("POST", "/explanations/focal", photo)
    assert len(answer.json["explanations"]) == 5


def test_an_explanations_archive_passes(client, photo):
    answer = client.ask("POST", "/explanations/focal?output=npz&k=1&method=layercam", photo)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/zip"
    assert np.load(io.BytesIO(answer.body))["attribution"].ndim == 4


def test_a_client_cannot_ask_for_describe_or_explain_by_header(client, photo):
    answer = client.ask("POST", "/", photo, {"describe": "True", "explain": "True"})
    assert set(answer.json) == FIELDS
    assert_contract_error(client.ask("POST", "/", b"", {"describe": "True"}), 400, "MissingImage")


@pytest.mark.parametrize(
    ("body", "status", "error_type"),
    [
        (b"not a photo", 415, "UnsupportedFormat"),
        (b"\xff\xd8\xff\xe0 broken", 422, "UndecodablePhoto"),
        (b'{"img": "***"}', 400, "InvalidBase64"),
        (b'{"img": "aaaa", "blur": 1}', 400, "InvalidOption"),
        (b'{"image": "aaaa"}', 400, "MissingImage"),
        (b'{"img": ', 400, "InvalidJson"),
        (b"", 400, "MissingImage"),
    ],
)
def test_the_handlers_errors_pass_in_its_own_words(client, server, body, status, error_type):
    answer = client.ask("POST", "/", body, {"Content-Type": "application/json" if body[:1] == b"{" else "image/jpeg"})
    assert_contract_error(answer, status, error_type)


@pytest.mark.parametrize(
    ("part", "error_type"),
    [
        (b"Content-Disposition: form-data\r\n\r\nx", "MissingImage"),
        (b'Content-Disposition: form-data; name=""\r\n\r\nx', "MissingImage"),
        (
            b'Content-Disposition: form-data; name="img"\r\nContent-Type: text/plain; charset=klingon\r\n\r\nx',
            "InvalidForm",
        ),
        (b'Content-Disposition: form-data; name="img"\r\nContent-Transfer-Encoding: klingon\r\n\r\nx', "InvalidForm"),
        (b"Content-Type: image/jpeg\r\n\r\nx", "InvalidForm"),
    ],
)
def test_an_odd_form_is_the_clients_fault(client, part, error_type):
    assert_contract_error(ask_form(client, part), 400, error_type)


def test_two_files_or_two_values_in_one_field_are_refused(client, photo):
    value = b'Content-Disposition: form-data; name="strength"\r\n\r\n0.1'
    assert_contract_error(ask_form(client, file_part(photo), file_part(photo)), 400, "InvalidForm")
    assert_contract_error(ask_form(client, file_part(photo), value, value), 400, "InvalidForm")


def test_what_surrounds_a_form_and_what_was_left_empty_in_it_change_nothing(client, photo):
    plain = ask_form(client, file_part(photo))
    empty = b'Content-Disposition: form-data; name="maskImage"; filename=""\r\nContent-Type: image/png\r\n\r\n'
    body = b"Hello\r\n--x\r\n" + file_part(photo) + b"\r\n--x\r\n" + empty + b"\r\n--x--\r\nBye"
    answer = client.ask("POST", "/", body, {"Content-Type": 'multipart/form-data; boundary="x"'})
    assert (answer.status, answer.body) == (200, plain.body)


@pytest.mark.parametrize("path", ["/", "/predictions/focal"])
def test_the_options_in_the_address_of_a_raw_upload_are_those_of_a_form(client, photo, path):
    fields = [
        b'Content-Disposition: form-data; name="%s"\r\n\r\n%s' % pair
        for pair in [(b"strength", b"0.1"), (b"format", b"png")]
    ]
    raw = client.ask("POST", f"{path}?strength=0.1&format=png", photo, {"Content-Type": "image/jpeg"})
    assert (raw.status, raw.body) == (200, ask_form(client, file_part(photo), *fields).body)


@pytest.mark.parametrize("query", ["strength=99", "strength=0.06&nonsense=1", "strength=0.1&strength=0.1", "nonsense"])
def test_a_wrong_option_in_the_address_is_refused(client, photo, query):
    assert_contract_error(client.ask("POST", f"/?{query}", photo, {"X-Focal-Query": ""}), 400, "InvalidOption")


def test_a_client_cannot_forge_what_the_gateway_tells_the_handler(client, photo):
    forged = {"X-Focal-Query": "nonsense=1", "X-Focal-Content-Type": "multipart/form-data", "X-Focal-Received": "1"}
    assert client.ask("POST", "/", photo, {"Content-Type": "image/jpeg", **forged}).status == 200


@pytest.mark.parametrize("body", [b"", b"--", b"--x", b"--x\r\n", b"--x--\r\n", b"\x00" * 100, b"--x\r\n\r\n\r\n--x--"])
def test_a_form_without_form_is_the_clients_fault(client, body):
    answer = client.ask("POST", "/", body, {"Content-Type": "multipart/form-data; boundary=x"})
    assert 400 <= answer.status < 500
    assert set(answer.json) == {"code", "type", "message"}


@pytest.mark.parametrize("path", ["/models", "/models/focal", "/metrics", "/token", "/workflows", "/api-description"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def test_management_and_metrics_are_not_to_be_had_here(client, server, method, path):
    headers = {"Authorization": f"Bearer {server.keys.management}"}
    assert_contract_error(client.ask(method, path, headers=headers), 404, "NotFound")


def test_ready_and_alive(client):
    assert client.ask("GET", "/readyz").json == {"status": "ready"}
    assert client.ask("GET", "/healthz").json == {"status": "alive"}
    assert client.ask("GET", "/ping").json == {"status": "Healthy"}


def is_ready(client: Client) -> bool:
    return client.ask("GET", "/readyz").status == 200


def worker_pids(server: Server) -> list[int]:
    workers: list[dict[str, Any]] = server.manage("GET", "/models/focal")[0]["workers"]
    return [worker["pid"] for worker in workers]


def test_without_workers_it_is_alive_but_not_ready_and_sends_photos_away(lone_server, photo):
    client = client_of(lone_server)
    lone_server.manage("PUT", "/models/focal?min_worker=0&synchronous=true")
    try:
        assert_contract_error(client.ask("GET", "/readyz"), 503, "NotReady")
        assert_contract_error(client.ask("POST", "/", photo), 503, "NotReady")
        assert client.ask("GET", "/healthz").status == 200
    finally:
        lone_server.manage("PUT", "/models/focal?min_worker=1&synchronous=true")
    wait_until(lambda: is_ready(client))
    assert client.ask("POST", "/", photo).status == 200


def test_a_worker_that_stands_still_is_not_ready(lone_server, photo):
    client = client_of(lone_server)
    wait_until(lambda: is_ready(client))
    (worker,) = worker_pids(lone_server)
    os.kill(worker, signal.SIGSTOP)
    try:
        assert_contract_error(client.ask("GET", "/readyz"), 503, "NotReady")
        assert client.ask("GET", "/healthz").status == 200
    finally:
        os.kill(worker, signal.SIGCONT)
    wait_until(lambda: is_ready(client))
    assert client.ask("POST", "/", photo).status == 200


def test_a_worker_that_is_killed_is_not_the_clients_fault(lone_server, photo):
    client = client_of(lone_server)
    wait_until(lambda: is_ready(client))
    (worker,) = worker_pids(lone_server)
    os.kill(worker, signal.SIGKILL)
    answer = ask_form(client, file_part(photo))  # waits for the new worker, or dies with the old one
    if answer.status != 200:
        assert_contract_error(answer, 503, "NotReady")
    wait_until(lambda: is_ready(client))
    assert client.ask("POST", "/", photo).status == 200
