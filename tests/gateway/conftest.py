"""A real nginx as the front door, and a scripted server in TorchServe's place."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from focal.declarations import declarations
from focal.settings import Settings
from server.gateway import FrontDoor
from server.gateway_config import FrontDoorSettings
from server.ports import free_ports

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


@pytest.fixture(scope="module")
def shared_folder() -> Iterator[Path]:
    with _folder() as folder:
        yield folder


@pytest.fixture
def run_folder() -> Iterator[Path]:
    """A folder of the test's own for a front door."""
    with _folder() as folder:
        yield folder


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that nginx's unprivileged workers may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="focal-door-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


def _settings(upstream: Upstream, run_folder: Path, **chosen: Any) -> FrontDoorSettings:
    """Settings with what a test chose, the front door's own and limits alike."""
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
    return FrontDoorSettings(**usual, limits=Settings(**limits))


@pytest.fixture
def settings_for(upstream: Upstream, run_folder: Path) -> Callable[..., FrontDoorSettings]:
    """Settings before the scripted upstream; a test names what it wants otherwise."""
    return partial(_settings, upstream, run_folder)


@pytest.fixture
def open_door(settings_for: Callable[..., FrontDoorSettings], run_folder: Path) -> Iterator[Callable[..., FrontDoor]]:
    """Start a front door with the named settings; it ends with the test."""
    doors = []

    def start(**chosen: Any) -> FrontDoor:
        door = FrontDoor(settings_for(**chosen), run_folder)
        door.start()
        doors.append(door)
        return door

    yield start
    for door in doors:
        door.stop()


@pytest.fixture(scope="module")
def shared_door(shared_upstream: Upstream, shared_folder: Path) -> Iterator[FrontDoor]:
    door = FrontDoor(_settings(shared_upstream, shared_folder), shared_folder)
    door.start()
    yield door
    door.stop()


@pytest.fixture
def client(shared_door: FrontDoor) -> Client:
    """A client of a front door with ordinary settings."""
    return Client(shared_door.settings.port)
