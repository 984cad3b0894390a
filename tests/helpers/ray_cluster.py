"""A Ray cluster of several nodes on this machine: each has its own processes, address on loopback and resources.

All of it is in a network namespace of its own with nothing but loopback, so that nobody else reaches it.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.helpers.waiting import wait_until

HEAD, PORT = "127.0.0.10", 6400
RAY = Path(sys.executable).with_name("ray")
STARTED = "Ray runtime started."
HIDE = 'mount -t tmpfs none "$0" && exec "$@"'
OBJECT_STORE_BYTES = 80_000_000


class RayNode:
    """The processes of one node."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = psutil.Process(process.pid)
        self._popen = process

    def processes(self) -> list[psutil.Process]:
        return [self._process, *self._process.children(recursive=True)]

    def actors(self) -> list[psutil.Process]:
        """Those that blur photos."""
        return [one for one in self.processes() if one.name().startswith("ray::BulkActor")]

    def kill(self) -> None:
        """What a power cut does, if the node is alive."""
        if self._popen.poll() is None:
            for process in self.processes():
                with suppress(psutil.NoSuchProcess):  # one that ends by itself, since another has been killed
                    process.kill()
        self._popen.wait()


class RayCluster:
    """`address` for `--cluster`, `variables` for the environment of the command, `inside` in front of it."""

    def __init__(self, folder: Path, inside: Sequence[str]) -> None:
        self._folder, self.inside = folder, list(inside)
        self.address = f"{HEAD}:{PORT}"
        self.variables = {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
            "RAY_USAGE_STATS_ENABLED": "0",
            "PYTHONUNBUFFERED": "1",
        }
        self.nodes: list[RayNode] = []

    def start(self, cores: int, *, hidden: Path | None = None) -> RayNode:
        """Start a node, the first as the head.   hidden: a folder that the node does not see."""
        number = len(self.nodes)
        log = self._folder / f"node-{number}.log"
        role = ["--address", self.address]
        if not number:
            role = ["--head", "--port", str(PORT), "--include-dashboard=false", "--temp-dir", str(self._folder / "ray")]
        command = [
            *self.inside,
            *(["unshare", "--mount", "sh", "-c", HIDE, str(hidden)] if hidden else []),
            *(str(RAY), "start", "--block", *role, "--node-ip-address", f"127.0.0.1{number}"),
            *("--num-cpus", str(cores), "--object-store-memory", str(OBJECT_STORE_BYTES), "--disable-usage-stats"),
        ]
        with log.open("wb") as output:
            started = subprocess.Popen(command, env=os.environ | self.variables, stdout=output, stderr=output)
        node = RayNode(started)
        self.nodes.append(node)
        wait_until(lambda: STARTED in log.read_text(errors="replace"), timeout_s=120)
        return node


@contextmanager
def ray_cluster() -> Iterator[RayCluster]:
    """A cluster with no node yet; needs root, for the namespaces."""
    with (
        tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp", ignore_cleanup_errors=True) as made,
        subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "ip link set lo up && echo up && exec cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as namespace,  # fmt: skip
    ):
        assert namespace.stdout
        assert namespace.stdout.readline() == b"up\n"
        cluster = RayCluster(Path(made), ["nsenter", f"--net=/proc/{namespace.pid}/ns/net"])
        try:
            yield cluster
        finally:
            for node in reversed(cluster.nodes):
                node.kill()
            namespace.kill()
