"""Says to the gateway whose key a request has: nginx itself knows no SHA-256.

The gateway asks over a socket in its run folder, which only its own processes can open, once for each photo; what is
known of the key comes back in headers, and nginx limits the photos by it as it limits those of an address.
"""

from __future__ import annotations

import os
import pwd
import socketserver
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from .client_keys import OWN_NAME, ClientKey, WatchedKeys, find, new_key, sha256_of_key
from .gateway_keys import KEY_SOCKET, KeyLimits
from .unix_socket import answering, short_path

GUESSES_AT_ONCE = 10  # wrong keys that an address may send in a row
GUESSES_A_SECOND = 1  # and from then on
REMEMBERED = 10_000  # addresses, so that many of them cannot fill the memory
PATIENCE_S = 2.0


class GuessLimit:
    """How many wrong keys an address may try: a bucket of tokens for each, of which a wrong key takes one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # address -> tokens, at which time

    def allows(self, address: str) -> bool:
        """Whether the address has a guess left."""
        return self._tokens(address) >= 1

    def note(self, address: str) -> None:
        """Count a wrong key."""
        self._buckets[address] = (self._tokens(address) - 1, self._clock())
        self._buckets.move_to_end(address)
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)

    def _tokens(self, address: str) -> float:
        tokens, then_s = self._buckets.get(address, (GUESSES_AT_ONCE, 0.0))
        return min(GUESSES_AT_ONCE, tokens + (self._clock() - then_s) * GUESSES_A_SECOND)


class KeyCheck:
    """The keys of one server, and its answers about them.

    own_key: the server's own, in no file, with which it asks itself for a photo.
    """

    def __init__(self, keys: WatchedKeys, clock: Callable[[], float] = time.monotonic) -> None:
        self.own_key = new_key()
        self._own = ClientKey(OWN_NAME, sha256_of_key(self.own_key))
        self._keys = keys
        self._guesses = GuessLimit(clock)
        self._accepted: OrderedDict[tuple[str, str], None] = OrderedDict()

    def limits(self) -> KeyLimits:
        """The limits of their own that the keys have now."""
        return KeyLimits.of(self._keys.now())

    def owner(self, key: str, address: str) -> ClientKey | None:
        """The entry of a key that came from an address, or None if there is no such key.

        Raises TooManyGuessesError, without a look at the key, if the address has sent too many wrong ones. A key that
        was right from there before is looked at all the same: a neighbour behind the address must not lock it out.
        """
        pair = (address, sha256_of_key(key))
        if pair not in self._accepted and not self._guesses.allows(address):
            raise TooManyGuessesError
        found = find((*self._keys.now(), self._own), key)
        if found is None:
            self._accepted.pop(pair, None)
            self._guesses.note(address)
            return None
        self._accepted[pair] = None
        self._accepted.move_to_end(pair)
        if len(self._accepted) > REMEMBERED:
            self._accepted.popitem(last=False)
        return found

    @contextmanager
    def listening(self, folder: Path) -> Iterator[None]:
        """Answer within the block, on a socket in the gateway's run folder.

        One question at a time, so that a flood of them costs one thread and not thousands.
        """
        folder.mkdir(parents=True, exist_ok=True)
        (folder / KEY_SOCKET).unlink(missing_ok=True)
        with short_path(folder, KEY_SOCKET) as path:
            server = _Listener(path, _Question)
        server.check = self
        (folder / KEY_SOCKET).chmod(0o600)
        if os.geteuid() == 0:  # then nginx's workers are `nobody`
            os.chown(folder / KEY_SOCKET, pwd.getpwnam("nobody").pw_uid, -1)
        with answering(server):
            yield


class TooManyGuessesError(Exception):
    """An address has sent too many wrong keys."""


class _Listener(socketserver.UnixStreamServer):
    request_queue_size = 512
    check: KeyCheck


class _Question(BaseHTTPRequestHandler):
    server: _Listener
    timeout = PATIENCE_S

    def do_GET(self) -> None:
        """Whose key is it? Nothing of the key is repeated, in the answer or in a log."""
        headers: dict[str, str | int] = {}
        status = 204
        try:
            owner = self.server.check.owner(self.headers.get("X-Focal-Key", ""), self.headers.get("X-Focal-Client", ""))
            if owner is None:
                status = 401
            else:
                limits = {"X-Focal-Key-Rate": owner.rate, "X-Focal-Key-Concurrency": owner.concurrency}
                headers = {"X-Focal-Key-Name": owner.name} | {name: n for name, n in limits.items() if n is not None}
        except TooManyGuessesError:
            status, headers = 401, {"X-Focal-Key-Failure": "too_many_guesses"}
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing: the gateway logs the request."""
