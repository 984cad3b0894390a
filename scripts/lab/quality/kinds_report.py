"""The figures of masks by kind of photo, with intervals, and how many faces are lost."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .intervals import mean_interval
from .metrics import Mask

# As much of a face's box below one half counts as lost.
LOST_SHARE = 0.1
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Kind:
    """What a photo shows, and where it comes from: photos of one source are alike."""

    kind: str
    source: str


def read_kinds(file: Path) -> dict[str, Kind]:
    """By photo, of a table (tab-separated) with the columns name, kind and, if sources are known, repository."""
    return {row["name"]: Kind(row["kind"], row.get("repository") or row["name"]) for row in _table(file)}


def read_faces(file: Path) -> dict[str, list[Box]]:
    """By photo, the boxes of its faces, (x, y, width, height) in fractions, of a table with name, x, y, w and h."""
    faces: dict[str, list[Box]] = defaultdict(list)
    for row in _table(file):
        x, y, width, height = (float(row[name]) for name in "xywh")
        faces[row["name"]].append((x, y, width, height))
    return dict(faces)


def lost_faces(mask: Mask, boxes: Sequence[Box]) -> int:
    """How many faces, boxes in fractions, are lost on more than LOST_SHARE of their box.   mask: (H, W), 0..1."""
    height, width = mask.shape
    lost = 0
    for x, y, w, h in boxes:
        face = mask[int(y * height) : int((y + h) * height) + 1, int(x * width) : int((x + w) * width) + 1]
        lost += bool(face.size and np.mean(face < 0.5) > LOST_SHARE)
    return lost


def kinds_report(rows: Sequence[Mapping[str, float | str]], kinds: Mapping[str, Kind]) -> list[str]:
    """One line a kind, and one for all: photos, mean IoU, recall and MAE, each with its interval, and IoU below .5.

    rows: of one mask, each with photo, iou, recall, mae. The intervals are of a bootstrap that draws sources, not
    photos (intervals.py); a kind of one source has none.
    """
    groups: dict[str, list[Mapping[str, float | str]]] = defaultdict(list)
    of = {str(row["photo"]): kinds.get(str(row["photo"]), Kind("other", str(row["photo"]))) for row in rows}
    for row in rows:
        groups[of[str(row["photo"])].kind].append(row)
    lines = []
    for kind, group in [*sorted(groups.items()), ("all", list(rows))]:
        sources = [of[str(row["photo"])].source for row in group]
        figures = [_interval([float(row[name]) for row in group], sources) for name in ("iou", "recall", "mae")]
        below = sum(float(row["iou"]) < 0.5 for row in group)
        iou, recall, mae = (f"{mean:.3f} {interval}" for mean, interval in figures)
        lines.append(f"{kind:10} {len(group):4}  IoU {iou}  recall {recall}  MAE {mae}  IoU < .5: {below}")
    return lines


def _interval(values: Sequence[float], sources: Sequence[str]) -> tuple[float, str]:
    interval = mean_interval(values, sources)
    return float(np.mean(values)), f"({interval[0]:.3f}–{interval[1]:.3f})" if interval else " " * 13


def _table(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))
