"""The real prediction by which a server is judged."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from server.probe import predict, ready, sample_png


def test_the_sample_is_a_photo() -> None:
    with Image.open(io.BytesIO(sample_png())) as photo:
        photo.load()
        assert (photo.format, photo.mode, photo.size) == ("PNG", "RGB", (64, 64))


def test_no_answer_is_said_with_its_reason() -> None:
    with pytest.raises(
        ConnectionError, match=r"^http://127\.0\.0\.1:1 did not answer \(\[Errno \d+\] Connection refused\)$"
    ):
        predict("http://127.0.0.1:1")


def test_who_does_not_answer_is_not_ready() -> None:
    with pytest.raises(ConnectionError, match=r"http://127\.0\.0\.1:1/readyz did not answer \(.*refused"):
        ready("http://127.0.0.1:1")
