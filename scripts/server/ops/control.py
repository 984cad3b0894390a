"""The socket through which `scripts/ops` sends commands to a running server; only the server's user can open it.

A client sends one line of JSON, {"order": name, …arguments}. It gets lines back: {"said": sentence} for each step, and
finally {"done": result} or {"failed": sentence}.
"""

from __future__ import annotations

import json
import socketserver
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from setup.console import CommandError

from ..unix_socket import answering, short_path
from .client import CONTROL

REQUEST_TIMEOUT_S = 5.0
LONGEST_REQUEST_BYTES = 65536

Log = Callable[[str], None]  # takes one sentence about a step
Command = Callable[..., Any]  # command(log, **arguments) -> a JSON value; raises CommandError if it fails


@contextmanager
def listen(runtime: Path, commands: Mapping[str, Command]) -> Iterator[None]:
    """Accept commands within the block; at its end, wait for those that are running."""
    with short_path(runtime, CONTROL) as path:
        server = _Server(path, _Client)
    (runtime / CONTROL).chmod(0o600)
    server.commands = commands
    with answering(server):
        yield


class _Server(socketserver.ThreadingUnixStreamServer):
    commands: Mapping[str, Command]


class _Client(socketserver.StreamRequestHandler):
    timeout = REQUEST_TIMEOUT_S
    server: _Server

    def handle(self) -> None:
        try:
            request = json.loads(self.rfile.readline(LONGEST_REQUEST_BYTES))
            command = self.server.commands[request.pop("order")]
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            self._send(failed="The server does not know this command; is scripts/ops of another version?")
            return
        try:
            self._send(done=command(lambda sentence: self._send(said=sentence), **request))
        except (CommandError, OSError) as reason:
            self._send(failed=str(reason))
        except Exception as error:
            self._send(failed=f"The server failed: {error!r}")
            raise

    def _send(self, **line: Any) -> None:
        with suppress(OSError):  # the client has gone; the command runs on regardless
            self.wfile.write(json.dumps(line).encode() + b"\n")
