"""The findings of a soak test: rates, times, errors and memory, and whether each promise was kept."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .clients import RIGHT, UNANSWERED, WRONG, Outcome
from .memory import Growth

PERCENTILES = (50, 90, 99)


@dataclass(frozen=True)
class Promise:
    """A sentence that must be true, whether it was, and the figure that shows it."""

    sentence: str
    kept: bool
    figure: str


@dataclass(frozen=True)
class Findings:
    """All that a soak measured."""

    seconds: float
    clients: int
    outcomes: Sequence[Outcome]
    memory: dict[str, Growth]
    workers_before: Sequence[int]
    workers_after: Sequence[int]
    max_growth: float

    @property
    def served(self) -> list[Outcome]:
        """The photos that were answered correctly."""
        return [one for one in self.outcomes if one.verdict == RIGHT and not one.call.hostile]

    @property
    def rate_per_s(self) -> float:
        """Photos answered in a second."""
        return len(self.served) / self.seconds

    @property
    def refused(self) -> dict[str, int]:
        """How often each refusal was given instead of an answer."""
        return dict(Counter(one.verdict for one in self.outcomes if one.verdict not in (RIGHT, WRONG, UNANSWERED)))

    @property
    def hostile(self) -> dict[str, int]:
        """How often each error was the answer to a hostile file."""
        replies = (one.reply for one in self.outcomes if one.call.hostile and one.verdict == RIGHT)
        return dict(Counter(f"{reply.status} {reply.error_type}" for reply in replies if reply))

    def promises(self) -> list[Promise]:
        """The promises for any load."""
        wrong = [one for one in self.outcomes if one.verdict == WRONG]
        unanswered = sum(one.verdict == UNANSWERED for one in self.outcomes)
        broken = {name: count for name, count in self.refused.items() if name in ("NotReady", "TimedOut")}
        accepted = [one for one in self.outcomes if one.call.hostile and one.reply and one.reply.status < 400]
        promises = [
            Promise("Photos were answered", bool(self.served), f"{len(self.served)} photos"),
            Promise("Every answer is the calm answer, byte for byte, or a refusal", not wrong, _examples(wrong)),
            Promise("Every request is answered", not unanswered, f"{unanswered} unanswered"),
            Promise("Nothing breaks or takes too long", not broken, _counts(broken)),
            Promise("Every hostile file is refused", not accepted, _examples(accepted)),
        ]
        if self.workers_before:
            same = list(self.workers_before) == list(self.workers_after)
            figure = f"processes {list(self.workers_before)} then {list(self.workers_after)}"
            promises.append(Promise("No worker is restarted", same, figure))
        promises += [
            Promise(
                f"Memory of the {part} grows by less than {self.max_growth:.0%} after the warm-up",
                growth.share < self.max_growth,
                f"{growth.share:+.1%}, {growth.warm:.0f} to {growth.end:.0f} MB",
            )
            for part, growth in self.memory.items()
        ]
        return promises

    def as_json(self) -> dict[str, Any]:
        """The findings as a JSON object."""
        return {
            "seconds": round(self.seconds, 1),
            "clients": self.clients,
            "sent": len(self.outcomes),
            "served": len(self.served),
            "rate_per_s": round(self.rate_per_s, 2),
            "latency_s": latencies(self.served),
            "refused": self.refused,
            "hostile": self.hostile,
            "memory_mb": {
                part: {name: round(value, 1) for name, value in asdict(growth).items()}
                | {"growth": round(growth.share, 4)}
                for part, growth in self.memory.items()
            },
            "promises": [asdict(promise) for promise in self.promises()],
        }

    def as_table(self) -> str:
        """The findings as text."""
        times = "   ".join(f"{name} {value:.2f} s" for name, value in latencies(self.served).items())
        rows = [
            ("load", f"{self.clients} clients for {self.seconds:.0f} s"),
            ("sent", f"{len(self.outcomes)} requests"),
            ("served", f"{len(self.served)} photos, {self.rate_per_s:.2f} a second"),
            ("latency", times or "none"),
            ("refused", _counts(self.refused)),
            ("hostile", _counts(self.hostile)),
        ]
        rows += [
            (part, f"{one.warm:.0f} MB after the warm-up, {one.end:.0f} MB at the end, {one.peak:.0f} MB at most")
            for part, one in self.memory.items()
        ]
        return table_of(dict(rows), self.promises())


def table_of(rows: Mapping[str, str | Mapping[str, int]], promises: Iterable[Promise]) -> str:
    """Rows of a name and a text or counts, and below them each promise, as text."""
    shown = [(name, text if isinstance(text, str) else _counts(dict(text))) for name, text in rows.items()]
    shown += [("kept" if one.kept else "BROKEN", f"{one.sentence} ({one.figure})") for one in promises]
    return "\n".join(f"  {name:<12}{text}" for name, text in shown)


def count_verdicts(things: Iterable[object], attribute: str = "verdict") -> dict[str, int]:
    """How many of the things have each value of an attribute."""
    return dict(Counter(getattr(thing, attribute) for thing in things))


def latencies(outcomes: Iterable[Outcome]) -> dict[str, float]:
    """Percentiles and maximum of the times, in seconds; empty without any."""
    times = [one.took_s for one in outcomes]
    if len(times) < 2:
        return {"max": round(times[0], 3)} if times else {}
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return {f"p{percent}": round(cuts[percent - 1], 3) for percent in PERCENTILES} | {"max": round(max(times), 3)}


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"


def _examples(outcomes: Sequence[Outcome]) -> str:
    """The number of outcomes, and the first few of them."""
    shown = "; ".join(
        f"{one.call.name}: {one.reply.status} {one.reply.error_type}" for one in outcomes[:3] if one.reply is not None
    )
    return f"{len(outcomes)} of them: {shown}" if outcomes else "none"
