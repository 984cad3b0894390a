"""A server on loopback that answers everything and notes what it was asked for: a proxy that records."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.helpers.served import served


class _Recorder(BaseHTTPRequestHandler):
    server: Recorder

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Authorization"]))
        body = json.dumps({"status": "ready"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_CONNECT = do_GET  # noqa: N815 (http.server's names)

    def log_message(self, *arguments: object) -> None:
        pass


class Recorder(ThreadingHTTPServer):
    """Answers everything, and notes what it was asked for and with which key."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Recorder)
        self.asked: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


def recorder() -> AbstractContextManager[Recorder]:
    return served(Recorder())
