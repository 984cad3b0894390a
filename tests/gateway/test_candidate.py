"""A candidate beside the current TorchServe, the metrics' own port, and a gateway that drains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from server.gateway import Gateway
from server.gateway_settings import Candidate

from tests.helpers.http_client import Client, assert_contract_error
from tests.helpers.scripted_upstream import INFERENCE_KEY, Reply, Upstream, running_upstream
from tests.helpers.waiting import wait_until

CANDIDATE_KEY = "candidate-key"
OpenGateway = Callable[..., Gateway]


@pytest.fixture(scope="module")
def shared_candidate() -> Iterator[Upstream]:
    with running_upstream() as server:
        yield server


@pytest.fixture
def candidate(shared_candidate: Upstream) -> Upstream:
    """A second scripted server, with nothing received yet."""
    shared_candidate.received = []
    return shared_candidate


def share(candidate: Upstream, percent: int) -> Candidate:
    return Candidate(inference_key=CANDIDATE_KEY, inference_address=candidate.address, percent=percent)


@pytest.mark.parametrize(("percent", "least", "most"), [(0, 0, 0), (25, 25, 80), (100, 200, 200)])
def test_a_candidate_gets_its_share_with_its_own_key(
    open_gateway: OpenGateway, upstream: Upstream, candidate: Upstream, percent: int, least: int, most: int
) -> None:
    client = Client(open_gateway(candidate=share(candidate, percent)).settings.port)

    for _ in range(200):
        assert client.ask("POST", "/", b"x").status == 200

    assert least <= len(candidate.received) <= most
    assert len(candidate.received) + len(upstream.received) == 200
    assert {one.header("Authorization") for one in candidate.received} <= {f"Bearer {CANDIDATE_KEY}"}
    assert {one.header("Authorization") for one in upstream.received} <= {f"Bearer {INFERENCE_KEY}"}


def test_a_client_cannot_choose_the_candidate(
    open_gateway: OpenGateway, upstream: Upstream, candidate: Upstream
) -> None:
    client = Client(open_gateway(candidate=share(candidate, 50)).settings.port)

    for _ in range(60):
        client.ask("POST", "/", b"x", {"X-Request-Id": "always-the-same"})

    assert candidate.received
    assert upstream.received


def test_a_switch_loses_nothing_in_flight_and_tells_when_the_old_is_free(
    open_gateway: OpenGateway, upstream: Upstream, candidate: Upstream
) -> None:
    gateway = open_gateway()
    client = Client(gateway.settings.port)
    with ThreadPoolExecutor() as pool, upstream.held() as go:
        slow = pool.submit(client.ask, "POST", "/", b"x")
        wait_until(lambda: upstream.received)
        before = gateway.workers()
        upstream.answer(Reply())  # what comes from now on

        gateway.reload(replace(gateway.settings, candidate=share(candidate, 100)))

        while not candidate.received:
            assert client.ask("POST", "/", b"x").status == 200
        assert gateway.workers() & before
        go.set()
    assert slow.result().status == 200
    wait_until(lambda: not gateway.workers() & before)


def test_metrics_come_through_a_door_of_their_own_that_shows_nothing_else(
    open_gateway: OpenGateway, upstream: Upstream
) -> None:
    client = Client(open_gateway().settings.metrics_port)
    upstream.answer(Reply(body=b"ts_inference_requests_total 1\n", headers={"content-type": "text/plain"}))

    assert client.ask("GET", "/metrics?name[]=x").body == b"ts_inference_requests_total 1\n"
    assert [(one.path, one.header("Authorization")) for one in upstream.received] == [("/metrics", None)]
    for path in ("/", "/models", "/metrics/", "/ping", "/predictions/focal"):
        assert client.ask("GET", path).status == 404
    assert client.ask("POST", "/metrics", b"x").status == 403
    assert len(upstream.received) == 1


def test_a_draining_gateway_answers_photos_but_is_not_ready(open_gateway: OpenGateway) -> None:
    client = Client(open_gateway(draining=True).settings.port)

    assert_contract_error(client.ask("GET", "/readyz"), 503, "NotReady")
    assert client.ask("POST", "/", b"x").status == 200
    assert client.ask("GET", "/healthz").status == 200
