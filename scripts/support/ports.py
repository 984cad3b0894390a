"""Where a server listens: the front door, and TorchServe's three doors behind it on loopback."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from .console import CommandError

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Addresses:
    """The addresses of one server; two servers run side by side when all four ports differ."""

    host: str = LOOPBACK
    port: int = 8000
    inference_port: int = 8080
    management_port: int = 8081
    metrics_port: int = 8082
    scheme: str = "http"  # the front door's; TorchServe's is always http, on loopback

    @property
    def url(self) -> str:
        """The front door's address, as a client on this machine reaches it."""
        everywhere = self.host in ("0.0.0.0", "::", "")  # noqa: S104 (compared, not bound)
        host = LOOPBACK if everywhere else f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def inference_url(self) -> str:
        """TorchServe's inference API."""
        return f"http://{LOOPBACK}:{self.inference_port}"

    @property
    def management_url(self) -> str:
        """TorchServe's management API."""
        return f"http://{LOOPBACK}:{self.management_port}"

    @property
    def metrics_url(self) -> str:
        """TorchServe's metrics API."""
        return f"http://{LOOPBACK}:{self.metrics_port}"


# environment variable -> field of Addresses, what listens there
PORTS = {
    "FOCAL_PORT": ("port", "front door"),
    "FOCAL_INFERENCE_PORT": ("inference_port", "TorchServe's inference API"),
    "FOCAL_MANAGEMENT_PORT": ("management_port", "TorchServe's management API"),
    "FOCAL_METRICS_PORT": ("metrics_port", "TorchServe's metrics API"),
}


def addresses_from(environment: Mapping[str, str] = os.environ) -> Addresses:
    """The addresses that the environment variables choose. Raises CommandError naming the wrong one."""
    chosen: dict[str, int] = {}
    for variable, (field, _) in PORTS.items():
        if text := environment.get(variable):
            if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
                raise CommandError(f"{variable} must be a port number from 1 to 65535.")
            chosen[field] = int(text)
    scheme = "https" if environment.get("FOCAL_TLS_CERTIFICATE") else "http"
    addresses = Addresses(host=environment.get("FOCAL_HOST") or LOOPBACK, scheme=scheme, **chosen)
    ports = [getattr(addresses, field) for field, _ in PORTS.values()]
    if len(set(ports)) < len(ports):
        raise CommandError(f"{', '.join(PORTS)} must all differ; they are {', '.join(map(str, ports))}.")
    return addresses


def refuse_taken_ports(addresses: Addresses) -> None:
    """Raise CommandError if another program listens on one of the ports, or if the host is none of this machine's."""
    for variable, (field, what) in PORTS.items():
        host = addresses.host if field == "port" else LOOPBACK
        port = getattr(addresses, field)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((host, port))
            except OSError as error:
                raise CommandError(
                    f"Port {port} on {host}, for the {what}, cannot be used ({error.strerror or error}): "
                    f"end what listens there, or choose another with {variable}."
                ) from error
