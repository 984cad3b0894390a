"""Numbers on a command line."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from setup.arguments import local_path, real_number, whole_number


def test_what_is_within_the_bounds_is_taken() -> None:
    assert [whole_number(1, 16)(text) for text in ("1", "16", "8.0")] == [1, 16, 8]
    assert [real_number(0, 0.9)(text) for text in ("0", ".5", "9e-1")] == [0, 0.5, 0.9]


@pytest.mark.parametrize("text", ["0", "17", "-1", "1.5", "x", "", "²", "1_0", "٣", "1" * 5000, "1e999"])
def test_another_whole_number_is_refused_with_the_bounds(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=rf"'{text}' is not a whole number from 1 to 16"):
        whole_number(1, 16)(text)


@pytest.mark.parametrize("text", ["-0.1", "1", "nan", "inf", "x", "", "0_0", "٠"])
def test_another_number_is_refused_with_the_bounds(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=rf"'{text}' is not a number from 0 to 0.9"):
        real_number(0, 0.9)(text)


def test_a_uri_is_no_path_of_this_machine_and_its_password_is_not_repeated() -> None:
    assert local_path("a:/b") == Path("a:/b")
    with pytest.raises(argparse.ArgumentTypeError, match=r"^s3://… is no path of this machine") as refused:
        local_path("s3://KEY:secret@bucket/photos")
    assert "secret" not in str(refused.value)
