"""A scripted server in TorchServe's place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.helpers.served import served

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
    """What the scripted upstream answers."""

    status: int = 200
    body: bytes = b'{"class":"tabby"}'
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})


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

    @contextmanager
    def held(self) -> Iterator[threading.Event]:
        """Within it, whatever comes is answered when the event is set, or at the end."""
        go = threading.Event()

        def wait(_: Received) -> Reply:
            go.wait()
            return Reply()

        self.script = wait
        try:
            yield go
        finally:
            go.set()


@contextmanager
def running_upstream() -> Iterator[Upstream]:
    """A scripted server that answers in a thread of its own."""
    with served(Upstream()) as server:
        yield server


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
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_: object) -> None:
        pass

    def handle(self) -> None:
        with suppress(ConnectionError):  # the gateway gave up, as some tests want
            super().handle()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):  # any method
            return self.serve
        raise AttributeError(name)
