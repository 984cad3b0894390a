"""A server for one measurement: `scripts/serve` on free ports, in a temporary folder."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from setup.console import CommandError, say
from setup.environment import REPOSITORY

from . import ports, state_file

START_TIMEOUT_S = 300.0


def temporary_server(*arguments: str, **variables: str) -> AbstractContextManager[tuple[str, Path]]:
    """As `server_of`, of this checkout."""
    return server_of(REPOSITORY, *arguments, **variables)


@contextmanager
def server_of(checkout: Path, *arguments: str, **variables: str) -> Iterator[tuple[str, Path]]:
    """Start a checkout's server and yield its URL and its runtime folder once it is ready; it ends with the block.

    arguments, variables: command-line arguments and environment variables of the checkout's scripts/serve.
    Raises CommandError if it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="focal-") as made:
        folder = Path(made)
        folder.chmod(0o711)  # nginx, started as root, works as `nobody`
        runtime, log = folder / "run", folder / "serve.log"
        say("Starting a server")
        process, _ = start(runtime, log, arguments, variables, checkout)
        try:
            deadline_s = time.monotonic() + START_TIMEOUT_S
            while "Focal is ready" not in log.read_text():
                if process.poll() is not None or time.monotonic() > deadline_s:
                    raise CommandError(f"The server did not start: {log.read_text().splitlines()[-1:]}")
                time.sleep(0.05)
            yield state_file.read(runtime)["url"], runtime
        finally:
            process.terminate()
            process.wait()


def start(
    runtime: Path, log: Path, arguments: Sequence[str], variables: Mapping[str, str], checkout: Path = REPOSITORY
) -> tuple[subprocess.Popen[bytes], dict[str, str]]:
    """Start a checkout's `scripts/serve` on free loopback ports, unless `variables` say otherwise; do not wait for it.

    Returns the process, and the environment variables that it was given in addition to this process's.
    """
    own = dict(zip(ports.PORTS, map(str, ports.free_ports(len(ports.PORTS))), strict=True))
    own |= {"FOCAL_RUNTIME": str(runtime), "FOCAL_HOST": ports.LOOPBACK, "FOCAL_CLIENT_KEYS": "", **variables}
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, checkout / "scripts" / "serve", *arguments],
            env=os.environ | own,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return process, own
