"""The gateway's settings: the server behind it, the network in front of it, and what it says of both."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from focal.settings import Settings
from setup.archive import provenance
from setup.console import CommandError

from .certificate import certificate_files, require_both
from .gateway_keys import KeyLimits
from .ports import Addresses
from .proxies_and_origins import cors_origins, require_networks, require_origins, trusted_proxies
from .tokens import Keys
from .torchserve import TorchServe

DIGITS_OF_WEIGHTS = 12

_ADDRESS = re.compile(r"[A-Za-z0-9.-]+:\d{1,5}|\[[0-9a-fA-F:.]+\]:\d{1,5}")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,200}")
_WORD = re.compile(r"[A-Za-z0-9._+-]*")
_PATH = re.compile(r"[^\x00-\x1f\"'\\;{}$]+")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A second TorchServe that gets `percent` of the photos, 0 to 100."""

    inference_key: str = field(repr=False)
    inference_address: str
    percent: int
    version: str = ""
    model: str = ""


@dataclass(frozen=True, kw_only=True)
class GatewaySettings:
    """The values of the template. Raises CommandError for a value that would break the configuration.

    limits, workers: the server's settings, and the number of workers, by which some limits are multiplied.
    """

    inference_key: str = field(repr=False)
    management_key: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    inference_address: str = "127.0.0.1:8080"
    management_address: str = "127.0.0.1:8081"
    # Where scrapers read the metrics, which never changes; and the current TorchServe's own metrics address.
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 8082
    metrics_address: str = "127.0.0.1:8083"
    server_metrics_address: str = "127.0.0.1:8084"  # of the metrics that `serve` itself counts
    # What every answer says of the code and of the network: its backbone and the first digits of its weights' sha256.
    served_version: str = ""
    model: str = ""
    # Origins (https://app.example.org) whose pages may use this server, or "*".
    cors_origins: tuple[str, ...] = ()
    # The limits of clients' keys, without which photos are then refused; None: nobody is asked for a key.
    client_keys: KeyLimits | None = None
    candidate: Candidate | None = None
    draining: bool = False  # /readyz then says not ready, while photos are still answered
    # With both, the gateway speaks TLS 1.2 and 1.3.
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    speaks_http2: bool = False  # as well, with TLS; the nginx must be new enough to know `http2 on`
    # Proxies (addresses or networks) whose X-Forwarded-For is believed. Without them, all clients behind a proxy share
    # the limits of one client.
    trusted_proxies: tuple[str, ...] = ()
    access_log: str = "/dev/stdout"

    limits: Settings = field(default_factory=Settings)
    workers: int = 1

    def __post_init__(self) -> None:
        for name in ("inference_key", "management_key"):
            _require(_KEY.fullmatch(getattr(self, name)), f"The {name} is not a TorchServe token.")
        for name in ("inference_address", "management_address", "metrics_address", "server_metrics_address"):
            _require(_ADDRESS.fullmatch(getattr(self, name)), f"The {name} must be of the form host:port.")
        for listen in (*self.listen, *self.metrics_listen):
            _require(_ADDRESS.fullmatch(listen), f"{listen} is not an address to listen on.")
        if self.candidate is not None:
            _require(_KEY.fullmatch(self.candidate.inference_key), "The candidate's key is not a TorchServe token.")
            _require(_ADDRESS.fullmatch(self.candidate.inference_address), "The candidate's address must be host:port.")
            _require(0 <= self.candidate.percent <= 100, "The candidate's share must be 0 to 100 percent.")
        for path in (self.access_log, self.tls_certificate, self.tls_key):
            _require(path is None or _PATH.fullmatch(str(path)), f"nginx cannot take the path {path}.")
        require_both(self.tls_certificate, self.tls_key)
        for word in (
            self.served_version,
            self.model,
            *((self.candidate.version, self.candidate.model) if self.candidate else ()),
        ):
            _require(_WORD.fullmatch(word), f"{word!r} is not the version of an archive or the name of a model.")
        require_origins(self.cors_origins)
        require_networks(self.trusted_proxies)

    @property
    def listen(self) -> tuple[str, ...]:
        """The addresses to listen on, as nginx writes them."""
        return _listen_at(self.host, self.port)

    @property
    def metrics_listen(self) -> tuple[str, ...]:
        """The addresses to listen on for scrapers of the metrics."""
        return _listen_at(self.metrics_host, self.metrics_port)


def gateway_settings(
    addresses: Addresses, torchserve: TorchServe, keys: Keys, environment: Mapping[str, str] = os.environ
) -> GatewaySettings:
    """The settings for this TorchServe, at these addresses of the server's own."""
    certificate, tls_key = certificate_files(environment)
    version, model = version_and_model(torchserve.archive)
    return GatewaySettings(
        inference_key=keys.inference,
        management_key=keys.management,
        host=addresses.host,
        port=addresses.port,
        metrics_host=addresses.metrics_host,
        metrics_port=addresses.metrics_port,
        inference_address=_host_of(torchserve.addresses.inference_url),
        management_address=_host_of(torchserve.addresses.management_url),
        metrics_address=_host_of(torchserve.addresses.metrics_url),
        served_version=version,
        model=model,
        tls_certificate=certificate,
        tls_key=tls_key,
        limits=torchserve.limits,
        workers=torchserve.workers,
        trusted_proxies=trusted_proxies(environment),
        cors_origins=cors_origins(environment),
    )


def candidate(torchserve: TorchServe, percent: int) -> Candidate | None:
    """This TorchServe as the one that gets so many of a hundred photos; None while it has no keys."""
    keys = torchserve.keys()
    if keys is None:
        return None
    version, model = version_and_model(torchserve.archive)
    return Candidate(
        inference_key=keys.inference,
        inference_address=_host_of(torchserve.addresses.inference_url),
        percent=percent,
        version=version,
        model=model,
    )


def version_and_model(archive: Path) -> tuple[str, str]:
    """What every answer says of an archive: its code's version, its backbone and the start of its weights' hash."""
    made = provenance(archive)
    weights = made.get("weights_sha256", "")[:DIGITS_OF_WEIGHTS]
    return made.get("version", ""), "-".join(filter(None, (made.get("backbone"), weights)))


def _require(met: object, sentence: str) -> None:
    if not met:
        raise CommandError(sentence)


def _host_of(url: str) -> str:
    """The host and port of one of TorchServe's addresses."""
    return url.removeprefix("http://")


def _listen_at(host: str, port: int) -> tuple[str, ...]:
    """`::` is all addresses, those of IPv4 too, which nginx wants to be told of by themselves."""
    hosts = ("0.0.0.0", host) if host == "::" else (host,)  # noqa: S104 (only where it is asked for)
    return tuple(f"[{each}]:{port}" if ":" in each else f"{each}:{port}" for each in hosts)
