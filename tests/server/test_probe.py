"""The real prediction by which a server is judged."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from server import probe
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


def test_a_slow_machine_has_time_for_the_first_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def hang(request: object, timeout_s: float, context: object) -> None:
        waited.append(timeout_s)
        raise TimeoutError("timed out")

    monkeypatch.setattr(probe, "open_directly", hang)

    with pytest.raises(ConnectionError, match=r"^http://127\.0\.0\.1:1 did not answer \(timed out\)$"):
        predict("http://127.0.0.1:1")
    assert waited == [30.0]  # under emulation the first one takes twenty seconds, and 60 are the most for any
