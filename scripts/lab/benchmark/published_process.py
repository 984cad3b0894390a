"""The published code in a process of its own, without Focal's memory settings, which would make it faster."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType

import cv2
import torch
from setup.environment import PYTHON_PATH

from .published_code import PublishedFocal, fresh_alexnet


class PublishedProcess:
    """The running process: `with PublishedProcess(weights, resident=True) as published:`."""

    def __init__(self, weights: Path, *, resident: bool) -> None:
        """resident: AlexNet is loaded once, instead of three times a request."""
        ours, theirs = socket.socketpair()
        environment = {name: value for name, value in os.environ.items() if name != "GLIBC_TUNABLES"}
        command = [sys.executable, "-m", __name__, str(theirs.fileno()), str(weights), str(int(resident))]
        with theirs:
            self.process = subprocess.Popen(
                command,
                env=environment | {"PYTHONPATH": PYTHON_PATH},
                pass_fds=[theirs.fileno()],
                stderr=subprocess.DEVNULL,
            )
        self._connection = Connection(ours.detach())

    def __enter__(self) -> PublishedProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        self.process.wait()

    def answer(self, body: bytes) -> bytes:
        """The answer of `PublishedFocal`. Raises EOFError if it fails."""
        self._connection.send_bytes(body)
        return self._connection.recv_bytes()


def answer_requests(connection: Connection, weights: Path, *, resident: bool) -> None:
    """The main function of the process: answer until the connection is closed."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    load = partial(fresh_alexnet, weights)
    if resident:
        network = load()
        published = PublishedFocal(lambda: network)
    else:
        published = PublishedFocal(load)
    with suppress(EOFError):
        while True:
            connection.send_bytes(published.answer(connection.recv_bytes()))


if __name__ == "__main__":
    descriptor, file, loaded_once = sys.argv[1:]
    answer_requests(Connection(int(descriptor)), Path(file), resident=loaded_once == "1")
