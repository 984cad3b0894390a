"""A real prediction: the only proof that a server serves."""

from __future__ import annotations

import json
import ssl
import struct
import urllib.error
import urllib.request
import zlib
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

FIELDS = {"class", "probability", "blurredImage", "maskImage", "unblurredMask"}


class RefusedError(ConnectionError):
    """The server answered, and will not take the sample; asking again is of no use."""


def sample_png(side_px: int = 64) -> bytes:
    """A small RGB photo: a bright square on a dark gradient; made here, so that no file and no library is needed."""
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


def predict(url: str, timeout_s: float = 10.0, key: str | None = None) -> dict[str, Any]:
    """Send the sample to a gateway, or with its key to TorchServe's own address for predictions.

    Raises ConnectionError, saying why, unless the whole answer comes back. Of the reasons, only RefusedError is final.
    """
    headers = {"Content-Type": "image/png"} | ({"Authorization": f"Bearer {key}"} if key else {})
    request = urllib.request.Request(url, data=sample_png(), headers=headers)  # noqa: S310
    fields = _ask(request, timeout_s)
    if set(fields) != FIELDS:
        raise ConnectionError(f"{url} answered, but not as Focal does")
    return fields


def ready(url: str, timeout_s: float = 10.0) -> None:
    """Ask a gateway whether a worker has its model and answers. Raises ConnectionError, saying why, unless it does.

    Cheaper than `predict`, and no photo that nobody sent shows in the metrics: for who asks every few seconds.
    """
    if _ask(urllib.request.Request(f"{url}/readyz"), timeout_s) != {"status": "ready"}:  # noqa: S310
        raise ConnectionError(f"{url} answered, but not as Focal does")


def _ask(request: urllib.request.Request, timeout_s: float) -> dict[str, Any]:
    """The JSON object that a gateway answers a request with."""
    anybody = ssl.create_default_context()  # a certificate names the public host, and this one is asked on loopback
    anybody.check_hostname = False
    anybody.verify_mode = ssl.CERT_NONE
    url = request.full_url
    try:
        with urllib.request.urlopen(request, timeout=timeout_s, context=anybody) as answer:  # noqa: S310
            fields: dict[str, Any] = json.load(answer)
            return fields
    except urllib.error.HTTPError as error:
        final = 400 <= error.code < 500 and error.code != HTTPStatus.TOO_MANY_REQUESTS
        kind = RefusedError if final else ConnectionError
        raise kind(f"{url} answered {error.code}: {error.read(300).decode(errors='replace')}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise ConnectionError(f"{url} did not answer ({error})") from error
