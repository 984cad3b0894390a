"""The files of the networks that find people: had, done without, or not wanted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from focal.network.people.weights import FACE_DETECTOR, PEOPLE_WEIGHTS
from focal.network.weights_file import WeightsFile
from setup import people
from setup.console import CommandError
from setup.people import are_people_wanted, find_people, obtain_people
from setup.weights import WeightsUnavailableError, sha256_of


def refuse(weights: WeightsFile, given: Path | None = None) -> Path:
    raise WeightsUnavailableError("Nobody has them.")


def test_both_files_lie_in_one_folder_and_are_the_declared_ones() -> None:
    folder = obtain_people()

    for weights in PEOPLE_WEIGHTS:
        assert sha256_of(folder / weights.file_name) == weights.sha256
        assert (folder / weights.file_name).stat().st_size == weights.size_bytes


def test_a_folder_that_lacks_one_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=rf"^There is no weights file {tmp_path / FACE_DETECTOR.file_name}\.$"):
        obtain_people(tmp_path)


def test_where_people_are_off_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOCAL_PEOPLE", "off")
    monkeypatch.setattr(people, "obtain", refuse)

    assert not are_people_wanted()
    assert find_people() is None


def test_where_they_cannot_be_had_masks_are_made_without_them_and_that_is_said_loudly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(people, "obtain", refuse)

    assert find_people() is None
    assert capsys.readouterr().err == (
        "!!! The networks that find people cannot be had, so masks are made without them (people: off). "
        "Nobody has them.\n"
    )


def test_offline_that_is_said_without_alarm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOCAL_OFFLINE", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert find_people() is None
    told = capsys.readouterr()
    assert told.err == ""
    assert told.out.startswith("The networks that find people cannot be had, so masks are made without them")


def test_a_word_that_the_setting_does_not_know_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOCAL_PEOPLE", "maybe")

    with pytest.raises(CommandError, match="people must be one of auto, off"):
        find_people()


def test_the_command_prints_the_folder_of_the_files(people_weights: Path) -> None:
    ran = subprocess.run(
        [sys.executable, Path(people.__file__).parents[1] / "fetch-weights", "--people"],
        env=os.environ | {"FOCAL_VENV": sys.prefix},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout == f"{people_weights}\n"
