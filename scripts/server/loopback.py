"""Requests of Focal's commands to their own server, some with its keys: never through a proxy."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPResponse
from typing import cast


def open_directly(
    request: urllib.request.Request | str, timeout_s: float, context: ssl.SSLContext | None = None
) -> HTTPResponse:
    """Like urllib's urlopen, whatever http_proxy and its relatives say: a proxy would get the keys of the request.

    Raises what urlopen raises.
    """
    handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)]
    return cast(HTTPResponse, urllib.request.build_opener(*handlers).open(request, timeout=timeout_s))


def answers(request: urllib.request.Request | str, timeout_s: float) -> bool:
    """Whether a server answers a request in time, whatever its status and its certificate."""
    try:
        open_directly(request, timeout_s, unverified()).close()
    except urllib.error.HTTPError as error:
        error.close()
    except (OSError, HTTPException):
        return False
    return True


def unverified() -> ssl.SSLContext:
    """For the gateway's HTTPS: its certificate names the public host, but Focal asks on loopback."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
