"""The benchmark's figures as tables: every section's medians, for the console and for docs/performance.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from .figures import Figures, Label, Record

Table = list[list[str]]  # the first row is the header

# section -> (labels that make a row, labels that make a column)
LAYOUT: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ways": (("backbone", "megapixels"), ("format", "sent")),
    "stages": (("backbone", "megapixels"), ("stage",)),
    "floor": (("megapixels",), ("what", "backbone")),
    "runs": (("megapixels",), ("what", "backbone")),
    "network": (("backbone", "batch"), ("what",)),
    "http": (("backbone", "megapixels"), ("what", "sent")),
    "shares": (("backbone", "megapixels"), ("part",)),
    "batch": (("backbone", "batch", "delay_ms"), ("what", "clients")),
    "clients": (("backbone", "cores"), ("clients",)),
    "memory": (("backbone",), ("what", "megapixels")),
    "cold": (("backbone",), ("what",)),
    "builds": (("backbone", "megapixels", "sent", "cores", "clients"), ("build",)),
}


def tables(figures: Figures) -> dict[str, Table]:
    """A table of each section that was measured. The stages have two: by stage, and by the format of the request."""
    found = {}
    for name, (rows, columns) in LAYOUT.items():
        if records := _records(figures, name):
            found[name] = pivot(records, rows, columns)
    return found


def pivot(records: Sequence[Record], rows: Sequence[str], columns: Sequence[str]) -> Table:
    """Medians, ordered by their labels: one row and one column for each combination that occurs."""
    cells = {(_key(one, rows), _key(one, columns)): _shown(one) for one in records}
    lines = list(dict.fromkeys(row for row, _ in cells))
    heads = list(dict.fromkeys(column for _, column in cells))
    head = [*rows, *(" ".join(label_text(part) for part in one if part != "") for one in heads)]
    return [head, *([*map(label_text, line), *(cells.get((line, one), "") for one in heads)] for line in lines)]


def as_text(table: Table) -> str:
    """The table for a console, with right-aligned columns."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in table
    )


def as_markdown(table: Table) -> str:
    """The table in Markdown."""
    head, *rows = table
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


def write_into(document: Path, blocks: dict[str, str]) -> list[str]:
    """Put each block between its `<!-- figures: NAME -->` and `<!-- end -->`; returns the names that were found."""
    text, placed = document.read_text(encoding="utf-8"), []
    for name, block in blocks.items():
        text, count = _fill(text, name, block)
        placed += [name] * bool(count)
    document.write_text(text, encoding="utf-8")
    return placed


def _fill(text: str, name: str, block: str) -> tuple[str, int]:
    """The text with the block in each place of that name, and the number of those places."""
    place = re.compile(rf"(<!-- figures: {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    return place.subn(lambda found: f"{found[1]}{block}\n{found[2]}", text)


def _records(figures: Figures, name: str) -> list[Record]:
    if name == "ways":
        return [one for one in figures.find("stages") if "stage" not in one.labels]
    if name == "stages":
        whole = figures.find("stages", format="JPEG", sent="json")
        return [
            *(one for one in whole if "stage" in one.labels),
            *(_as_all(one) for one in whole if "stage" not in one.labels),
        ]
    return [one for one in figures.find(name) if "stage" not in one.labels]


def _as_all(record: Record) -> Record:
    return Record(record.section, record.values, record.labels | {"stage": "all"}, record.unit)


def _key(record: Record, labels: Sequence[str]) -> tuple[Label, ...]:
    return tuple(record.labels.get(label, "") for label in labels)


def label_text(label: Label) -> str:
    """A label as text."""
    return label if isinstance(label, str) else f"{label:g}"


def _shown(record: Record) -> str:
    if record.section == "cold":
        return f"{record.median:.1f} s"
    if record.unit == "s" and record.median < 0.01:
        return f"{1e3 * record.median:.1f} ms"
    return {"s": f"{1e3 * record.median:.0f} ms", "MB": f"{record.median:.0f} MB"}.get(
        record.unit, f"{record.median:.2f}/s"
    )
