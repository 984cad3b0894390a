"""What the benchmark measured: flat records, the ratios made of them, and the file that keeps them.

A record is one thing measured in every round. Two records of the same cases' rounds were taken side by side, so that
their ratio is formed round by round: what disturbs the machine disturbs both.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Label = str | float


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


@dataclass(frozen=True)
class Record:
    """One thing measured: `values`, one of each round, in `unit` ("s", "MB", "photos/s"), and what tells it apart."""

    section: str
    values: tuple[float, ...]
    labels: dict[str, Label]
    unit: str = "s"

    @property
    def median(self) -> float:
        """The middle one of its values."""
        return statistics.median(self.values)

    def fits(self, section: str, labels: dict[str, Label]) -> bool:
        """Whether it is of this section and carries these labels, perhaps among others."""
        return self.section == section and labels.items() <= self.labels.items()


@dataclass
class Figures:
    """All records of a benchmark, the machine they were taken on and the command that took each section."""

    machine: dict[str, Label] = field(default_factory=dict)
    commands: dict[str, str] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)

    def find(self, section: str, **labels: Label) -> list[Record]:
        """The records of a section that carry these labels."""
        return [record for record in self.records if record.fits(section, labels)]

    def one(self, section: str, **labels: Label) -> Record | None:
        """The one record that carries exactly these labels, or None if it was not measured."""
        exact = (record for record in self.records if record.section == section and record.labels == labels)
        return next(exact, None)

    def ratio(self, above: Record | None, below: Record | None) -> Spread | None:
        """One record over another, round by round; None if one is missing."""
        if above is None or below is None:
            return None
        return Spread.of([a / b for a, b in zip(above.values, below.values, strict=True)])

    def replace(self, section: str, records: Iterable[Record], command: str) -> None:
        """Put a new measurement of a section in the place of the old one."""
        self.records = [record for record in self.records if record.section != section] + list(records)
        self.commands[section] = command

    def write(self, file: Path) -> None:
        """Save as JSON."""
        values: dict[str, Any] = asdict(self)
        for record in values["records"]:
            record["values"] = [float(f"{value:.5g}") for value in record["values"]]
        file.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> Figures:
        """What `write` saved. Raises ValueError if the file is something else."""
        try:
            values = json.loads(file.read_text(encoding="utf-8"))
            records = [Record(**(one | {"values": tuple(one["values"])})) for one in values.pop("records")]
            return cls(**values, records=records)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{file.name} does not hold a benchmark's figures.") from error
