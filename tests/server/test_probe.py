"""The real prediction by which a server is judged."""

from __future__ import annotations

import io
from email.message import Message
from urllib.error import HTTPError

import pytest
from PIL import Image
from server import probe
from server.probe import RefusedError, predict, ready, sample_png


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


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b'{"code":401,"type":"Unauthorized","message":"This server wants a key."}', "401: This server wants a key"),
        (b"<!DOCTYPE HTML>\n<html>\n<p>Not here</p></html>", "401, but not as Focal does"),
        (b"[]", "401, but not as Focal does"),
        (b'{"message": 7}', "401, but not as Focal does"),
        (b"[" * 10_000, "401, but not as Focal does"),
    ],
)
def test_a_refusal_is_said_in_one_line_by_its_sentence(
    monkeypatch: pytest.MonkeyPatch, said: bytes, reason: str
) -> None:
    def refuse(request: object, timeout_s: float, context: object) -> None:
        raise HTTPError("http://127.0.0.1:1", 401, "", Message(), io.BytesIO(said))

    monkeypatch.setattr(probe, "open_directly", refuse)

    with pytest.raises(RefusedError, match=f"^http://127.0.0.1:1 answered {reason}$"):
        predict("http://127.0.0.1:1")


@pytest.mark.parametrize("said", [b"7", b"[[]]", b"null", b'"ready"', b"{}", b"[" * 100_000, b"\xff"])
def test_what_does_not_answer_as_focal_does_is_said_not_to(monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    monkeypatch.setattr(probe, "open_directly", lambda request, timeout_s, context: io.BytesIO(said))

    for ask in (predict, ready):
        with pytest.raises(ConnectionError, match=r"^http://127\.0\.0\.1:1\S* (answered, but not as Focal|did not)"):
            ask("http://127.0.0.1:1")


def test_a_slow_machine_has_time_for_the_first_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def hang(request: object, timeout_s: float, context: object) -> None:
        waited.append(timeout_s)
        raise TimeoutError("timed out")

    monkeypatch.setattr(probe, "open_directly", hang)

    with pytest.raises(ConnectionError, match=r"^http://127\.0\.0\.1:1 did not answer \(timed out\)$"):
        predict("http://127.0.0.1:1")
    assert waited == [30.0]  # under emulation the first one takes twenty seconds, and 60 are the most for any
