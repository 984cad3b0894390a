"""The values of the gateway's template, and the nginx configuration made of them."""

from __future__ import annotations

import grp
import ipaddress
import os
import pwd
import re
import string
from dataclasses import dataclass, field, fields
from pathlib import Path

from focal import __version__
from focal.declarations import declarations
from focal.settings import Settings
from setup.console import CommandError
from setup.environment import REPOSITORY

from .gateway_errors import error_pages, failure_locations
from .gateway_keys import KEY_SOCKET, KeyLimits, key_values

GATEWAY = REPOSITORY / "gateway"
REFERENCE_FILES = ("reference.html", "reference.css", "reference.js")  # of the page /docs
PAGE = GATEWAY / "page"
TEMPLATE = (GATEWAY / "nginx.conf.template").read_text()  # read when `serve` starts, and not at each reload
# The page's JavaScript modules, by the names of their files without .js: /page/NAME.js is served of these alone.
PAGE_MODULES = (
    "aim",
    "answer",
    "api",
    "attempt",
    "backdrop",
    "background",
    "bokeh",
    "brush",
    "camera",
    "canvas",
    "cells",
    "choices",
    "cut-out",
    "differ",
    "download",
    "edits",
    "elements",
    "focus",
    "headline",
    "heat-map",
    "history",
    "keys",
    "layers",
    "leave",
    "linear-light",
    "main",
    "messages",
    "outputs",
    "painting",
    "photo",
    "pick",
    "plane",
    "preview",
    "progress",
    "pull-push",
    "queue",
    "rectangle",
    "refine",
    "result",
    "screens",
    "settings",
    "state",
    "tools",
    "touch",
    "turns",
    "zip",
    "zoom",
)
PAGE_FILES = ("index.html", "focal.css", "focal.svg", *(f"{name}.js" for name in PAGE_MODULES))

_ADDRESS = re.compile(r"[A-Za-z0-9.-]+:\d{1,5}|\[[0-9a-fA-F:.]+\]:\d{1,5}")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,200}")
_ORIGIN = re.compile(r"\*|https?://[A-Za-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-fA-F:]+\](:\d{1,5})?")
_WORD = re.compile(r"[A-Za-z0-9._+-]*")
# What a page of another origin may read of an answer, besides what it always may.
CORS_EXPOSED = (
    *("X-Focal-Class", "X-Focal-Probability", "X-Focal-Mask-Confidence", "X-Focal-People", "X-Focal-Fallback"),
    *("X-Focal-Dropped", "X-Focal-Version", "X-Focal-Model", "X-Request-Id", "Retry-After", "Allow"),
)
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
        for listen in (self.listen, self.metrics_listen):
            _require(_ADDRESS.fullmatch(listen), f"{listen} is not an address to listen on.")
        if self.candidate is not None:
            _require(_KEY.fullmatch(self.candidate.inference_key), "The candidate's key is not a TorchServe token.")
            _require(_ADDRESS.fullmatch(self.candidate.inference_address), "The candidate's address must be host:port.")
            _require(0 <= self.candidate.percent <= 100, "The candidate's share must be 0 to 100 percent.")
        for path in (self.access_log, self.tls_certificate, self.tls_key):
            _require(path is None or _PATH.fullmatch(str(path)), f"nginx cannot take the path {path}.")
        both_or_none = (self.tls_certificate is None) == (self.tls_key is None)
        _require(both_or_none, "TLS needs both a certificate and a key.")
        for word in (
            self.served_version,
            self.model,
            *((self.candidate.version, self.candidate.model) if self.candidate else ()),
        ):
            _require(_WORD.fullmatch(word), f"{word!r} is not the version of an archive or the name of a model.")
        for origin in self.cors_origins:
            _require(
                _ORIGIN.fullmatch(origin),
                f"{origin!r} is not an origin, such as https://app.example.org, without a path.",
            )
        for network in self.trusted_proxies:
            _require(_is_network(network), f"The trusted proxy {network!r} is neither an address nor a network.")

    @property
    def listen(self) -> str:
        """The address to listen on, as nginx writes it."""
        return _host_and_port(self.host, self.port)

    @property
    def metrics_listen(self) -> str:
        """The address to listen on for scrapers of the metrics."""
        return _host_and_port(self.metrics_host, self.metrics_port)


