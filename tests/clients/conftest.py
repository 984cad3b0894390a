"""A server that answers the clients as a script tells it to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helpers.scripted_server import ScriptedServer, scripted_server


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server with nothing received yet, and an ordinary answer."""
    with scripted_server() as server:
        yield server


@pytest.fixture
def pauses() -> list[float]:
    """Where a client notes its pauses, in seconds, instead of sleeping."""
    return []
