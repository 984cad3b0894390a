"""scripts/soak would notice: a server that answers wrongly, mixes answers up, breaks off or grows is found out."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from lab.load.clients import RIGHT, UNANSWERED, WRONG, Client, Load, attempt, calm_replies
from lab.load.memory import Growth, growth
from lab.load.soak import Findings
from lab.load.traffic import hostile_calls, ordinary_calls
from server.processes import PARTS

from tests.helpers.served import served
from tests.helpers.small_calls import small_calls
from tests.helpers.waiting import wait_until

ROOT = Path(__file__).parents[2]
CALLS = small_calls(4)


class StandIn(ThreadingHTTPServer):
    """Answers each body with its own digest, unless `spoil` says otherwise."""

    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answerer)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.spoil: Callable[[Any], bool] = lambda handler: False


class Answerer(BaseHTTPRequestHandler):
    server: StandIn

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.server.spoil(self):
            self.reply(200, {"digest": hashlib.sha256(body).hexdigest()})

    def reply(self, status: int, fields: dict[str, object], **headers: str) -> None:
        content = json.dumps(fields).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[StandIn]:
    with served(StandIn()) as one:
        yield one


def verdict(server: StandIn) -> str:
    """What becomes of a call whose calm answer is known."""
    spoil, server.spoil = server.spoil, lambda handler: False
    calm = calm_replies(server.url, CALLS[:1])
    server.spoil = spoil
    return attempt(Client(server.url), CALLS[0], calm[CALLS[0].name]).verdict


def error(status: int, type: str, **headers: str) -> Callable[[Any], bool]:
    fields = {"code": status, "type": type, "message": "No."}
    return lambda handler: handler.reply(status, fields, **headers) is None


def test_the_calm_answer_is_right(server: StandIn) -> None:
    assert verdict(server) == RIGHT


def test_anothers_answer_is_wrong(server: StandIn) -> None:
    server.spoil = lambda handler: handler.reply(200, {"digest": "another's"}) is None
    assert verdict(server) == WRONG


def test_an_answer_that_breaks_off_is_none(server: StandIn) -> None:
    server.spoil = lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf") > 0
    assert verdict(server) == UNANSWERED


@pytest.mark.parametrize(
    ("status", "type", "headers", "expected"),
    [
        (503, "Overloaded", {"Retry_After": "2"}, "Overloaded"),
        (503, "NotReady", {"Retry_After": "2"}, "NotReady"),
        (429, "RateLimited", {"Retry_After": "1"}, "RateLimited"),
        (504, "TimedOut", {}, "TimedOut"),
        (503, "Overloaded", {}, WRONG),
        (500, "InternalError", {}, WRONG),
        (422, "UndecodablePhoto", {}, WRONG),
        (503, "ServiceUnavailableException", {"Retry_After": "2"}, WRONG),
    ],
)
def test_only_the_contracts_refusals_may_stand_for_an_answer(
    server: StandIn, status: int, type: str, headers: dict[str, str], expected: str
) -> None:
    server.spoil = error(status, type, **headers)
    assert verdict(server) == expected


def test_a_load_keeps_to_its_rate(server: StandIn) -> None:
    calm = calm_replies(server.url, CALLS)
    started_s = time.monotonic()
    with Load(server.url, CALLS, calm, clients=8, rate_per_s=50) as load:
        wait_until(lambda: len(load.outcomes) >= 75)
    took_s = time.monotonic() - started_s

    # Who falls behind may make up for half a second, and each client has one more under way.
    assert len(load.outcomes) <= 50 * (took_s + 0.5) + 8
    assert {outcome.verdict for outcome in load.outcomes} == {RIGHT}


def test_clients_go_to_the_next_server_when_one_is_gone(server: StandIn) -> None:
    calm = calm_replies(server.url, CALLS)
    with Load(["http://127.0.0.1:1", server.url], CALLS, calm, clients=2) as load:
        wait_until(lambda: len(load.outcomes) >= 4)

    assert {outcome.verdict for outcome in load.outcomes} == {RIGHT}


def test_no_two_photos_are_alike() -> None:
    bodies = [call.body for call in ordinary_calls(32) + small_calls(32, seed=32)]
    assert len(set(bodies)) == 64


def test_hostile_files_are_the_same_each_time() -> None:
    assert hostile_calls() == hostile_calls()


def test_growth_is_counted_from_the_warm_up_on() -> None:
    samples = [dict.fromkeys(PARTS, 100.0 if n < 40 else 200.0 + n) for n in range(100)]

    grown = growth(samples, warm_up_share=0.5)["workers"]

    assert (grown.warm, grown.end, grown.peak) == (254.5, 294.5, 299.0)
    assert grown.share == pytest.approx(40 / 254.5)


@pytest.mark.parametrize("count", [1, 2, 9])
def test_a_few_samples_are_enough(count: int) -> None:
    samples = [dict.fromkeys(PARTS, 100.0 + n) for n in range(count)]

    assert growth(samples, warm_up_share=0.9)["workers"].end == 99.0 + count


def broken(**changes: object) -> list[str]:
    """The promises that these findings break."""
    calm = {"seconds": 1.0, "clients": 1, "outcomes": [], "memory": {}, "max_growth": 0.03}
    workers = {"workers_before": [1, 2], "workers_after": [1, 2]}
    return [promise.sentence for promise in Findings(**(calm | workers | changes)).promises() if not promise.kept]


def test_a_restarted_worker_and_a_growing_part_break_promises() -> None:
    assert broken() == ["Photos were answered"]
    assert "No worker is restarted" in broken(workers_after=[1, 3])
    sentence = "Memory of the jvm grows by less than 3% after the warm-up"
    assert sentence in broken(memory={"jvm": Growth(100.0, 103.0, 110.0)})
    assert sentence not in broken(memory={"jvm": Growth(100.0, 102.9, 110.0)})


def soak(url: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "scripts" / "soak", "--url", url, "--clients", "2", *arguments]
    own = {"FOCAL_VENV": sys.prefix, "PATH": "/usr/bin:/bin", "HOME": str(Path.home()), **variables}
    return subprocess.run(command, env=own, capture_output=True, text=True, timeout=60, check=False)


def test_a_server_that_accepts_hostile_files_fails_the_soak(server: StandIn, tmp_path: Path) -> None:
    done = soak(server.url, "--seconds", "2", "--json", str(tmp_path / "soak.json"))

    found = json.loads((tmp_path / "soak.json").read_text())
    broken = [promise["sentence"] for promise in found["promises"] if not promise["kept"]]
    assert done.returncode == 1, done.stderr
    assert broken == ["Every hostile file is refused"]
    assert found["served"] > 0
    assert set(found["latency_s"]) == {"p50", "p90", "p99", "max"}
    assert "BROKEN      Every hostile file is refused" in done.stdout


def test_a_soak_of_nothing_is_one_sentence() -> None:
    done = soak("http://127.0.0.1:1", "--seconds", "1")

    assert done.returncode == 1
    assert done.stderr.startswith("focal: http://127.0.0.1:1 does not answer (")


@pytest.fixture
def locked_server(server: StandIn) -> StandIn:
    """A server that asks for the key `right`."""
    no_key = error(401, "Unauthorized")
    server.spoil = lambda handler: handler.headers["Authorization"] != "Bearer right" and no_key(handler)
    return server


def test_a_server_that_asks_for_a_key_gets_it(locked_server: StandIn, tmp_path: Path) -> None:
    done = soak(locked_server.url, "--seconds", "2", "--json", str(tmp_path / "soak.json"), FOCAL_API_KEY="right")

    found = json.loads((tmp_path / "soak.json").read_text())
    assert found["served"] > 0, done.stderr


@pytest.mark.parametrize("variables", [{}, {"FOCAL_API_KEY": "wrong"}], ids=["none", "a wrong one"])
def test_without_the_right_key_no_soak_is_run(locked_server: StandIn, variables: dict[str, str]) -> None:
    done = soak(locked_server.url, "--seconds", "1", **variables)

    assert done.returncode == 1
    assert "answers photos with 401 Unauthorized; FOCAL_API_KEY is the key that is sent." in done.stderr
    assert "wrong" not in done.stderr
