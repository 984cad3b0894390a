"""The client of `scripts/ops`: send a command to a running server, and show its status. Standard library only."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from setup.console import CommandError

from ..unix_socket import short_path

CONTROL = "control"


def ask(runtime: Path, command: str, log: Callable[[str], None], **arguments: Any) -> Any:
    """Send a command to the server with this runtime folder, log each step, and return the result.

    Raises CommandError if there is no such server, or with the server's message if the command failed.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            with short_path(runtime, CONTROL) as path:
                connection.connect(path)
        except OSError as error:
            raise CommandError(
                f"No Focal server takes commands in {runtime} ({error.strerror}); "
                "name its port with FOCAL_PORT, or its folder with FOCAL_RUNTIME, as for serve."
            ) from error
        for line in _answers(connection, {"order": command, **arguments}):
            match line:
                case {"said": sentence}:
                    log(sentence)
                case {"failed": reason}:
                    raise CommandError(reason)
                case {"done": result}:
                    return result
    raise CommandError("The server ended before it was done.")


def _answers(connection: socket.socket, question: dict[str, Any]) -> Iterator[Any]:
    """What the server says to a command, until the connection ends."""
    with suppress(ConnectionError), connection.makefile() as lines:
        connection.sendall(json.dumps(question).encode() + b"\n")
        yield from map(json.loads, lines)


def wait_for_end(runtime: Path, timeout_s: float) -> None:
    """Wait until a server has ended, which removes its runtime folder last. Raises CommandError after `timeout_s`."""
    deadline_s = time.monotonic() + timeout_s
    while runtime.exists():
        if time.monotonic() > deadline_s:
            raise CommandError(f"The server has not ended within {timeout_s:.0f} s.")
        time.sleep(0.1)


def is_well(status: dict[str, Any]) -> bool:
    """Whether the server is ready with all its workers."""
    versions = filter(None, (status["current"], status["candidate"]))
    return status["ready"] and all(one["workers"]["ready"] >= one["workers"]["wanted"] for one in versions)


def as_table(status: dict[str, Any]) -> str:
    """A status as text."""
    rows = [("address", status["url"]), ("ready", "yes" if status["ready"] else "NO")]
    for name in ("current", "candidate"):
        if version := status[name]:
            workers, mean_seconds = version["workers"], version["mean_seconds"]
            answered = ", ".join(f"{count} {outcome}" for outcome, count in version["outcomes"].items()) or "none"
            answered += f"; {mean_seconds:.3f} s on average" if mean_seconds is not None else ""
            rows += [
                (name, f"{version['percent']}% of the photos"),
                ("  version", f"{version.get('version', '?')}, archive sha256 {version['archive_sha256'][:12]}…"),
                ("  backbone", f"{version.get('backbone', '?')}, weights {version.get('weights_sha256', '?')[:12]}…"),
                ("  workers", f"{workers['ready']} of {workers['wanted']} ready, {version['memory_mb']} MB"),
                ("  answered", answered),
                ("  processor", f"{version['cpu_seconds']} s since its start"),
            ]
    return "\n".join(f"{name:<12}{text}" for name, text in rows)
