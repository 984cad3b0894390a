"""What becomes known of one request on its way: how long each stage took, and the facts that operators ask for.

The handler makes a `Trace` for each row and hands it down the way of the data; metrics, the log, OpenTelemetry's spans
and the benchmark read it at the end. Nothing on the way reads it back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

DEPTH_SOURCES = ("image", "photo", "ground", "flat")
STAGES = ("receive", "decode", "classify", "saliency", "people", "mask", "blur", "encode")


@dataclass(frozen=True)
class Interval:
    """One passage through something, a stage by its name in STAGES, on the clock of `time.perf_counter_ns`."""

    name: str
    start_ns: int
    end_ns: int

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.end_ns - self.start_ns) / 1e9


@dataclass
class Trace:
    """One request's facts; None where a fact was not found out.

    stages: each passage through a stage, in the order they ended.   outcome: "ok", or the error's type.
    probability, foreground (mean alpha), confidence (of the mask): 0..1.   fallback: whether the gentle blur was used.
    people: how many the photo is taken to show; None too if they were not looked for.
    mask: what it is: refined, classic, matte, client or none.   depth: where it comes from, of DEPTH_SOURCES.
    """

    stages: list[Interval] = field(default_factory=list)
    outcome: str | None = None
    source_format: str | None = None
    megapixels: float | None = None
    label: str | None = None
    probability: float | None = None
    foreground: float | None = None
    confidence: float | None = None
    people: int | None = None
    mask: str | None = None
    depth: str | None = None
    fallback: bool | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Within the block, the clock of this stage runs, also when the block fails."""
        start_ns = time.perf_counter_ns()
        try:
            yield
        finally:
            self.stages.append(Interval(name, start_ns, time.perf_counter_ns()))

    def timed(self, name: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of a call, made within this stage."""
        with self.stage(name):
            return call(*args, **kwargs)

    @property
    def seconds(self) -> dict[str, float]:
        """The wall time of each stage that was entered, in the order they first ended."""
        added: dict[str, float] = {}
        for each in self.stages:
            added[each.name] = added.get(each.name, 0.0) + each.seconds
        return added
