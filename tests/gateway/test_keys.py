"""Clients' keys: who is let in, how each key is limited, and what is logged of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from server.client_keys import ClientKey, WatchedKeys, as_text, new_key, sha256_of_key
from server.gateway import Gateway
from server.gateway_config import render
from server.gateway_keys import KeyLimits
from server.key_check import GUESSES_AT_ONCE, KeyCheck

from tests.helpers.http_client import Answer, Client, assert_contract_error
from tests.helpers.scripted_upstream import INFERENCE_KEY, Upstream
from tests.helpers.waiting import wait_until

PLAIN, SLOW, NARROW = new_key(), new_key(), new_key()
KEYS = (
    ClientKey("plain", sha256_of_key(PLAIN)),
    ClientKey("slow", sha256_of_key(SLOW), rate=1),
    ClientKey("narrow", sha256_of_key(NARROW), concurrency=1),
)


@pytest.fixture
def keys_file(tmp_path: Path) -> Path:
    file = tmp_path / "client-keys.json"
    file.write_text(as_text(KEYS))
    return file


@pytest.fixture
def time_stands_still() -> list[float]:
    """The clock of the limit of guesses, which a test moves."""
    return [1000.0]


@pytest.fixture
def check(keys_file: Path, run_folder: Path, time_stands_still: list[float]) -> Iterator[KeyCheck]:
    checking = KeyCheck(WatchedKeys(keys_file), lambda: time_stands_still[0])
    with checking.listening(run_folder):
        yield checking


@pytest.fixture
def client(open_gateway: Callable[..., Gateway], check: KeyCheck) -> Client:
    """A client of a gateway that asks for keys."""
    return Client(open_gateway(client_keys=check.limits()).settings.port)


@pytest.fixture(scope="module")
def clock() -> list[float]:
    return [1000.0]


@pytest.fixture(scope="module")
def kept_client(
    keep_gateway: Callable[..., Gateway], tmp_path_factory: pytest.TempPathFactory, clock: list[float]
) -> Iterator[Client]:
    file = tmp_path_factory.mktemp("keys") / "client-keys.json"
    file.write_text(as_text(KEYS))
    checking = KeyCheck(WatchedKeys(file), lambda: clock[0])
    gateway = keep_gateway(client_keys=checking.limits())
    with checking.listening(gateway.run_folder):
        yield Client(gateway.settings.port)


@pytest.fixture
def same_client(kept_client: Client, clock: list[float]) -> Client:
    """A client of a gateway that asks for keys, shared by tests of one request each; earlier guesses are long ago."""
    clock[0] += 3600
    return kept_client


def post(client: Client, key: str, path: str = "/", **headers: str) -> Answer:
    return client.ask("POST", path, b"x", {"Authorization": f"Bearer {key}", **headers})


@pytest.mark.parametrize("path", ["/", "/predictions/focal", "/explanations/focal?target=tabby"])
@pytest.mark.parametrize(
    "headers",
    [{"Authorization": f"Bearer {PLAIN}"}, {"authorization": f"bearer  {PLAIN}"}, {"X-Api-Key": PLAIN}],
    ids=["bearer", "lower case", "x-api-key"],
)
def test_a_key_opens_the_way_of_photos(
    same_client: Client, upstream: Upstream, path: str, headers: dict[str, str]
) -> None:
    assert same_client.ask("POST", path, b"photo", headers).status == 200

    (received,) = upstream.received
    assert (received.body, received.path) == (
        b"photo",
        path.partition("?")[0].replace("/", "/predictions/focal", path == "/"),
    )
    assert received.header("X-Focal-Query") == (path.partition("?")[2] or None)
    assert received.header("Authorization") == f"Bearer {INFERENCE_KEY}"
    assert PLAIN not in str(received.headers)


@pytest.mark.parametrize("path", ["/", "/explanations/focal"])
@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        ({}, "This server wants a key with each photo"),
        ({"Authorization": "Basic dXNlcjpwYXNz"}, "This server wants a key with each photo"),
        ({"Authorization": "Bearer "}, "This server wants a key with each photo"),
        ({"Authorization": f"Bearer {PLAIN}, Bearer {SLOW}"}, "This server wants a key with each photo"),
        ({"X-Api-Key": PLAIN[:-1]}, "This key is not one of this server's"),
        ({"X-Api-Key": f"{PLAIN}x"}, "This key is not one of this server's"),
        ({"Authorization": f"Bearer {sha256_of_key(PLAIN)}"}, "This key is not one of this server's"),
        ({"Authorization": f"Bearer {INFERENCE_KEY}"}, "This key is not one of this server's"),
    ],
)
def test_without_a_right_key_there_is_one_clear_sentence(
    same_client: Client, upstream: Upstream, path: str, headers: dict[str, str], sentence: str
) -> None:
    answer = same_client.ask("POST", path, b"photo", headers)

    assert_contract_error(answer, 401, "Unauthorized")
    assert answer.json["message"].startswith(sentence)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Focal"'
    assert upstream.received == []


@pytest.mark.parametrize(
    "path", ["/", "/page/main.js", "/openapi.json", "/docs", "/labels", "/healthz", "/readyz", "/ping"]
)
def test_page_documents_and_probes_need_no_key(same_client: Client, path: str) -> None:
    answer = same_client.ask("GET", path)

    assert (answer.status, answer.headers["WWW-Authenticate"]) == (200, None)


def test_without_the_file_no_key_is_asked_for_and_one_that_is_sent_changes_nothing(
    open_gateway: Callable[..., Gateway], upstream: Upstream, run_folder: Path
) -> None:
    client = Client(open_gateway(max_photos_per_client=1).settings.port)

    assert client.ask("POST", "/", b"x").status == 200
    with client.begin(b"Content-Length: 9"):
        assert_contract_error(post(client, PLAIN), 503, "Overloaded")  # it is counted by its address
    wait_until(lambda: len((run_folder / "access.log").read_bytes().splitlines()) == 3)
    assert b'"key"' not in (run_folder / "access.log").read_bytes()


def test_guesses_are_limited_for_each_address_and_then_not_looked_at(
    client: Client, upstream: Upstream, time_stands_still: list[float]
) -> None:
    assert post(client, PLAIN).status == 200
    answers = [post(client, new_key()).status for _ in range(GUESSES_AT_ONCE + 2)]
    assert answers == [401] * GUESSES_AT_ONCE + [429] * 2

    limited = post(client, SLOW)
    assert_contract_error(limited, 429, "RateLimited")
    assert limited.json["message"].startswith("Too many wrong keys from this address, so this one was not looked at")
    assert post(client, PLAIN).status == 200  # was right from here before, so a neighbour's guesses do not matter
    with client.connect("127.0.0.2") as other:
        request = f"POST / HTTP/1.1\r\nHost: x\r\nX-Api-Key: {SLOW}\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"
        other.sendall(request.encode())
        assert b"tabby" in other.makefile("rb").read()
    time_stands_still[0] += 1
    assert post(client, SLOW).status == 200


def test_a_key_has_its_own_rate_and_takes_it_with_it_to_any_address(client: Client, upstream: Upstream) -> None:
    while (answer := post(client, SLOW)).status == 200 and len(upstream.received) < 100:
        pass
    assert_contract_error(answer, 429, "RateLimited")
    assert "the limit is 1 photos a second and 2 beyond" in answer.json["message"]
    assert post(client, PLAIN).status == 200  # from the same address


def test_a_key_has_its_own_number_of_photos_at_once(client: Client) -> None:
    with begin(client, NARROW, "127.0.0.1"):
        answer = post(client, NARROW)
        assert_contract_error(answer, 503, "Overloaded")
        assert "for one client 1, 1 large" in answer.json["message"]
        assert post(client, PLAIN).status == 200


def test_a_key_without_limits_has_those_of_an_address_for_itself(
    open_gateway: Callable[..., Gateway], check: KeyCheck
) -> None:
    gateway = open_gateway(client_keys=check.limits(), max_photos_per_client=1, large_body_bytes=1000)
    client = Client(gateway.settings.port)
    with begin(client, PLAIN, "127.0.0.2"):
        assert_contract_error(post(client, PLAIN), 503, "Overloaded")
        assert post(client, SLOW).status == 200


def begin(client: Client, key: str, source: str) -> ExitStack:
    held = ExitStack()
    framing = f"Content-Length: 9\r\nX-Api-Key: {key}".encode()
    held.enter_context(client.begin(framing, source))
    return held


def test_a_limit_that_the_gateway_does_not_know_yet_is_that_of_an_address(
    open_gateway: Callable[..., Gateway], check: KeyCheck, upstream: Upstream
) -> None:
    limits = KeyLimits()  # as before `slow` and `narrow` were made
    gateway = open_gateway(client_keys=limits, max_rate_per_client=1, max_burst_per_client=2)
    client = Client(gateway.settings.port)
    while (answer := post(client, SLOW)).status == 200 and len(upstream.received) < 100:
        pass
    assert_contract_error(answer, 429, "RateLimited")


def test_keys_are_made_and_revoked_while_it_serves(client: Client, keys_file: Path) -> None:
    late = new_key()
    assert post(client, late).status == 401
    new = keys_file.with_name("new")
    new.write_text(as_text((ClientKey("late", sha256_of_key(late)),)))
    new.replace(keys_file)

    assert post(client, late).status == 200
    assert_contract_error(post(client, PLAIN), 401, "Unauthorized")


@pytest.mark.parametrize("wrong", ["", "{", "[]", "gone"])
def test_a_file_that_is_no_longer_right_changes_nothing(
    client: Client, keys_file: Path, wrong: str, capfd: pytest.CaptureFixture[str]
) -> None:
    if wrong == "gone":
        keys_file.unlink()
    else:
        keys_file.write_text(wrong)

    assert [post(client, PLAIN).status for _ in range(2)] == [200, 200]
    assert post(client, new_key()).status == 401
    assert capfd.readouterr().err.count("The client keys stay as they were.") == 1


def test_nobody_to_ask_whose_key_it_is_means_not_ready(
    open_gateway: Callable[..., Gateway], upstream: Upstream
) -> None:
    client = Client(open_gateway(client_keys=KeyLimits()).settings.port)

    assert_contract_error(post(client, PLAIN), 503, "NotReady")
    assert upstream.received == []


def test_the_log_names_the_key_and_never_shows_it(
    client: Client, run_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    wrong = new_key()
    for key in (PLAIN, SLOW, wrong):
        post(client, key)
    client.ask("POST", "/", b"x")
    log = run_folder / "access.log"
    wait_until(lambda: len(log.read_bytes().splitlines()) == 4)

    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["key"], line["status"], line["failure"]) for line in lines] == [
        ("plain", 200, ""),
        ("slow", 200, ""),
        ("", 401, "key_unknown"),
        ("", 401, "key_missing"),
    ]
    everything = log.read_text() + "".join(capfd.readouterr())
    assert not any(secret in everything for secret in (PLAIN, SLOW, wrong))


def test_a_large_body_without_a_key_is_refused_before_it_is_read(same_client: Client) -> None:
    with same_client.connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")


def test_only_the_gateways_own_processes_can_ask(check: KeyCheck, run_folder: Path) -> None:
    assert (run_folder / "keys.sock").stat().st_mode & 0o777 == 0o600


def test_a_preflight_needs_no_key(open_gateway: Callable[..., Gateway], check: KeyCheck) -> None:
    origin = "https://app.example.org"
    client = Client(open_gateway(client_keys=check.limits(), cors_origins=(origin,)).settings.port)
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}

    assert client.ask("OPTIONS", "/", headers=asked).status == 204
    assert post(client, "wrong", Origin=origin).headers["Access-Control-Allow-Origin"] == origin


def test_keys_of_the_same_rate_share_a_zone(settings_for: Callable[..., object]) -> None:
    many = tuple(ClientKey(f"k{n}", "0" * 64, rate=5 + n % 2) for n in range(1000))

    text = render(settings_for(client_keys=KeyLimits.of(many)))

    assert text.count("zone=rate_") == 4  # two zones, each made and used
