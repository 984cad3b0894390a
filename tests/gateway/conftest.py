"""A real nginx as the gateway, and a scripted server in TorchServe's place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from focal.declarations import declarations
from focal.settings import Settings
from server.gateway import Gateway
from server.gateway_settings import GatewaySettings
from server.ports import free_ports

from tests.helpers.gateways import gateway_folder
from tests.helpers.http_client import Client
from tests.helpers.scripted_upstream import INFERENCE_KEY, MANAGEMENT_KEY, Reply, Upstream, running_upstream


@pytest.fixture(scope="module")
def shared_upstream() -> Iterator[Upstream]:
    """One scripted server for a file's tests, for inference and management alike."""
    with running_upstream() as server:
        yield server


@pytest.fixture
def upstream(shared_upstream: Upstream) -> Upstream:
    """The scripted server, with nothing received yet and an ordinary answer."""
    shared_upstream.received = []
    shared_upstream.answer(Reply())
    return shared_upstream


@pytest.fixture
def run_folder() -> Iterator[Path]:
    """A folder of the test's own for a gateway."""
    with gateway_folder() as folder:
        yield folder


def _settings(upstream: Upstream, run_folder: Path, **chosen: Any) -> GatewaySettings:
    """Settings with what a test chose, the gateway's own and limits alike."""
    port, metrics_port = free_ports(2)
    usual = {
        "inference_key": INFERENCE_KEY,
        "management_key": MANAGEMENT_KEY,
        "port": port,
        "inference_address": upstream.address,
        "management_address": upstream.address,
        "metrics_port": metrics_port,
        "metrics_address": upstream.address,
        "access_log": str(run_folder / "access.log"),
        "max_rate_per_client": 1000,
        "max_burst_per_client": 1000,
        "max_probe_rate_per_client": 1000,
    } | chosen
    limits = {name: usual.pop(name) for name in declarations(Settings) if name in usual}
    return GatewaySettings(**usual, limits=Settings(**limits))


@pytest.fixture
def settings_for(upstream: Upstream, run_folder: Path) -> Callable[..., GatewaySettings]:
    """Settings before the scripted upstream; a test names what it wants otherwise."""
    return partial(_settings, upstream, run_folder)


@pytest.fixture
def open_gateway(settings_for: Callable[..., GatewaySettings], run_folder: Path) -> Iterator[Callable[..., Gateway]]:
    """Start a gateway with the named settings; it ends with the test."""
    gateways = []

    def start(**chosen: Any) -> Gateway:
        gateway = Gateway(settings_for(**chosen), run_folder)
        gateway.start()
        gateways.append(gateway)
        return gateway

    yield start
    for gateway in gateways:
        gateway.stop()


@pytest.fixture(scope="module")
def keep_gateway(shared_upstream: Upstream) -> Iterator[Callable[..., Gateway]]:
    """Start a gateway with the named settings for several tests, none of which changes how the next is answered."""
    with ExitStack() as stack:

        def start(**chosen: Any) -> Gateway:
            folder = stack.enter_context(gateway_folder())
            gateway = Gateway(_settings(shared_upstream, folder, **chosen), folder)
            gateway.start()
            stack.callback(gateway.stop)
            return gateway

        yield start


@pytest.fixture(scope="module")
def shared_gateway(keep_gateway: Callable[..., Gateway]) -> Gateway:
    return keep_gateway()


@pytest.fixture
def client(shared_gateway: Gateway) -> Client:
    """A client of a gateway with ordinary settings."""
    return Client(shared_gateway.settings.port)
