"""Hostile files and requests over live HTTP: each gets a photo or the contract's 4xx, and no worker ever restarts."""

from __future__ import annotations

import base64
import io
import json
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from focal.options import Options
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.helpers.hostile_photos import FILES
from tests.helpers.hostile_requests import bodies, masks
from tests.helpers.pictures import FORMATS, encoded, four_colours, noise
from tests.helpers.running_server import Server
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow

CLIENTS = 6
FILES_OF_A_KIND = 15
ERRORS = {400, 413, 415, 422}
WORKERS_START_S = 120.0
TIMEOUT_S = 60  # the contract's 504 comes before
OCTETS = "application/octet-stream"
SEEDS = {name: encoded(noise(24, 20), name) for name in FORMATS}


@pytest.fixture(autouse=True)
def workers_survive(server: Server):
    """No test of this module may cost a worker."""
    wait_until(lambda: set(workers(server).values()) == {"READY"}, WORKERS_START_S)
    before = workers(server)
    yield
    assert workers(server) == before


def workers(server: Server) -> dict[int, str]:
    """The workers' process ids and states."""
    [model] = server.manage("GET", "/models/focal")
    return {worker["pid"]: worker["status"] for worker in model["workers"]}


def post(server: Server, body: bytes, content_type: str = OCTETS, path: str = "/", **headers: str) -> requests.Response:
    """The answer to a body; a client that is told to come back later does."""
    while True:
        answer = requests.post(
            server.url + path, data=body, headers={"Content-Type": content_type, **headers}, timeout=TIMEOUT_S
        )
        if answer.status_code not in (429, 503):
            return answer
        time.sleep(int(answer.headers["Retry-After"]))


def assert_photo_or_error(answer: requests.Response) -> int:
    """The status, after a look at what came with it."""
    if answer.status_code == 200:
        with Image.open(io.BytesIO(answer.content)) as picture:
            picture.load()
        return 200
    assert answer.status_code in ERRORS
    assert answer.headers["Content-Type"] == "application/json"
    error = answer.json()
    assert list(error) == ["code", "type", "message"]
    assert error["code"] == answer.status_code
    assert len(answer.content) < 500
    assert not any(word in error["message"] for word in ("Traceback", ".py", "Error", "PIL", "Pillow"))
    return answer.status_code


def assert_photos_or_errors(server: Server, files: Iterable[bytes]) -> Counter[int]:
    """Send all files, several at a time; how often each status came."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = clients.map(lambda data: post(server, data, Accept="image/jpeg"), files)
        return Counter(map(assert_photo_or_error, answers))


@pytest.mark.parametrize("kind", FILES)
def test_generated_hostile_files_get_a_photo_or_an_error(server: Server, kind: str):
    files = list(FILES[kind]())
    sample = files[:: max(1, len(files) // FILES_OF_A_KIND)]  # the core's own test goes through all of them

    assert assert_photos_or_errors(server, sample).total() == len(sample)


@settings(max_examples=40)
@given(st.sampled_from(FORMATS), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_any_bytes_of_a_file_may_be_changed(server: Server, image_format: str, changes: list[tuple[float, int]]):
    data = bytearray(SEEDS[image_format])
    for place, value in changes:
        data[int(place**2 * (len(data) - 1))] = value

    assert assert_photo_or_error(post(server, bytes(data), Accept="image/jpeg"))


ANY_VALUE = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.lists(st.floats(0, 1))


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(["maskImage", "class", *Options.__dataclass_fields__]), ANY_VALUE, max_size=3))
def test_any_values_may_come_along_with_a_photo(server: Server, fields: dict[str, object]):
    body = json.dumps({"img": base64.b64encode(SEEDS["PNG"]).decode()} | fields).encode()

    answer = post(server, body, "application/json")

    assert answer.status_code in {200} | ERRORS
    assert "class" in answer.json() if answer.ok else "message" in answer.json()


def test_hostile_bodies_get_an_error(server: Server):
    rows = list(bodies())
    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(lambda row: post(server, row[1], row[0]), rows))

    assert {assert_photo_or_error(answer) for answer in answers} <= ERRORS


def test_hostile_masks_get_a_photo_or_an_error(server: Server):
    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(lambda body: post(server, body, "application/json", Accept="image/jpeg"), masks(60)))

    assert {assert_photo_or_error(answer) for answer in answers} >= {200, 415, 422}


def test_hostile_bodies_get_an_error_from_the_explanations_too(server: Server):
    for content_type, body in list(bodies())[::10]:
        assert assert_photo_or_error(post(server, body, content_type, "/explanations/focal")) in ERRORS


@pytest.mark.long
def test_the_shared_corpus_gets_photos_or_errors(server: Server, shared: Path):
    files = sorted((shared / "corpus/pillow").iterdir())

    statuses = assert_photos_or_errors(server, (file.read_bytes() for file in files))

    assert statuses.total() == len(files)
    assert statuses[200] > len(files) / 2  # most of them are sound: refusing everything would not do


def test_good_rows_among_hostile_ones_get_their_calm_answers(server: Server):
    good = [encoded(four_colours(200, 150)), encoded(noise(120, 160), "PNG"), encoded(noise(150, 90), "WEBP")]
    calm = [post(server, data).content for data in good]
    bad = [data for kind in ("truncations", "polyglots", "too_many_pixels") for data in FILES[kind]()][::3]

    def send(n: int) -> bool:
        if n % 2:
            return assert_photo_or_error(post(server, bad[n // 2 % len(bad)], Accept="image/png")) > 0
        return post(server, good[n // 2 % len(good)]).content == calm[n // 2 % len(good)]

    with ThreadPoolExecutor(12) as clients:
        assert all(clients.map(send, range(60)))


def test_a_header_over_the_limits_is_answered_at_once(server: Server):
    large = next(FILES["too_many_pixels"]())
    post(server, large)

    # The least of several, since other tests run at the same time.
    seconds = min(post(server, large).elapsed.total_seconds() for _ in range(20))

    assert seconds < 0.05


def test_hostile_files_leave_no_line_in_the_log_but_the_gateways(server: Server):
    before = server.log.stat().st_size

    post(server, b'{"img": "FORGED\\n[METRICS]FORGED", "FORGED": 1}', "application/json")
    post(server, b'{"img": FORGED', "application/json")
    post(server, encoded()[:600] + b"FORGED", Accept="FORGED")

    assert b"FORGED" not in server.log.read_bytes()[before:]
