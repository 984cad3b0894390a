"""Wait until a TorchServe answers photos, say meanwhile what is missing, and give up with the reason."""

from __future__ import annotations

import time
from collections.abc import Callable

from setup.console import CommandError, say
from setup.machine import free_bytes

from .probe import RefusedError, predict
from .torchserve import TorchServe

START_TIMEOUT_S = 120.0  # for each thing that is waited for
NEWS_S = 15.0  # after which, and how often, the log says what is waited for; usually nothing takes as long
WORKERS_LOST = 2  # during a start: one may have been killed, but two mean that no other will live
TICK_S = 0.1


class SlowStartError(CommandError):
    """Nothing has died, but what was waited for has not come either."""


def wait_for(server: TorchServe, what: str, happened: Callable[[], bool], ends: Callable[[], bool]) -> None:
    """Wait until `happened`, or until Focal `ends`.

    Raises CommandError if `server` or two of its workers die meanwhile, SlowStartError if it takes too long.
    """
    began_s = time.monotonic()
    news_s = NEWS_S
    while not ends() and not happened():
        waited_s, lost = time.monotonic() - began_s, server.dead_workers()
        if not server.is_running():
            raise CommandError(f"TorchServe ended while Focal waited for {what}; its own lines above say why.")
        if lost >= WORKERS_LOST:
            raise CommandError(
                f"{lost} workers died while Focal waited for {what}; their own lines above say why. Without such "
                f"lines, there may be too little memory: {free_bytes() // 1_000_000} MB are free."
            )
        if waited_s > START_TIMEOUT_S:
            raise SlowStartError(
                f"Focal gave up after waiting {START_TIMEOUT_S:.0f} s for {what}; see the lines above."
            )
        if waited_s > news_s:
            news_s += NEWS_S
            workers = f"{len(server.worker_pids())} worker(s) running, {lost} died"
            say(f"Still waiting for {what}: {waited_s:.0f} s of {START_TIMEOUT_S:.0f}; {workers}")
        time.sleep(TICK_S)


def predicts(url: str, key: str | None = None, request_id: str | None = None) -> bool:
    """Whether a real photo sent to `url` is answered. Raises CommandError if the server refuses it."""
    try:
        predict(url, key=key, request_id=request_id)
    except RefusedError as reason:
        raise CommandError(f"Focal refuses a photo: {reason}") from reason
    except ConnectionError:
        return False
    return True
