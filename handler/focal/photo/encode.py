"""Pixels -> the bytes of an image file, with nothing beside them but a colour profile, and EXIF where it is wanted."""

from __future__ import annotations

import io
import math
from typing import Any

from PIL import Image

from ..arrays import Pixels
from ..errors import AnswerTooLarge
from .jpeg_strips import encode_jpeg

# Pillow's arguments for each format: chosen for speed, since the answer waits for them.
ENCODERS: dict[str, dict[str, Any]] = {"jpeg": {}, "png": {"compress_level": 1}, "webp": {"method": 1}}
# Pillow's words for libwebp's VP8_ENC_ERROR_OUT_OF_MEMORY and VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY.
WEBP_LACKS_MEMORY = ("encoding error 1", "encoding error 2")

# libwebp takes 21 bytes for each, twice as many as without transparency: more than a worker may (docs/reliability.md).
MOST_TRANSPARENT_WEBP_PIXELS = 25_000_000


def encode_image(
    pixels: Pixels,
    image_format: str,
    quality: int,
    icc_profile: bytes | None = None,
    *,
    exif: bytes | None = None,
    max_bytes: int | None = None,
) -> bytes:
    """Encode uint8 (H, W, 3) or grey (H, W) as jpeg, png or webp, with the colour profile and EXIF given, nothing else.

    As png or webp also (H, W, 4), RGB and straight alpha.
    Raises AnswerTooLarge if there are more than `max_bytes`, or if the format cannot hold the picture.
    """
    is_transparent = pixels.ndim == 3 and pixels.shape[2] == 4
    if is_transparent and image_format == "webp" and pixels.size > 4 * MOST_TRANSPARENT_WEBP_PIXELS:
        height, width = pixels.shape[:2]
        longest_px = int(max(height, width) * math.sqrt(MOST_TRANSPARENT_WEBP_PIXELS / (height * width)))
        raise AnswerTooLarge(
            f"A transparent WebP may have at most {MOST_TRANSPARENT_WEBP_PIXELS / 1e6:g} megapixels: "
            f"ask for png, a background or a smaller picture (maxSide={longest_px})."
        )
    buffer = io.BytesIO() if max_bytes is None else _Bounded(max_bytes)
    arguments = ENCODERS[image_format] | ({} if image_format == "png" else {"quality": quality})
    if exif and pixels.ndim == 3:
        arguments["exif"] = exif
    if icc_profile and pixels.ndim == 3:
        arguments["icc_profile"] = icc_profile
    if image_format == "jpeg" and not arguments.keys() & {"exif", "icc_profile"}:
        buffer.write(encode_jpeg(pixels, quality))
        return buffer.getvalue()
    try:
        Image.fromarray(pixels).save(buffer, image_format.upper(), **arguments)
    except ValueError as error:  # WebP's first partition ends at 512 kB, which 16 megapixels of noise can fill
        if str(error) in WEBP_LACKS_MEMORY:
            raise MemoryError from error
        raise AnswerTooLarge(
            "The picture is too detailed for WebP at this quality and size: "
            "ask for jpeg, a lower quality or a smaller picture (maxSide)."
        ) from error
    return buffer.getvalue()


def check_length(length: int, max_bytes: int) -> None:
    """Raise AnswerTooLarge if an answer of this many bytes is over the limit."""
    if length > max_bytes:
        raise AnswerTooLarge(
            f"The answer would have {length} bytes or more; the limit is {max_bytes}: "
            "ask for jpeg, a lower quality or a smaller picture (maxSide)."
        )


class _Bounded(io.BytesIO):
    """A file in memory that refuses to grow beyond its limit."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__()
        self._max_bytes = max_bytes

    def write(self, data: Any) -> int:
        check_length(self.tell() + len(data), self._max_bytes)
        return super().write(data)
