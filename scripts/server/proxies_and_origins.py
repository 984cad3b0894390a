"""The proxies that the gateway believes, and the origins whose pages may use it.

Uses the standard library only: `serve` looks at them before anything is installed, as they may be wrong.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping, Sequence

from setup.console import CommandError

_ORIGIN = re.compile(r"\*|https?://[A-Za-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-fA-F:]+\](:\d{1,5})?")


def trusted_proxies(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The addresses and networks in FOCAL_TRUSTED_PROXIES. Raises CommandError for what is neither."""
    networks = _listed(environment.get("FOCAL_TRUSTED_PROXIES"))
    require_networks(networks)
    return networks


def cors_origins(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The origins in FOCAL_CORS_ORIGINS, or "*". Raises CommandError for what is none."""
    origins = _listed(environment.get("FOCAL_CORS_ORIGINS"))
    require_origins(origins)
    return origins


def require_networks(networks: Sequence[str]) -> None:
    """Raise CommandError for the first that is neither an address nor a network."""
    for network in networks:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError as error:
            raise CommandError(f"The trusted proxy {network!r} is neither an address nor a network.") from error


def require_origins(origins: Sequence[str]) -> None:
    """Raise CommandError for the first that is not an origin."""
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise CommandError(f"{origin!r} is not an origin, such as https://app.example.org, without a path.")


def _listed(text: str | None) -> tuple[str, ...]:
    """The words of a list with spaces or commas between them."""
    return tuple((text or "").replace(",", " ").split())
