"""Clients that send calls to a gateway and compare each answer with the one that the same call got without load."""

from __future__ import annotations

import hashlib
import http.client
import json
import random
import ssl
import threading
import time
import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import urlsplit

from server.ports import LOOPBACK

from .traffic import Call

TIMEOUT_S = 75.0  # longer than the gateway lets anybody wait

RIGHT, WRONG, UNANSWERED = "right", "wrong", "unanswered"
# The errors that any call may get under load: status -> types
REFUSALS = {429: {"RateLimited"}, 503: {"Overloaded", "NotReady"}, 504: {"TimedOut"}}


@dataclass(frozen=True)
class Reply:
    """An answer: everything in which two answers may differ, and the error's type if it is an error."""

    status: int
    content_type: str
    label: str
    sha256: str
    error_type: str = ""
    retry_after: str = ""


@dataclass(frozen=True)
class Outcome:
    """The outcome of one call. verdict: RIGHT, WRONG, UNANSWERED, or the type of a refusal."""

    call: Call
    request_id: str
    verdict: str
    started_s: float
    took_s: float
    reply: Reply | None = field(repr=False, default=None)

    @property
    def ended_s(self) -> float:
        """When it ended, on the monotonic clock."""
        return self.started_s + self.took_s


Calm = dict[str, Reply]


class Client:
    """One client of a gateway. `address`: its own IP address, so that the gateway's limits count it apart.

    key: an API key, if the server asks for one; then the limits count all clients with it together.
    """

    def __init__(self, url: str, address: str | None = None, *, key: str | None = None) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or LOOPBACK, parts.port
        self.is_secure = parts.scheme == "https"
        self.source = (address, 0) if address else None
        self._authorization = {"Authorization": f"Bearer {key}"} if key else {}

    def send(self, call: Call, request_id: str, timeout_s: float = TIMEOUT_S) -> Reply:
        """Send a call on its own connection. Raises OSError or HTTPException unless it is answered completely."""
        headers = {"Content-Type": call.content_type, "Accept": call.accept, "X-Request-Id": request_id}
        headers |= self._authorization
        connection = self._connect(timeout_s)
        try:
            with suppress(
                BrokenPipeError, ConnectionResetError
            ):  # refused before all of it was sent; the answer says why
                connection.request("POST", "/", call.body, headers | {"Connection": "close"})
            answer = connection.getresponse()
            return _reply(answer, answer.read())
        finally:
            connection.close()

    def _connect(self, timeout_s: float) -> http.client.HTTPConnection:
        if self.is_secure:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(
                self.host, self.port, timeout=timeout_s, source_address=self.source, context=context
            )
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout_s, source_address=self.source)


def calm_replies(url: str, calls: Iterable[Call], *, key: str | None = None) -> Calm:
    """The reply to each call without load, one after the other. Raises OSError or HTTPException."""
    client = Client(url, key=key)
    calm = {}
    for call in calls:
        reply = client.send(call, _new_id())
        while reply.status in REFUSALS:
            time.sleep(float(reply.retry_after or 1))
            reply = client.send(call, _new_id())
        calm[call.name] = reply
    return calm


