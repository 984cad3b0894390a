"""A real nginx as the front door, and a scripted server in TorchServe's place."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from support.front_door import FrontDoor, FrontDoorSettings

INFERENCE_KEY = "inference-key"
MANAGEMENT_KEY = "management-key"


@dataclass
class Received:
    """A request as the scripted upstream got it."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass
class Reply:
    """What the scripted upstream answers, and how late."""

    status: int = 200
    body: bytes = b'{"class":"tabby"}'
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    delay_s: float = 0.0


class Upstream(ThreadingHTTPServer):
    """TorchServe's stand-in: remembers what it receives, answers what the test says."""

    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answerer)
        self.received: list[Received] = []
        self.script: Callable[[Received], Reply] = lambda _: Reply()
        self.connections = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def answer(self, reply: Reply) -> None:
        self.script = lambda _: reply


class _Answerer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Upstream

    def setup(self) -> None:
        self.server.connections += 1
        super().setup()

    def serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        received = Received(self.command, self.path, self.headers.items(), body)
        self.server.received.append(received)
        reply = self.server.script(received)
        time.sleep(reply.delay_s)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_: object) -> None:
        pass

    def handle(self) -> None:
        with suppress(ConnectionError):  # the front door gave up, as some tests want
            super().handle()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):  # any method
            return self.serve
        raise AttributeError(name)


@dataclass
class Answer:
    """A response as a client reads it."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Requests to a front door, byte by byte as the test wants them."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def send_raw(self, data: bytes) -> bytes:
        """Send bytes as they are; everything that comes back until the server closes the connection."""
        with self.connect() as connection:
            connection.sendall(data)
            return read_all(connection)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)


def read_all(connection: socket.socket) -> bytes:
    chunks = []
    while chunk := connection.recv(65536):
        chunks.append(chunk)
    return b"".join(chunks)


def assert_contract_error(answer: Answer, status: int, error_type: str) -> None:
    """The answer is the contract's error object and nothing else."""
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"] == "application/json"
    assert set(answer.json) == {"code", "type", "message"}
    assert (answer.json["code"], answer.json["type"]) == (status, error_type)
    assert ("Retry-After" in answer.headers) == (status in (429, 503))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def shared_upstream() -> Iterator[Upstream]:
    """One scripted server for a file's tests, for inference and management alike."""
    server = Upstream()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


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
    usual = {
        "inference_key": INFERENCE_KEY,
        "management_key": MANAGEMENT_KEY,
        "port": free_port(),
        "inference_address": upstream.address,
        "management_address": upstream.address,
        "access_log": str(run_folder / "access.log"),
        "photos_per_second_per_client": 1000,
        "photo_burst_per_client": 1000,
        "probes_per_second_per_client": 1000,
    }
    return FrontDoorSettings(**(usual | chosen))


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
