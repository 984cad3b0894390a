"""The addresses of a server: the gateway, the metrics, and TorchServe's ports behind them on loopback."""

from __future__ import annotations

import errno
import os
import random
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from setup.console import CommandError
from setup.process_list import command_line, listens_on

LOOPBACK = "127.0.0.1"
# Below the range from which the system takes ports for connections, so that no connection takes a port between
# choosing it here and listening on it.
PRIVATE_PORTS = range(20000, 32000)


@dataclass(frozen=True)
class Addresses:
    """The addresses of one server. Two servers can run on one machine if all four ports differ."""

    host: str = LOOPBACK
    port: int = 8000
    inference_port: int = 8080
    management_port: int = 8081
    metrics_port: int = 8082
    scheme: str = "http"  # the gateway's; TorchServe's is always http, on loopback
    metrics_host: str = LOOPBACK

    @property
    def url(self) -> str:
        """The URL of the gateway for clients on this machine."""
        return f"{self.scheme}://{_in_url(self.host)}:{self.port}"

    @property
    def inference_url(self) -> str:
        """The URL of TorchServe's inference API."""
        return f"http://{LOOPBACK}:{self.inference_port}"

    @property
    def management_url(self) -> str:
        """The URL of TorchServe's management API."""
        return f"http://{LOOPBACK}:{self.management_port}"

    @property
    def metrics_url(self) -> str:
        """The URL of the metrics for scrapers on this machine."""
        return f"http://{_in_url(self.metrics_host)}:{self.metrics_port}"

    def of_torchserve(self) -> Addresses:
        """The addresses of the first TorchServe: the gateway has the metrics port, so TorchServe gets a free one."""
        return replace(self, metrics_host=LOOPBACK, metrics_port=free_ports(1)[0])

    def of_standby(self) -> Addresses:
        """The addresses of a second TorchServe behind the same gateway."""
        inference, management, metrics = free_ports(3)
        other = replace(self, inference_port=inference, management_port=management, metrics_port=metrics)
        return replace(other, metrics_host=LOOPBACK)


# environment variable -> field of Addresses, and what listens there
PORTS = {
    "FOCAL_PORT": ("port", "the gateway"),
    "FOCAL_INFERENCE_PORT": ("inference_port", "TorchServe's inference API"),
    "FOCAL_MANAGEMENT_PORT": ("management_port", "TorchServe's management API"),
    "FOCAL_METRICS_PORT": ("metrics_port", "the metrics"),
}


def addresses_from(environment: Mapping[str, str] = os.environ) -> Addresses:
    """The addresses that the environment variables choose. Raises CommandError naming the wrong one."""
    chosen: dict[str, Any] = {
        "host": environment.get("FOCAL_HOST") or LOOPBACK,
        "metrics_host": environment.get("FOCAL_METRICS_HOST") or LOOPBACK,
        "scheme": "https" if environment.get("FOCAL_TLS_CERTIFICATE") else "http",
    }
    for variable, (field, _) in PORTS.items():
        if text := environment.get(variable):
            if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
                raise CommandError(f"{variable} must be a port number from 1 to 65535; it is {text!r}.")
            chosen[field] = int(text)
    addresses = Addresses(**chosen)
    ports = [getattr(addresses, field) for field, _ in PORTS.values()]
    if len(set(ports)) < len(ports):
        raise CommandError(f"{', '.join(PORTS)} must all differ; they are {', '.join(map(str, ports))}.")
    return addresses


def refuse_taken_ports(addresses: Addresses) -> None:
    """Raise CommandError if a port is taken, or if the host is not an address of this machine."""
    for variable, (field, what) in PORTS.items():
        host = {"port": addresses.host, "metrics_port": addresses.metrics_host}.get(field, LOOPBACK)
        port = getattr(addresses, field)
        if error := listening_error(host, port):
            if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
                own = "FOCAL_METRICS_HOST" if field == "metrics_port" else "FOCAL_HOST"
                raise CommandError(
                    f"{own} is {host}, which is not an address of this machine ({error.strerror or error}): "
                    "name one of its own, 127.0.0.1 for this machine alone or 0.0.0.0 for all that can reach it."
                ) from error
            if error.errno == errno.EACCES:
                raise CommandError(
                    f"Port {port}, for {what}, is for root alone on this machine: "
                    f"choose one from 1024 up with {variable}."
                ) from error
            raise CommandError(
                f"Port {port} on {host}, for {what}, cannot be used ({error.strerror or error}): "
                f"end {_listener(port)}, or choose another with {variable}."
            ) from error


def listening_error(host: str, port: int) -> OSError | None:
    """Why this process cannot listen on that address, or None if it can."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
        except OSError as error:
            return error
    return None


def _listener(port: int) -> str:
    pid = listens_on(port)
    return f"process {pid} ({command_line(pid).strip():.200})" if pid else "what listens there"


def free_ports(count: int) -> list[int]:
    """Loopback ports on which nothing listens now."""
    found: list[int] = []
    for port in random.sample(PRIVATE_PORTS, len(PRIVATE_PORTS)):
        if len(found) == count:
            break
        if listening_error(LOOPBACK, port) is None:
            found.append(port)
    return found


def free_port_range(count: int) -> int:
    """The first of `count` successive loopback ports on which nothing listens now."""
    for _ in range(len(PRIVATE_PORTS)):
        first = random.choice(PRIVATE_PORTS[:-count])  # noqa: S311 (not a secret)
        if all(listening_error(LOOPBACK, port) is None for port in range(first, first + count)):
            return first
    raise CommandError(
        f"There are no {count} free ports in a row between {PRIVATE_PORTS.start} and {PRIVATE_PORTS.stop}."
    )


def reachable(host: str) -> str:
    """The address that reaches, from this machine, what listens on `host`."""
    return LOOPBACK if host in ("0.0.0.0", "::", "") else host  # noqa: S104 (compared, not bound)


def _in_url(host: str) -> str:
    there = reachable(host)
    return f"[{there}]" if ":" in there else there
