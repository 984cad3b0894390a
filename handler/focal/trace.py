"""What becomes known of one request on its way: how long each stage took, and the facts that operators ask for.

The handler makes a `Trace` for each row and hands it down the way of the data; metrics, the log and the benchmark read
it at the end. Nothing on the way reads it back.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

DEPTH_SOURCES = ("image", "photo", "ground", "flat")
STAGES = ("receive", "decode", "classify", "saliency", "people", "mask", "blur", "encode")


@dataclass
class Trace:
    """One request's facts; None where a fact was not found out.

    seconds: wall time of each stage that was entered, by its name in STAGES.   outcome: "ok", or the error's type.
    probability, foreground (mean alpha), confidence (of the mask): 0..1.   fallback: whether the gentle blur was used.
    people: how many the photo is taken to show; None too if they were not looked for.
    mask: what it is: refined, classic, matte, client or none.   depth: where it comes from, of DEPTH_SOURCES.
    """

    seconds: dict[str, float] = field(default_factory=dict)
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
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
