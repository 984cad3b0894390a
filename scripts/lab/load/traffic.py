"""The calls of a soak test: photos of many sizes and formats, each different, and hostile files."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

# width, height in pixels; how it is encoded; how it is sent; the options sent with it. Small ones come first.
ORDINARY: tuple[tuple[tuple[int, int], str, str, dict[str, Any]], ...] = (
    ((160, 120), "JPEG", "bytes", {}),
    ((64, 64), "PNG", "json", {}),
    ((320, 240), "WEBP", "form", {}),
    ((500, 375), "JPEG", "json", {}),
    ((480, 640), "PNG", "bytes", {}),
    ((500, 333), "JPEG", "json", {"bokeh": "gaussian", "strength": 0.08, "format": "webp"}),
    ((333, 500), "WEBP", "json", {"mask": "classic"}),
    ((640, 480), "GIF", "bytes", {}),
    ((800, 600), "JPEG", "picture", {}),
    ((600, 800), "BMP", "form", {}),
    ((1024, 768), "AVIF", "bytes", {}),
    ((1280, 720), "TIFF", "bytes", {}),
    ((1600, 1200), "JPEG", "json", {"format": "png"}),
    ((1200, 1600), "JPEG", "bytes", {}),
    ((2000, 1500), "JPEG", "form", {}),
    ((4000, 3000), "JPEG", "picture", {}),
)


@dataclass(frozen=True)
class Call:
    """One request to the gateway.   hostile: whether it must be refused."""

    name: str
    body: bytes = field(repr=False)
    content_type: str
    accept: str = "*/*"
    hostile: bool = False


def ordinary_calls(count: int = len(ORDINARY), seed: int = 0) -> list[Call]:
    """Calls in the mix of ORDINARY, repeated, each with a different photo, so that exchanged answers are noticed."""
    return [_ordinary_call(seed + n, *ORDINARY[n % len(ORDINARY)]) for n in range(count)]


def hostile_calls() -> list[Call]:
    """Requests that must be refused, each time with the same message."""
    jpeg, png = encode(photo(901, 400, 300), "JPEG"), encode(photo(902, 400, 300), "PNG")
    files = {
        "empty": b"",
        "noise": np.random.default_rng(903).bytes(50_000),
        "text": b"GET / HTTP/1.1\r\n\r\n" * 100,
        "truncated jpeg": jpeg[: len(jpeg) // 2],
        "truncated png": png[: len(png) // 2],
        "jpeg header only": jpeg[:20],
        "png of too many pixels": png_header_only(8000, 8000),
        "png of too long a side": png_header_only(16_384, 512),
        "zip after a gif's first bytes": b"GIF89a" + b"PK\x03\x04" * 500,
    }
    texts = {
        "deep json": "[" * 2000,
        "not base64": json.dumps({"img": "!" * 1000}),
        "unknown option": json.dumps({"img": base64.b64encode(jpeg).decode(), "strenght": 0.1}),
        "infinite strength": f'{{"img": "{base64.b64encode(jpeg).decode()}", "strength": 1e999}}',
        "nan": '{"img": NaN}',
        "no photo": "{}",
        "lone surrogate": '{"img": "\\ud800"}',
        "a thousand options": json.dumps({f"option{n}": n for n in range(1002)}),
    }
    calls = [Call(name, content, "image/jpeg", hostile=True) for name, content in files.items()]
    return calls + [Call(name, text.encode(), "application/json", hostile=True) for name, text in texts.items()]


def photo(seed: int, width: int, height: int) -> Image.Image:
    """A picture that is different for each seed: soft colours and a bright subject with grain."""
    random = np.random.default_rng(seed)
    ground = Image.fromarray(random.integers(20, 160, (5, 6, 3), np.uint8)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    subject = random.integers(100, 256, (height // 3, width // 3, 3), np.uint8)
    ground.paste(Image.fromarray(subject), (int(random.integers(width // 2)), int(random.integers(height // 2))))
    return ground


def encode(picture: Image.Image, image_format: str) -> bytes:
    """The file of a picture."""
    buffer = io.BytesIO()
    picture.save(buffer, image_format)
    return buffer.getvalue()


def png_header_only(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header says `width` x `height` pixels."""
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(bytes(1000))))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (*chunks, (b"IEND", b""))
    )


def _ordinary_call(seed: int, size: tuple[int, int], image_format: str, sent_as: str, options: dict[str, Any]) -> Call:
    name = f"{size[0]}x{size[1]} {image_format} as {sent_as}, seed {seed}"
    content = encode(photo(seed, *size), image_format)
    if sent_as == "json":
        fields = {"img": base64.b64encode(content).decode(), **options}
        return Call(name, json.dumps(fields).encode(), "application/json")
    if sent_as == "form":
        head = b'--focal\r\nContent-Disposition: form-data; name="img"; filename="photo"\r\n\r\n'
        return Call(name, head + content + b"\r\n--focal--\r\n", "multipart/form-data; boundary=focal")
    return Call(name, content, f"image/{image_format.lower()}", "image/jpeg" if sent_as == "picture" else "*/*")
