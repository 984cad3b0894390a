"""How often what dies is restarted, after which pauses, and when to give up."""

from __future__ import annotations

import time

from setup.console import CommandError

PAUSES_S = (0.0, 1.0, 2.0, 4.0, 8.0)  # before successive restarts; after the last comes no other
CALM_S = 300.0  # after this long without a death, the pauses start again at the first
MOST_SLOW_STARTS = 2  # in a row: one may have met a busy moment, but two minutes twice is no hope for a third time


class Restarts:
    """The deaths of one server's parts that have come in a row."""

    def __init__(self) -> None:
        self.deaths_s: list[float] = []
        self.slow_starts = 0

    def pause_s(self, who: str) -> float:
        """Count a death, and say how long to wait before the restart. Raises CommandError after too many."""
        now_s = time.monotonic()
        if self.deaths_s and now_s - self.deaths_s[-1] > CALM_S:
            self.deaths_s.clear()
        if len(self.deaths_s) == len(PAUSES_S):
            raise CommandError(f"{who} died again after {len(PAUSES_S)} restarts; its own lines above say why.")
        self.deaths_s.append(now_s)
        return PAUSES_S[len(self.deaths_s) - 1]

    def may_follow_a_slow_start(self) -> bool:
        """Count a restart that took too long, and say whether there may be another; `succeeded` begins anew."""
        self.slow_starts += 1
        return self.slow_starts < MOST_SLOW_STARTS

    def succeeded(self) -> None:
        """Note that a restart was in time."""
        self.slow_starts = 0
