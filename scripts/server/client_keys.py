"""Clients' API keys: the file with their hashes, and the search for a key in it. Needs no package.

The file is one JSON object, {"NAME": {"sha256": hash in hex, "rate": photos a second, "concurrency": photos at once}};
without the last two, the server's own limits of one client hold.

One round of SHA-256 is enough: a key is 256 random bits, not a password, so nobody who has read the file can try the
keys that there are, however fast the hash is. A slow one would only make each request slow.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from focal.declarations import json_in
from setup.console import CommandError, say, warn

VARIABLE = "FOCAL_CLIENT_KEYS"
OWN_NAME = "serve"  # in the log: the server's own key, with which it asks itself for a photo
OWN_KEY = "own_key"  # the file of that key, in the server's runtime folder
HIGHEST_RATE, HIGHEST_CONCURRENCY = 10_000, 1_000
KEY_BITS = 256

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class ClientKey:
    """What is known of a key.

    sha256: of the key as it is sent, in hex.   rate: photos a second.   concurrency: photos at once.
    """

    name: str
    sha256: str
    rate: int | None = None
    concurrency: int | None = None


def new_key() -> str:
    """A new key: 256 random bits in letters, digits, - and _, after a prefix by which people and scanners know it."""
    return f"focal_{secrets.token_urlsafe(KEY_BITS // 8)}"


def sha256_of_key(key: str) -> str:
    """The hash of a key, in hex."""
    return hashlib.sha256(key.encode()).hexdigest()


def find(keys: tuple[ClientKey, ...], key: str) -> ClientKey | None:
    """The entry of a key, or None. How long it takes does not tell which hash was nearly right: all are compared."""
    presented, found = sha256_of_key(key), None
    for entry in keys:
        if hmac.compare_digest(entry.sha256, presented):
            found = entry
    return found


def parse(text: str) -> tuple[ClientKey, ...]:
    """The keys of a file's text. Raises ValueError with what is wrong in it, but nothing of a hash."""
    entries = json_in(text)
    if not isinstance(entries, dict):
        raise ValueError("it is not a JSON object")
    return tuple(_entry(name, entry) for name, entry in entries.items())


def as_text(keys: tuple[ClientKey, ...]) -> str:
    """The text of a file with these keys."""
    entries = {
        key.name: {name: value for name, value in vars(key).items() if name != "name" and value is not None}
        for key in keys
    }
    return json.dumps(entries, indent=2) + "\n"


def read(path: Path) -> tuple[ClientKey, ...]:
    """The keys of a file. Raises CommandError if there is none, or if it is not as it should be."""
    try:
        return parse(path.read_text())
    except FileNotFoundError as error:
        raise CommandError(f"There is no file {path} of client keys; `scripts/ops keys add NAME` makes it.") from error
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} is not a file of client keys: {error}.") from error


def keys_file(environment: Mapping[str, str]) -> Path | None:
    """The file that the environment names, as an absolute path; None if clients need no key."""
    named = environment.get(VARIABLE)
    return Path(named).absolute() if named else None


class WatchedKeys:
    """The keys of a file, as it is now.

    If it cannot be read any more, the last ones that could stay: a slip of the hand neither opens nor closes a server.
    """

    def __init__(self, path: Path) -> None:
        """Read the file. Raises CommandError if it is not as it should be."""
        self.path = path
        self._keys = read(path)
        self._content: bytes | None = path.read_bytes()
        self._lock = threading.Lock()

    def now(self) -> tuple[ClientKey, ...]:
        """The keys. The file is compared each time as a whole, since a time of change can miss a quick second one."""
        with self._lock:
            try:
                content = self.path.read_bytes()
            except OSError:
                content = None
            if content != self._content:
                self._content = content
                try:
                    self._keys = read(self.path)
                    say(f"Client keys: {len(self._keys)}, read again from {self.path}")
                except CommandError as reason:
                    warn(f"The client keys stay as they were. {reason}")
            return self._keys


def is_name(text: str) -> bool:
    """Whether a key may have this name, which stands in logs and metrics."""
    return _NAME.fullmatch(text) is not None and text != OWN_NAME


def _entry(name: str, entry: Any) -> ClientKey:
    if not is_name(name):
        raise ValueError(f"{name!r} is not a name of letters, digits, '.', '_' and '-', or is {OWN_NAME!r}")
    if not isinstance(entry, dict) or not entry.keys() <= {"sha256", "rate", "concurrency"}:
        raise ValueError(f"{name} may have sha256, rate and concurrency alone")
    sha256 = entry.get("sha256")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise ValueError(f"the sha256 of {name} is not 64 hex digits in lower case")
    for limit, highest in (("rate", HIGHEST_RATE), ("concurrency", HIGHEST_CONCURRENCY)):
        value = entry.get(limit)
        if value is not None and not (type(value) is int and 1 <= value <= highest):
            raise ValueError(f"the {limit} of {name} is not a whole number from 1 to {highest}")
    return ClientKey(name, sha256, entry.get("rate"), entry.get("concurrency"))
