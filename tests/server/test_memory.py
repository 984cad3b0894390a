"""How many workers fit: by the formula of docs/operations.md, within the memory of the machine or the container."""

from __future__ import annotations

import pytest
from focal.settings import Settings
from server import memory
from server.memory import most_bytes, refuse_more_than_fit
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
