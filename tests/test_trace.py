"""A request's trace: stages add up, and a stage that fails has still taken its time."""

from types import SimpleNamespace

import pytest
from focal.trace import Trace


def test_a_stage_that_is_entered_twice_adds_up(monkeypatch):
    clock = SimpleNamespace(perf_counter_ns=iter([1_000_000_000, 1_500_000_000, 7_000_000_000, 7_250_000_000]).__next__)
    monkeypatch.setattr("focal.trace.time", clock)
    trace = Trace()

    for _ in range(2):
        with trace.stage("decode"):
            pass

    assert trace.seconds == {"decode": 0.75}


def test_a_stage_that_fails_is_timed_and_fails():
    trace = Trace()

    with pytest.raises(ValueError, match="within"), trace.stage("mask"):
        raise ValueError("within")

    assert trace.seconds["mask"] >= 0


def test_what_never_became_known_is_none():
    facts = vars(Trace())

    assert facts.pop("stages") == []
    assert set(facts.values()) == {None}
