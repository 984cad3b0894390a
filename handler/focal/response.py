"""What was found -> the bytes of the answer: encoded images, in JSON or as the picture itself."""

from __future__ import annotations

import binascii
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from .errors import AnswerTooLarge, FocalError
from .settings import Settings

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
    pixels: npt.NDArray[np.uint8], image_format: str, quality: int, icc_profile: bytes | None = None
) -> bytes:
    """Encode uint8 (H, W, 3) or grey (H, W) as jpeg, png or webp, with nothing but the colour profile beside it."""
    buffer = io.BytesIO()
    arguments = ENCODERS[image_format] | ({} if image_format == "png" else {"quality": quality})
    if icc_profile and pixels.ndim == 3:
        arguments["icc_profile"] = icc_profile
    Image.fromarray(pixels).save(buffer, image_format.upper(), **arguments)
    return buffer.getvalue()


def json_answer(values: Mapping[str, Any], settings: Settings) -> Answer:
    """A JSON object; encoded images in it (bytes, at any depth) are written as base64.

    Raises AnswerTooLarge if the body would exceed the limit.
    """
    text = json.dumps(values, default=base64_text, allow_nan=False, separators=(",", ":"))
    return _within_limit(Answer(text.encode()), settings)


def picture_answer(picture: bytes, image_format: str, label: str, probability: float, settings: Settings) -> Answer:
    """The blurred picture itself, with class and probability in headers. Raises AnswerTooLarge."""
    headers = {"X-Focal-Class": label, "X-Focal-Probability": f"{probability:.6f}"}
    return _within_limit(Answer(picture, f"image/{image_format}", headers=headers), settings)


def error_answer(error: FocalError) -> Answer:
    """The contract's error object."""
    body = {"code": error.code, "type": error.type, "message": error.message}
    return Answer(json.dumps(body).encode(), code=error.code)


def base64_text(data: bytes) -> str:
    """Standard base64 with padding, on one line."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def _within_limit(answer: Answer, settings: Settings) -> Answer:
    if len(answer.body) > settings.max_answer_bytes:
        raise AnswerTooLarge(
            f"The answer would have {len(answer.body)} bytes; the limit is {settings.max_answer_bytes}: "
            "ask for jpeg or a lower quality, or send a smaller photo."
        )
    return answer
