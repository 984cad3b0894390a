"""WebP: an animation whose first frame is smaller than its canvas."""

import io
import struct

import numpy as np
from focal.photo.decode import decode_photo
from PIL import Image

FRAME = np.random.default_rng(1).integers(0, 256, (24, 32, 3), np.uint8)
LEFT, TOP, WIDTH, HEIGHT = 8, 4, 48, 40


def test_around_a_first_frame_that_is_smaller_than_the_canvas_an_opaque_animation_is_white_as_in_browsers():
    expected = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    expected[TOP : TOP + 24, LEFT : LEFT + 32] = FRAME

    np.testing.assert_array_equal(decode_photo(opaque_animation()).pixels, expected)


def opaque_animation() -> bytes:
    still = io.BytesIO()
    Image.fromarray(FRAME).save(still, "WEBP", lossless=True)
    place = b"".join(three_bytes(value) for value in (LEFT // 2, TOP // 2, 31, 23, 100))
    header = bytes([2, 0, 0, 0]) + three_bytes(WIDTH - 1) + three_bytes(HEIGHT - 1)
    frame = chunk(b"ANMF", place + bytes(1) + still.getvalue()[12:])
    body = b"WEBP" + chunk(b"VP8X", header) + chunk(b"ANIM", bytes(6)) + frame
    return chunk(b"RIFF", body)


def three_bytes(value: int) -> bytes:
    return value.to_bytes(3, "little")


def chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