def render(settings: GatewaySettings) -> str:
    """The nginx configuration for these settings. Its relative paths are relative to the run folder (`nginx -p`)."""
    limits, workers = settings.limits, settings.workers
    values = {item.name: getattr(settings, item.name) for item in fields(settings)}
    candidate = settings.candidate or Candidate(
        inference_key=settings.inference_key,
        inference_address=settings.inference_address,
        percent=0,
        version=settings.served_version,
        model=settings.model,
    )
    return _Template(TEMPLATE).substitute(
        values
        | {name: getattr(limits, name) for name in declarations(Settings)}
        | {"cors_origins": _cors_lines(settings.cors_origins)}
        | key_values(settings.client_keys, limits, workers),
        key_socket=KEY_SOCKET,
        photos_at_once=limits.photos_at_once(workers),
        large_bodies_at_once=limits.large_bodies_at_once(workers),
        large_bodies_at_once_per_client=limits.large_bodies_at_once_per_client(workers),
        longer_than_large_body_bytes=_greater_than(limits.large_body_bytes),
        max_open_files=4 * limits.max_connections,
        listen=f"{settings.listen} ssl" if settings.tls_certificate else settings.listen,
        strict_transport_security=f"max-age={limits.hsts_s}" if limits.hsts_s else "",
        metrics_listen=settings.metrics_listen,
        shares=_shares(candidate.percent),
        candidate_address=candidate.inference_address,
        candidate_key=candidate.inference_key,
        candidate_version=candidate.version,
        candidate_model=candidate.model,
        cors_exposed=", ".join(CORS_EXPOSED),
        vary_line="add_header Vary Origin always;" if settings.cors_origins else "",
        page_modules="|".join(PAGE_MODULES),
        version=__version__,
        readiness="/failure/not_ready" if settings.draining else "/ready",
        user_line=_user_line(),
        tls_lines=_tls_lines(settings),
        trusted_proxy_lines=_trusted_proxy_lines(settings),
        error_pages=error_pages(),
        failure_locations=failure_locations(limits, workers),
    )


class _Template(string.Template):
    """A template with @{name}, since $name means a variable to nginx."""

    delimiter = "@"


def _require(met: object, sentence: str) -> None:
    if not met:
        raise CommandError(sentence)


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _host_and_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _cors_lines(origins: tuple[str, ...]) -> str:
    """The lines of nginx's map from a request's origin to the one that is allowed."""
    if "*" in origins:
        return '"~." "*";'
    return " ".join(f'"{origin}" "{origin}";' for origin in dict.fromkeys(origins))


def _shares(candidate_percent: int) -> str:
    """The lines of nginx's split_clients, which accepts neither 0% nor a second line next to 100%."""
    if candidate_percent in (0, 100):
        return f"* {'candidate' if candidate_percent else 'current'};"
    return f"{candidate_percent}% candidate; * current;"


def _greater_than(least: int) -> str:
    """A regular expression for the whole numbers greater than `least`, since nginx cannot compare numbers."""
    digits = str(least)
    higher = [
        rf"{digits[:n]}[{int(digit) + 1}-9]\d{{{len(digits) - n - 1}}}" for n, digit in enumerate(digits) if digit < "9"
    ]
    return rf"0*(?:[1-9]\d{{{len(digits)},}}|{'|'.join(higher)})"


def _user_line() -> str:
    """The user of nginx's workers: `nobody` if started as root. Otherwise no line, of which nginx would warn."""
    if os.geteuid() != 0:
        return ""
    nobody = pwd.getpwnam("nobody")
    return f"user nobody {grp.getgrgid(nobody.pw_gid).gr_name};"


def _tls_lines(settings: GatewaySettings) -> str:
    if settings.tls_certificate is None or settings.tls_key is None:
        return ""
    certificate, key = settings.tls_certificate.absolute(), settings.tls_key.absolute()
    lines = f'ssl_certificate "{certificate}"; ssl_certificate_key "{key}"; ssl_protocols TLSv1.2 TLSv1.3;'
    return f"{lines} http2 on;" if settings.speaks_http2 else lines


def _trusted_proxy_lines(settings: GatewaySettings) -> str:
    if not settings.trusted_proxies:
        return ""
    trusted = " ".join(f"set_real_ip_from {network};" for network in settings.trusted_proxies)
    return f"{trusted} real_ip_header X-Forwarded-For; real_ip_recursive on;"
