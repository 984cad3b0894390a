"""docs/formats.md, from the matrix: `python3 -m tests.helpers.matrix.document` prints it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from tests.helpers.matrix import cells
from tests.helpers.matrix.cell import Cell

HEAD = Path(__file__).with_name("formats_head.md")
COLUMNS = ("says of its colours", "transparency", "in these modes", "becomes", "")


def document() -> str:
    """The page."""
    every = cells()
    read = [cell for cell in every if cell.meant is not None]
    parts = [HEAD.read_text(encoding="utf-8")]
    for name, of_format in groupby(sorted(read, key=lambda cell: cell.format), key=lambda cell: cell.format):
        parts += [f"## {name}\n\n", _row(*COLUMNS), _row(*["---"] * len(COLUMNS)), *_rows(of_format), "\n"]
    parts.append("## Refused, by its name (415)\n\n| file | the sentence says |\n|---|---|\n")
    parts += [f"| {_label(cell)} | {cell.refusal} |\n" for cell in every if cell.meant is None]
    parts.append(
        f"\n{len(every)} files in all. A damaged file is another sentence and another status (422); one that lacks "
        "only its end is a picture.\n"
    )
    return "".join(parts)


def _rows(found: Iterable[Cell]) -> list[str]:
    """Cells of one marking and transparency, of which the same becomes, share a line."""
    rows: dict[tuple[str, ...], dict[str, int]] = {}
    for cell in found:
        key = (cell.marking or "nothing", cell.transparency or "none", cell.becomes, "C" if cell.mime else "")
        modes = rows.setdefault(key, {})
        modes[cell.mode] = modes.get(cell.mode, 0) + bool(cell.orientation)
    lines = []
    for (marking, transparency, becomes, seen), modes in rows.items():
        named = "; ".join(f"{mode} in {turns} orientations" if turns else mode for mode, turns in modes.items())
        lines.append(_row(marking, transparency, named, becomes, seen))
    return lines


def _row(*fields: str) -> str:
    return f"| {' | '.join(fields)} |\n"


def _label(cell: Cell) -> str:
    return cell.mode if cell.format == "none" else f"{cell.format}: {cell.mode}"


if __name__ == "__main__":
    print(document(), end="")
