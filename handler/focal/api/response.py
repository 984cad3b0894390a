"""What was found -> the bytes of the answer: encoded images, in JSON or as the picture itself."""

from __future__ import annotations

import binascii
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from ..errors import AnswerTooLarge, FocalError
from ..settings import Settings

JSON_TYPE = "application/json"

# Pillow's arguments for each format: chosen for speed, since the answer waits for them.
ENCODERS: dict[str, dict[str, Any]] = {"jpeg": {}, "png": {"compress_level": 1}, "webp": {"method": 1}}


@dataclass(frozen=True)
class Answer:
    """One row's answer: status code, content type, body, and headers to send with it."""

    body: bytes
    content_type: str = JSON_TYPE
    code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def encode_image(
    pixels: npt.NDArray[np.uint8],
    image_format: str,
    quality: int,
    icc_profile: bytes | None = None,
    *,
    max_bytes: int | None = None,
) -> bytes:
    """Encode uint8 (H, W, 3) or grey (H, W) as jpeg, png or webp, with nothing but the colour profile beside it.

    Raises AnswerTooLarge if there are more than `max_bytes`, or if the format cannot hold the picture.
    """
    buffer = io.BytesIO() if max_bytes is None else _Bounded(max_bytes)
    arguments = ENCODERS[image_format] | ({} if image_format == "png" else {"quality": quality})
    if icc_profile and pixels.ndim == 3:
        arguments["icc_profile"] = icc_profile
    elif image_format == "jpeg":
        buffer.write(_jpeg(pixels, quality))
        return buffer.getvalue()
    try:
        Image.fromarray(pixels).save(buffer, image_format.upper(), **arguments)
    except ValueError as error:  # WebP's first partition ends at 512 kB, which 16 megapixels of noise can fill
        raise AnswerTooLarge(
            "The picture is too detailed for WebP at this quality and size: "
            "ask for jpeg or a lower quality, or send a smaller photo."
        ) from error
    return buffer.getvalue()


def json_answer(values: Mapping[str, Any], settings: Settings, headers: Mapping[str, str] | None = None) -> Answer:
    """A JSON object; encoded images in it (bytes, at any depth) are written as base64.

    Raises AnswerTooLarge if the body would exceed the limit.
    """
    parts = list(_json_parts(values))
    _check_length(sum(map(len, parts)), settings.max_answer_bytes)
    return Answer(b"".join(parts), headers=headers or {})


def picture_answer(
    picture: bytes,
    image_format: str,
    label: str | None,
    probability: float | None,
    settings: Settings,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """The blurred picture itself; class and probability, where known, in headers. Raises AnswerTooLarge."""
    _check_length(len(picture), settings.max_answer_bytes)
    known = {}
    if label is not None:
        known["X-Focal-Class"] = label
    if probability is not None:
        known["X-Focal-Probability"] = f"{probability:.6f}"
    return Answer(picture, f"image/{image_format}", headers=known | dict(headers or {}))


def error_answer(error: FocalError) -> Answer:
    """The contract's error object; a header carries it too, by which the front door knows it for Focal's own."""
    body = {"code": error.code, "type": error.type, "message": error.message}
    text = json.dumps(body, separators=(",", ":"))  # ASCII on one line, as a header must be
    return Answer(text.encode(), code=error.code, headers={"X-Focal-Error": text})


def _jpeg(pixels: npt.NDArray[np.uint8], quality: int) -> bytes:
    """By OpenCV: byte by byte what Pillow writes, without the copy that Pillow makes first, pixel by pixel."""
    image = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


class _Bounded(io.BytesIO):
    """A file in memory that refuses to grow beyond its limit."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__()
        self._max_bytes = max_bytes

    def write(self, data: Any) -> int:
        _check_length(self.tell() + len(data), self._max_bytes)
        return super().write(data)


def _json_parts(value: object) -> Iterator[bytes]:
    """The pieces of a JSON text. Unlike json.dumps, no copies of the images are made, and they are nearly all of it."""
    if isinstance(value, bytes):
        yield b'"'
        yield binascii.b2a_base64(value, newline=False)
        yield b'"'
    elif isinstance(value, Mapping):
        for n, (name, item) in enumerate(value.items()):
            yield (b"," if n else b"{") + json.dumps(name).encode() + b":"
            yield from _json_parts(item)
        yield b"}" if value else b"{}"
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for n, item in enumerate(value):
            yield b"," if n else b"["
            yield from _json_parts(item)
        yield b"]" if value else b"[]"
    else:
        yield json.dumps(value, allow_nan=False).encode()


def _check_length(length: int, max_bytes: int) -> None:
    if length > max_bytes:
        raise AnswerTooLarge(
            f"The answer would have {length} bytes or more; the limit is {max_bytes}: "
            "ask for jpeg or a lower quality, or send a smaller photo."
        )
