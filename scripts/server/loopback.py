"""Requests of Focal's commands to their own server, some with its keys: never through a proxy."""

from __future__ import annotations

import ssl
import urllib.request
from http.client import HTTPResponse
from typing import cast


def open_directly(
    request: urllib.request.Request | str, timeout_s: float, context: ssl.SSLContext | None = None
) -> HTTPResponse:
    """Like urllib's urlopen, whatever http_proxy and its relatives say: a proxy would get the keys of the request.

    Raises what urlopen raises.
    """
    handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)]
    return cast(HTTPResponse, urllib.request.build_opener(*handlers).open(request, timeout=timeout_s))
