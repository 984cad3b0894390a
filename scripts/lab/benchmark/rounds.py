"""Interleaved measurements: every case once in each round, so that a disturbance affects all cases alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .figures import Label, Record


@dataclass(frozen=True)
class Case:
    """Something to measure: `run` does it once, and its time is taken.

    `run` may return seconds by stage, each of which becomes a record with the label `stage`; or one figure, which is
    recorded instead of the time.
    """

    labels: Mapping[str, Label]
    run: Callable[[], Mapping[str, float] | float | None]
    unit: str = "s"
    values: list[float] = field(default_factory=list)
    stages: dict[str, list[float]] = field(default_factory=dict)

    def measure(self) -> None:
        """Run it once and record the time or the figure."""
        start_s = time.perf_counter()
        found = self.run()
        took_s = time.perf_counter() - start_s
        self.values.append(found if isinstance(found, float) else took_s)
        if isinstance(found, Mapping):
            for stage, seconds in found.items():
                self.stages.setdefault(stage, []).append(seconds)

    def records(self, section: str) -> Iterable[Record]:
        """Its records."""
        yield Record(section, tuple(self.values), dict(self.labels), self.unit)
        for stage, seconds in self.stages.items():
            yield Record(section, tuple(seconds), {**self.labels, "stage": stage}, self.unit)


def interleave(section: str, cases: Sequence[Case], rounds: int, *, warm_up: bool = True) -> list[Record]:
    """Measure every case once in each round, in alternating order. A warm-up round is not counted."""
    if warm_up:
        for case in cases:
            case.run()
    for n in range(rounds):
        for case in cases if n % 2 == 0 else reversed(cases):
            case.measure()
    return [record for case in cases for record in case.records(section)]