class Load:
    """A number of clients that send calls within a block: `with Load(url, calls, calm, clients=4) as load:`.

    Each client sends one call after another; `hostile_share` of them are hostile. With `rate_per_s`, all together keep
    to that rate. After a refusal a client waits `pause_s`. With several urls, a client that gets no answer from one
    server tries the next, as a load balancer does.
    """

    def __init__(
        self,
        urls: str | Sequence[str],
        calls: Sequence[Call],
        calm: Calm,
        *,
        clients: int,
        rate_per_s: float | None = None,
        pause_s: float = 0.2,
        hostile_share: float = 0.05,
        key: str | None = None,
    ) -> None:
        self.urls = [urls] if isinstance(urls, str) else list(urls)
        self.ordinary = [call for call in calls if not call.hostile]
        self.hostile = [call for call in calls if call.hostile]
        self.calm = calm
        self.outcomes: list[Outcome] = []
        self.pause_s = pause_s
        self.hostile_share = hostile_share if self.hostile else 0.0
        self._key = key
        self._rate_per_s = rate_per_s
        self._next_s = time.monotonic()
        self._pacing = threading.Lock()
        self._stopping = threading.Event()
        self._clients = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(clients)]

    def __enter__(self) -> Load:
        for client in self._clients:
            client.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Send nothing more, and wait for the calls under way."""
        self._stopping.set()
        for client in self._clients:
            client.join(2 * TIMEOUT_S)

    def count(self, verdict: str) -> int:
        """How many calls have had this verdict so far."""
        return sum(outcome.verdict == verdict for outcome in self.outcomes)

    def _run(self, n: int) -> None:
        chance = random.Random(n)  # noqa: S311 (nothing secret)
        clients = [Client(url, _address(url, n), key=self._key) for url in self.urls]
        while self._wait_for_turn():
            hostile = chance.random() < self.hostile_share
            call = chance.choice(self.hostile if hostile else self.ordinary)
            outcome = attempt(clients[0], call, self.calm[call.name])
            for _ in clients[1:]:
                if outcome.verdict == UNANSWERED:
                    clients.append(clients.pop(0))
                    outcome = attempt(clients[0], call, self.calm[call.name])
            self.outcomes.append(outcome)
            if outcome.verdict not in (RIGHT, WRONG):
                self._stopping.wait(self.pause_s)

    def _wait_for_turn(self) -> bool:
        """Wait as the rate demands. Returns False at the end of the load."""
        if self._rate_per_s:
            with self._pacing:
                turn_s = max(self._next_s, time.monotonic() - 0.5)
                self._next_s = turn_s + 1 / self._rate_per_s
            self._stopping.wait(max(0.0, turn_s - time.monotonic()))
        return not self._stopping.is_set()


def attempt(client: Client, call: Call, calm: Reply) -> Outcome:
    """Send a call and compare its answer with the calm one."""
    request_id, started_s = _new_id(), time.monotonic()
    try:
        reply = client.send(call, request_id)
    except (OSError, http.client.HTTPException):
        return Outcome(call, request_id, UNANSWERED, started_s, time.monotonic() - started_s)
    return Outcome(call, request_id, judge(reply, calm), started_s, time.monotonic() - started_s, reply)


def judge(reply: Reply, calm: Reply) -> str:
    """RIGHT if the reply is the calm one byte for byte, its type if it is one of REFUSALS, else WRONG."""
    if reply == calm:
        return RIGHT
    waits = reply.retry_after.isdigit() or reply.status == http.HTTPStatus.GATEWAY_TIMEOUT
    return reply.error_type if reply.error_type in REFUSALS.get(reply.status, ()) and waits else WRONG


def _reply(answer: http.client.HTTPResponse, body: bytes) -> Reply:
    content_type = answer.headers.get("Content-Type", "")
    label = f"{answer.headers.get('X-Focal-Class', '')} {answer.headers.get('X-Focal-Probability', '')}".strip()
    error_type = _error_type(answer.status, content_type, body)
    retry_after = answer.headers.get("Retry-After", "")
    return Reply(answer.status, content_type, label, hashlib.sha256(body).hexdigest(), error_type, retry_after)


def _error_type(status: int, content_type: str, body: bytes) -> str:
    """The type in a body that is exactly an error object of the API; empty for anything else."""
    if status < http.HTTPStatus.BAD_REQUEST or content_type != "application/json":
        return ""
    try:
        match json.loads(body):
            case {"code": code, "type": str(name), "message": str(_), **more} if code == status and not more:
                return name
    except ValueError:
        pass
    return ""


def _address(url: str, n: int) -> str | None:
    """A loopback address for the nth client, or None if the server is not on loopback."""
    return f"127.0.0.{n % 250 + 2}" if urlsplit(url).hostname == LOOPBACK else None


def _new_id() -> str:
    return uuid.uuid4().hex
