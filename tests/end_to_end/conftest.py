"""The real server that the end-to-end tests talk to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from server.ports import free_ports
from setup.archive import ensure_archive

from tests.helpers.running_server import ROOT, Server, launch

# All tests are one client to the gateway, and a fast machine sends more photos than one client may: a test would be
# refused for what the tests before it had sent. tests/gateway/test_limits.py is about this limit.
NO_RATE_LIMIT = {"FOCAL_MAX_RATE_PER_CLIENT": "10000", "FOCAL_MAX_BURST_PER_CLIENT": "10000"}


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Starts servers beside the shared one: `start_server("--backbone", "efficientnet_lite0", FOCAL_WORKERS="1")`."""
    servers = []

    def start(*arguments: str, checkout: Path = ROOT, **variables: str) -> Server:
        log = tmp_path_factory.mktemp("server") / "serve.log"
        servers.append(launch(log, *arguments, checkout=checkout, **variables))
        return servers[-1].wait_until_ready()

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.stop()
        with suppress(OSError):  # two servers, one after the other, may have shared it
            server.runtime.parent.rmdir()


@pytest.fixture(scope="session")
def server(start_server: Callable[..., Server]) -> Server:
    """The server that the end-to-end tests share; a test that hurts its server starts its own."""
    return start_server(**NO_RATE_LIMIT)


@pytest.fixture(scope="session")
def lone_servers() -> list[Server]:
    """The servers that there have been for `lone_server`."""
    return []


@pytest.fixture
def lone_server(start_server: Callable[..., Server], lone_servers: list[Server]) -> Server:
    """A server of one worker for tests that hurt it and leave it recovered, or end it: then the next gets a new one."""
    if not lone_servers or lone_servers[-1].process.poll() is not None:
        lone_servers.append(start_server(FOCAL_WORKERS="1", **NO_RATE_LIMIT))
    return lone_servers[-1]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The parts of the repository that TorchServe needs, with ports that nobody else has."""
    ensure_archive()
    for name in ("model_store", "deploy"):
        (tmp_path / name).symlink_to(ROOT / name)
    doors = zip(("inference", "management", "metrics"), free_ports(3), strict=True)
    addresses = "".join(f"{door}_address=http://127.0.0.1:{port}\n" for door, port in doors)
    (tmp_path / "config.properties").write_text((ROOT / "config.properties").read_text() + addresses)
    (tmp_path / "tmp").mkdir()
    return tmp_path
