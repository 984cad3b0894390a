"""How many workers fit: by the formula of docs/operations.md, within the memory of the machine or the container."""

from __future__ import annotations

from pathlib import Path

import pytest
from focal.machine import cores
from focal.settings import Settings
from server import memory
from server.memory import as_many_as_fit, most_bytes, refuse_more_than_fit
from setup.console import CommandError


@pytest.fixture
def machine_of_24_gb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "memory_bytes", lambda: 24 * 10**9)


@pytest.mark.parametrize(("megapixels", "gibibytes"), [(50, 7.8), (24, 5.8), (12, 4.9)])
def test_two_workers_need_what_the_document_says(megapixels: float, gibibytes: float) -> None:
    assert most_bytes(Settings(max_megapixels=megapixels), 2) / 2**30 == pytest.approx(gibibytes, abs=0.06)


@pytest.mark.usefixtures("machine_of_24_gb")
def test_more_workers_than_fit_are_refused_with_the_number_that_fits() -> None:
    with pytest.raises(CommandError, match=r"^99 workers may need 39\d\.\d GB .* 24\.0 GB here: choose 5, or insist"):
        refuse_more_than_fit(Settings(), 99)

    refuse_more_than_fit(Settings(), 5)


def test_where_not_even_one_fits_the_limits_are_too_high(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "memory_bytes", lambda: 2 * 2**30)

    with pytest.raises(CommandError, match=r"^1 worker may need .* 2\.1 GB here: lower FOCAL_MAX_MEGAPIXELS, or"):
        refuse_more_than_fit(Settings(), 1)


@pytest.mark.usefixtures("machine_of_24_gb")
def test_the_default_is_cut_to_what_fits_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert as_many_as_fit(Settings(), 16) == 5

    said = capsys.readouterr().err
    assert said.startswith("!!! 5 of 16 workers start: one more may need 2")
    assert " GB in all, and there are 24.0 GB here; more start with a lower FOCAL_MAX_MEGAPIXELS, and all with" in said
    assert len(said.splitlines()) == 1


@pytest.mark.usefixtures("machine_of_24_gb")
def test_a_default_that_fits_stays_and_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert as_many_as_fit(Settings(), 5) == 5
    assert as_many_as_fit(Settings(max_megapixels=1.0), 10) == 10

    assert capsys.readouterr().err == ""


def test_the_limit_of_a_container_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cores, "CONTROL_GROUP", tmp_path / "own")
    monkeypatch.setattr(cores, "CONTROL_GROUPS", tmp_path)
    (tmp_path / "own").write_text("0::/\n")
    (tmp_path / "memory.max").write_text(f"{5 * 2**30}\n")

    assert as_many_as_fit(Settings(), 2) == 1
    assert "1 of 2 workers start: one more may need 8.4 GB in all, and there are 5.4 GB" in capsys.readouterr().err


def test_one_worker_starts_even_where_it_may_be_too_large(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(memory, "memory_bytes", lambda: 2 * 2**30)

    assert as_many_as_fit(Settings(), 4) == 1
    assert "1 worker may need 4.5 GB" in capsys.readouterr().err
