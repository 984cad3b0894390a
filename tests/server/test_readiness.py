"""What is said while a TorchServe is waited for, and when it is given up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from focal.settings import Settings
from server import readiness
from server.ports import Addresses
from server.readiness import NEWS_S, START_TIMEOUT_S, SlowStartError, wait_for
from setup.console import CommandError

from tests.helpers.stand_ins import StandInTorchServe


@pytest.fixture
def torchserve() -> Any:
    server = StandInTorchServe("java", Addresses(), Path(), Path(), 1, Settings())
    server.running = True
    return server


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A clock that goes on by a second with every sleep."""

    class Clock:
        now_s = 0.0

        def monotonic(self) -> float:
            return self.now_s

        def sleep(self, _: float) -> None:
            self.now_s += 1

    clock = Clock()
    monkeypatch.setattr(readiness, "time", clock)
    return clock


def test_the_log_says_again_and_again_what_is_waited_for_until_it_is_given_up(
    torchserve: Any, clock: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SlowStartError, match="gave up after waiting 120 s for the model"):
        wait_for(torchserve, "the model", lambda: False, lambda: False)

    told = capsys.readouterr().out.splitlines()
    assert told[0] == "Still waiting for the model: 16 s of 120; 0 worker(s) running, 0 died"
    assert len(told) == START_TIMEOUT_S / NEWS_S - 1


def test_a_start_that_is_in_time_says_nothing(torchserve: Any, clock: Any, capsys: pytest.CaptureFixture[str]) -> None:
    wait_for(torchserve, "the model", lambda: clock.now_s > 10, lambda: False)

    assert capsys.readouterr().out == ""


def test_workers_that_die_of_the_first_photo_end_the_wait_at_once(torchserve: Any, clock: Any) -> None:
    torchserve.dead_workers = lambda: int(clock.now_s // 4)

    with pytest.raises(CommandError, match=r"^2 workers died while Focal waited for the first prediction; "):
        wait_for(torchserve, "the first prediction", lambda: False, lambda: False)
    assert clock.now_s == 8
