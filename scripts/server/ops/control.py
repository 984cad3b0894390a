"""The socket by which `scripts/ops` gives a running server orders: a file that only the server's own user can open.

A client sends one line of JSON, {"order": name, …arguments}, and gets lines back: {"said": sentence} for each step, at
last {"done": result} or {"failed": sentence}.
"""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from setup.console import CommandError

from .client import CONTROL

REQUEST_TIMEOUT_S = 5.0
LONGEST_REQUEST_BYTES = 65536

Say = Callable[[str], None]
Order = Callable[..., Any]  # order(say, **arguments) -> what JSON can hold; raises CommandError if it cannot


@contextmanager
def listen(runtime: Path, orders: Mapping[str, Order]) -> Iterator[None]:
    """Take orders while the context lasts; it is left when those under way have ended."""
    path = runtime / CONTROL
    with _Server(str(path), _Client) as server:
        path.chmod(0o600)
        server.orders = orders
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


class _Server(socketserver.ThreadingUnixStreamServer):
    orders: Mapping[str, Order]


class _Client(socketserver.StreamRequestHandler):
    timeout = REQUEST_TIMEOUT_S
    server: _Server

    def handle(self) -> None:
        try:
            request = json.loads(self.rfile.readline(LONGEST_REQUEST_BYTES))
            order = self.server.orders[request.pop("order")]
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            self._tell(failed="This is not an order that the server knows; is scripts/ops of another version?")
            return
        try:
            self._tell(done=order(lambda sentence: self._tell(said=sentence), **request))
        except (CommandError, OSError) as reason:
            self._tell(failed=str(reason))
        except Exception as error:
            self._tell(failed=f"The server failed: {error!r}")
            raise

    def _tell(self, **line: Any) -> None:
        with suppress(OSError):  # who asked has gone; the order is carried out all the same
            self.wfile.write(json.dumps(line).encode() + b"\n")
