"""How the commands speak."""

from __future__ import annotations

import errno
import signal
from collections.abc import Iterator

import pytest
from setup.console import CommandError, heartbeat, run

from tests.helpers.waiting import wait_until


@pytest.fixture(autouse=True)
def usual_handlers() -> Iterator[None]:
    """The signals' handlers as they were: a command has its own."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_command_that_cannot_continue_says_one_sentence_and_exits_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> int:
        raise CommandError("The cupboard is bare.")

    assert run(command) == 1
    assert capsys.readouterr().err == "focal: The cupboard is bare.\n"


def test_a_full_disk_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "model_store/focal.mar")

    assert run(command) == 1
    assert capsys.readouterr().err == "focal: [Errno 28] No space left on device: 'model_store/focal.mar'\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_told_to_end_cleans_up_and_exits_as_shells_expect(number: signal.Signals) -> None:
    cleaned = []

    def command() -> int:
        try:
            signal.raise_signal(number)
            return 0
        finally:
            cleaned.append(number)

    assert run(command) == 130
    assert cleaned == [number]


def test_a_silent_step_is_said_to_be_at_work(capsys: pytest.CaptureFixture[str]) -> None:
    with heartbeat("installing", every_s=0.01):
        wait_until(lambda: "… still installing" in capsys.readouterr().out)
