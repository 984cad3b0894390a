"""Whether a server works: ask it for a real prediction, or whether it is ready."""

from __future__ import annotations

import json
import struct
import urllib.error
import urllib.request
import zlib
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from .loopback import open_directly, unverified

# A photo that nobody waits for any more is worked on all the same, and the next waits for it: on a very slow machine,
# asking again too soon would go on for ever.
PREDICTION_TIMEOUT_S = 30.0
REFUSAL_BYTES = 10_000
FIELDS = {"class", "probability", "blurredImage", "maskImage", "unblurredMask"}


class RefusedError(ConnectionError):
    """The server refused the sample photo; asking again will not help."""


def sample_png(side_px: int = 64) -> bytes:
    """A small RGB PNG, a bright square on a dark gradient, made without any file or library."""
    rows = bytearray()
    for y in range(side_px):
        rows.append(0)  # PNG's filter byte: none
        for x in range(side_px):
            inside = side_px // 4 <= x < 3 * side_px // 4 and side_px // 4 <= y < 3 * side_px // 4
            rows += bytes((230, 180, 60) if inside else (x * 96 // side_px, y * 96 // side_px, 64))
    header = struct.pack(">IIBBBBB", side_px, side_px, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def predict(
    url: str, timeout_s: float = PREDICTION_TIMEOUT_S, *, key: str | None = None, request_id: str | None = None
) -> dict[str, Any]:
    """Send the sample photo to a gateway, or, with TorchServe's key, to its predictions URL; return the answer.

    Raises RefusedError if the server refuses the photo, ConnectionError with the reason if it does not answer in full.
    """
    headers = {"Content-Type": "image/png"} | ({"Authorization": f"Bearer {key}"} if key else {})
    headers |= {"X-Request-Id": request_id} if request_id else {}
    request = urllib.request.Request(url, data=sample_png(), headers=headers)  # noqa: S310
    fields = _ask(request, timeout_s)
    if set(fields) != FIELDS:
        raise ConnectionError(f"{url} answered, but not as Focal does")
    return fields


def ready(url: str, timeout_s: float = 10.0) -> None:
    """Ask a gateway whether a worker has loaded its model and answers. Raises ConnectionError with the reason if not.

    For health checks: cheaper than `predict`, and it counts no photo in the metrics.
    """
    if _ask(urllib.request.Request(f"{url}/readyz"), timeout_s) != {"status": "ready"}:  # noqa: S310
        raise ConnectionError(f"{url} answered, but not as Focal does")


def _ask(request: urllib.request.Request, timeout_s: float) -> dict[str, Any]:
    """The JSON object in a gateway's answer. Raises RefusedError or ConnectionError."""
    url = request.full_url
    try:
        with open_directly(request, timeout_s, unverified()) as answer:
            fields = json.load(answer)
    except urllib.error.HTTPError as error:
        final = 400 <= error.code < 500 and error.code != HTTPStatus.TOO_MANY_REQUESTS
        kind = RefusedError if final else ConnectionError
        with error:
            raise kind(f"{url} answered {error.code}{_sentence(error)}") from error
    except (OSError, HTTPException, ValueError, RecursionError) as error:
        raise ConnectionError(f"{url} did not answer ({getattr(error, 'reason', error)})") from error
    if not isinstance(fields, dict):
        raise ConnectionError(f"{url} answered, but not as Focal does")
    return fields


def _sentence(refusal: urllib.error.HTTPError) -> str:
    """The end of a sentence about a refusal: the contract's message, or that it is none of Focal's."""
    with suppress(OSError, HTTPException, ValueError, RecursionError):
        match json.loads(refusal.read(REFUSAL_BYTES)):
            case {"message": str(message)}:
                return f": {message.removesuffix('.')}"
    return ", but not as Focal does"
