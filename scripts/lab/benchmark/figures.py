"""The benchmark's figures: records, the ratios between them, and their file.

A record has one value for each round. Values of one round were measured close together, so that ratios are formed round
by round: a disturbance of the machine affects both values.
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

Label = str | float
CONFIDENCE_TAIL = 0.025


@dataclass(frozen=True)
class Spread:
    """A median and the quartiles around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of one or more values."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, low, high)

    def __format__(self, spec: str) -> str:
        return f"{self.median:{spec}} ({self.low:{spec}} to {self.high:{spec}})"


def median_interval(values: Sequence[float]) -> tuple[float, float]:
    """An interval that contains the median of the values' distribution with a probability of at least 95%.

    It lies between two of the sorted values, by the binomial distribution of how many are below the median (Thompson
    1936); of fewer than six values no interval is that sure, and the whole range is returned.
    """
    ordered, below = sorted(values), 0.0
    for rank in range(len(ordered) // 2):
        below += math.comb(len(ordered), rank) / 2 ** len(ordered)
        if below > CONFIDENCE_TAIL:
            rank = max(0, rank - 1)
            return ordered[rank], ordered[-1 - rank]
    return ordered[0], ordered[-1]


@dataclass(frozen=True)
class Record:
    """One measured quantity, known by its labels: a value for each round, in `unit` ("s", "MB", "photos/s")."""

    section: str
    values: tuple[float, ...]
    labels: dict[str, Label]
    unit: str = "s"

    @property
    def median(self) -> float:
        """The median of its values."""
        return statistics.median(self.values)

    def fits(self, section: str, labels: dict[str, Label]) -> bool:
        """Whether it is of this section and has at least these labels."""
        return self.section == section and labels.items() <= self.labels.items()


@dataclass
class Figures:
    """All records of a benchmark, the machine, and the command that measured each section."""

    machine: dict[str, Label] = field(default_factory=dict)
    commands: dict[str, str] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)

    def find(self, section: str, **labels: Label) -> list[Record]:
        """The records of a section with at least these labels."""
        return [record for record in self.records if record.fits(section, labels)]

    def one(self, section: str, **labels: Label) -> Record | None:
        """The record with exactly these labels, or None if it was not measured."""
        exact = (record for record in self.records if record.section == section and record.labels == labels)
        return next(exact, None)

    def ratio(self, above: Record | None, below: Record | None) -> Spread | None:
        """The ratio of two records, round by round; None if one is missing."""
        if above is None or below is None:
            return None
        return Spread.of([a / b for a, b in zip(above.values, below.values, strict=True)])

    def replace(self, section: str, records: Iterable[Record], command: str) -> None:
        """Replace the records of a section by new ones."""
        self.records = [record for record in self.records if record.section != section] + list(records)
        self.commands[section] = command

    def extend(self, section: str, records: Iterable[Record], command: str) -> None:
        """Add the values of records to those that the section has, if it has the same records; else replace it."""
        added = {tuple(sorted(record.labels.items())): record for record in records}
        before = {tuple(sorted(record.labels.items())): record.values for record in self.find(section)}
        joined = [
            replace(record, values=before[labels] + record.values if before.keys() == added.keys() else record.values)
            for labels, record in added.items()
        ]
        self.replace(section, joined, command)

    def write(self, file: Path) -> None:
        """Save as JSON."""
        # Every digit, so that what is shown of a file is what was shown when it was measured.
        file.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> Figures:
        """The figures that `write` saved. Raises ValueError if the file is something else."""
        try:
            values = json.loads(file.read_text(encoding="utf-8"))
            records = [Record(**(one | {"values": tuple(one["values"])})) for one in values.pop("records")]
            return cls(**values, records=records)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{file.name} does not hold a benchmark's figures.") from error
