"""The real server that the end-to-end tests talk to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from tests.end_to_end.running_server import Server, launch


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Starts servers beside the shared one: `start_server("--backbone", "efficientnet_lite0", FOCAL_WORKERS="1")`."""
    servers = []

    def start(*arguments: str, **variables: str) -> Server:
        log = tmp_path_factory.mktemp("server") / "serve.log"
        servers.append(launch(log, *arguments, **variables))
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
    return start_server()
