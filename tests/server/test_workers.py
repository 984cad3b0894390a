"""How many workers there should be."""

from __future__ import annotations

import pytest
from server import workers as workers_module
from server.workers import worker_count
from setup.console import CommandError


@pytest.mark.parametrize(
    ("cores", "variables", "workers"),
    [
        (4, {}, 4),
        (4, {"FOCAL_TORCH_THREADS": "2"}, 2),
        (3, {"FOCAL_TORCH_THREADS": "2"}, 1),
        (1, {"FOCAL_TORCH_THREADS": "8"}, 1),
        (4, {"FOCAL_WORKERS": "7"}, 7),
    ],
)
def test_workers_times_threads_stay_within_the_cores(
    cores: int, variables: dict[str, str], workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers_module, "available_cores", lambda: cores)

    assert worker_count(variables) == workers


@pytest.mark.parametrize("name", ["FOCAL_WORKERS", "FOCAL_TORCH_THREADS"])
@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_a_wrong_number_of_workers_or_threads_is_named(name: str, value: str) -> None:
    with pytest.raises(CommandError, match=f"{name} must be a whole number"):
        worker_count({name: value})
