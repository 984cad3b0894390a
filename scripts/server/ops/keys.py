"""`scripts/ops keys`: make, list and revoke clients' keys, in their file. Running servers notice by themselves."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from setup.console import CommandError

from ..client_keys import VARIABLE, ClientKey, as_text, is_name, keys_file, new_key, read, sha256_of_key


def add(environment: Mapping[str, str], name: str, rate: int | None, concurrency: int | None) -> str:
    """Make a key and put its hash into the file, which is made if there is none; return the key, which is kept nowhere.

    Raises CommandError for a name that is taken, or that is none.
    """
    if not is_name(name):
        raise CommandError(
            f"A key cannot be called {name!r}: take up to 64 letters, digits, dots, _ and -, but not serve."
        )
    file = _file(environment)
    with _alone(file):
        keys = read(file) if file.exists() else ()
        if any(key.name == name for key in keys):
            raise CommandError(f"There is a key {name} already; `keys revoke {name}` first, or take another name.")
        made = new_key()
        _write(file, (*keys, ClientKey(name, sha256_of_key(made), rate, concurrency)))
    return made


def revoke(environment: Mapping[str, str], name: str) -> None:
    """Take a key out of the file. Raises CommandError if there is none of this name."""
    file = _file(environment)
    with _alone(file):
        keys = read(file)
        rest = tuple(key for key in keys if key.name != name)
        if len(rest) == len(keys):
            raise CommandError(f"There is no key {name}; `keys list` shows those that there are.")
        _write(file, rest)


def listed(environment: Mapping[str, str]) -> list[dict[str, Any]]:
    """Name, rate and concurrency of each key; None where it has the server's own limit."""
    return [{"name": key.name, "rate": key.rate, "concurrency": key.concurrency} for key in read(_file(environment))]


def as_table(keys: list[dict[str, Any]]) -> str:
    """The keys as text."""
    if not keys:
        return "There is no key; `keys add NAME` makes one."
    rows = [("name", "photos a second", "photos at once")]
    rows += [(key["name"], key["rate"] or "as the server", key["concurrency"] or "as the server") for key in keys]
    width = max(len(name) for name, _, _ in rows)
    return "\n".join(f"{name:<{width}}  {rate:<16} {concurrency}" for name, rate, concurrency in rows)


def _file(environment: Mapping[str, str]) -> Path:
    file = keys_file(environment)
    if file is None:
        raise CommandError(f"{VARIABLE} must name the file of client keys, as for serve.")
    return file.resolve()  # a link stays a link


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Keep other commands from changing the file within the block."""
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _write(file: Path, keys: tuple[ClientKey, ...]) -> None:
    """Replace the file in one step; it keeps its owner, who may be the server's user, and its mode."""
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    if file.exists():
        before = file.stat()
        new.chmod(before.st_mode & 0o777)
        with suppress(PermissionError):
            os.chown(new, before.st_uid, before.st_gid)
    new.write_text(as_text(keys))
    new.replace(file)
