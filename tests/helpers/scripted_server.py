"""A real HTTP server on loopback that answers client.py as a script tells it to."""

import base64
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from focal.api.form import form_fields, is_form

from tests.helpers.served import served

FILES = ("img", "maskImage", "depthImage")
JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Reply:
    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def as_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def answer(name: str = "", magic: bytes = JPEG, **changes: Any) -> Reply:
    images = {
        field: as_base64(magic + f"{field} {name}".encode()) for field in ("blurredImage", "maskImage", "unblurredMask")
    }
    return Reply(json.dumps({"class": "tiger cat", "probability": 0.5625, **images, **changes}).encode())


def error(status: int, type: str, message: str = "No.", **headers: str) -> Reply:
    body = json.dumps({"code": status, "type": type, "message": message}).encode()
    return Reply(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


def as_picture(reply: Reply) -> Reply:
    """An answer as the real server gives it to those who accept images: the picture, what is known in headers."""
    fields = json.loads(reply.body)
    headers = {"Content-Type": "image/jpeg", "X-Focal-Class": fields["class"]}
    headers["X-Focal-Probability"] = str(fields["probability"])
    known = {name: value for name, value in headers.items() if value not in (None, "None")}
    return Reply(base64.b64decode(fields["blurredImage"]), headers={**known, **reply.headers})


def with_fields(reply: Reply, fields: list[str]) -> Reply:
    """An answer as the real server gives it to those who name the fields that they want."""
    return replace(reply, body=json.dumps({name: json.loads(reply.body)[name] for name in fields}).encode())


class ScriptedServer(ThreadingHTTPServer):
    """Answers as `reply` says, given the request and how many came before; keeps what it was sent.

    A request is its JSON or, of a form, the bytes of its files and the text of its other fields, by name.
    """

    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ScriptedHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.seen: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.reply: Callable[[dict[str, Any], int], Reply] = lambda request, before: answer()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves before its answer, as some tests have it, is no error here."""

    @property
    def last(self) -> dict[str, Any]:
        return self.seen[-1][2]


class ScriptedHandler(BaseHTTPRequestHandler):
    server: ScriptedServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = self.read_fields(body) if is_form(self.headers["Content-Type"] or "") else json.loads(body)
        before = len(self.server.seen)
        self.server.seen.append((self.path, dict(self.headers), request))
        reply = self.server.reply(request, before)
        if "fields" in request and reply.body.startswith(b'{"class"'):
            reply = with_fields(reply, request["fields"].split(","))
        if self.headers["Accept"] == "image/*" and reply.body.startswith(b'{"class"'):
            reply = as_picture(reply)
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def read_fields(self, body: bytes) -> dict[str, Any]:
        fields = form_fields(body, self.headers["Content-Type"])
        return {name: value if name in FILES else value.decode() for name, value in fields}

    def log_message(self, *args: object) -> None:
        """Keep stderr for what the client says."""


def scripted_server() -> AbstractContextManager[ScriptedServer]:
    return served(ScriptedServer())
