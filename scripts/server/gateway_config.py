"""The nginx configuration that is made of the gateway's settings and its template."""

from __future__ import annotations

import grp
import os
import pwd
import string
from dataclasses import fields

from focal import __version__
from focal.declarations import declarations
from focal.settings import Settings
from setup.environment import REPOSITORY

from .gateway_errors import error_pages, failure_locations
from .gateway_keys import KEY_SOCKET, key_values
from .gateway_settings import Candidate, GatewaySettings

GATEWAY = REPOSITORY / "gateway"
REFERENCE_FILES = ("reference.html", "reference.css", "reference.js")  # of the page /docs
PAGE = GATEWAY / "page"
TEMPLATE = (GATEWAY / "nginx.conf.template").read_text()  # read when `serve` starts, and not at each reload
# The page's JavaScript modules, by the names of their files without .js: /page/NAME.js is served of these alone.
PAGE_MODULES = (
    "answer",
    "api",
    "background",
    "bokeh",
    "brush",
    "camera",
    "canvas",
    "cells",
    "choices",
    "depth",
    "download",
    "focus",
    "keys",
    "layers",
    "main",
    "messages",
    "others",
    "painting",
    "photo",
    "picture",
    "places",
    "preview",
    "pull-push",
    "queue",
    "result",
    "screens",
    "settings",
    "state",
    "tools",
    "touch",
    "worker",
    "zip",
)
PAGE_FILES = ("index.html", "focal.css", "focal.svg", *(f"{name}.js" for name in PAGE_MODULES))

# What a page of another origin may read of an answer, besides what it always may: a test compares it with the document.
CORS_EXPOSED = (
    *("X-Focal-Class", "X-Focal-Probability", "X-Focal-Mask-Confidence", "X-Focal-People", "X-Focal-Fallback"),
    *("X-Focal-Mask", "X-Focal-Depth", "X-Focal-Focus", "X-Focal-Portrait", "X-Focal-Dropped", "X-Focal-Version"),
    *("X-Focal-Model", "X-Request-Id", "traceparent", "Retry-After", "WWW-Authenticate", "Allow"),
    *("Deprecation", "Link"),
)


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
        listen_lines=_listen_lines(settings.listen, " ssl" if settings.tls_certificate else ""),
        strict_transport_security=f"max-age={limits.hsts_s}" if limits.hsts_s else "",
        metrics_listen_lines=_listen_lines(settings.metrics_listen),
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


def _listen_lines(addresses: tuple[str, ...], how: str = "") -> str:
    return " ".join(f"listen {address}{how};" for address in addresses)


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
