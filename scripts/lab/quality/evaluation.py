"""Focal's masks against reference masks: each measured, all summed up, saved, and told in lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from batch.contact_sheet import Captioned, Picture, contact_sheet, shrink
from focal.network.model import Model
from focal.options import Options
from focal.photo.decode import decode_photo
from setup.console import CommandError

from .candidate_masks import candidate_masks, pointed_masks
from .clicks import clicks
from .confidence_report import BAD, confidence_report
from .hard_scenes import Scene
from .intervals import Row, mean_interval, paired_report
from .kinds_report import Box, Kind, kinds_report, lost_faces
from .metrics import Mask, measures

# With more, the sheet would be higher than a JPEG can be.
SHEET_ROWS = 250


@dataclass(frozen=True)
class Trial:
    """One thing to measure: a scene, or what a click on it means.

    of: with the reference mask that counts.   masks: float (H, W), 0..1, by name.   confidence: in Focal's own.
    others: bool (H, W), the parts of the reference that were not clicked; None without clicks.
    """

    of: Scene
    masks: Mapping[str, Mask]
    confidence: float | None
    others: np.ndarray | None = None


@dataclass
class Evaluation:
    """What a run has measured.

    ours: the name of Focal's own mask: "refined" or, with clicks, "point".   faces: by photo, see `read_faces`.
    rows: of each mask of each trial, in their order: photo, mask, its measures and, of our own, the confidence.
    tiles: of each trial our IoU and its row of the contact sheet.
    """

    ours: str
    faces: Mapping[str, list[Box]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    tiles: list[tuple[float, list[Captioned]]] = field(default_factory=list)

    def add(self, trial: Trial) -> float:
        """Measure a trial's masks. Returns the IoU of our own."""
        name_of_photo, reference = trial.of.name, trial.of.mask / 255
        found = {name: measures(mask, reference) for name, mask in trial.masks.items()}
        for name, figures in found.items():
            if self.faces:
                figures["lost_faces"] = lost_faces(trial.masks[name], self.faces.get(name_of_photo, []))
            if trial.others is not None:
                figures["others"] = _share_kept(trial.masks[name], trial.others)
            confidence = trial.confidence if name == self.ours else None
            self.rows.append({"photo": name_of_photo, "mask": name} | figures | {"confidence": confidence})
        captions = [(f"{name} {found[name]['iou']:.2f}", mask) for name, mask in trial.masks.items()]
        pictures: list[tuple[str, Picture]] = [(name_of_photo, trial.of.pixels), ("reference", reference), *captions]
        self.tiles.append((found[self.ours]["iou"], [(caption, shrink(picture)) for caption, picture in pictures]))
        return found[self.ours]["iou"]

    @property
    def own_rows(self) -> list[dict[str, Any]]:
        """The rows of our own mask."""
        return [row for row in self.rows if row["mask"] == self.ours]

    @property
    def names(self) -> list[str]:
        """Of the measures."""
        return list(self.rows[0])[2:-1]


@dataclass(frozen=True)
class Summary:
    """Means by mask and measure, our own mask's 95 % intervals by measure, and what its confidence is worth."""

    means: Mapping[str, Mapping[str, float]]
    intervals: Mapping[str, tuple[float, float] | None]
    trust: Mapping[str, float]


def load_scene(photo: Path, mask: Path) -> Scene:
    """A photo, decoded as the service does, and its reference. Raises CommandError if they differ in size."""
    pixels = decode_photo(photo.read_bytes()).pixels
    reference = cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE)
    if reference is None or reference.shape != pixels.shape[:2]:
        raise CommandError(f"{mask.name} is not a picture of its photo's size, {pixels.shape[1::-1]}.")
    return Scene(photo.stem, pixels, np.asarray(reference, np.uint8))


def trials(model: Model, scenes: Iterable[Scene], options: Options, *, points: bool) -> Iterator[Trial]:
    """A trial of each scene or, with points, of each of five random clicks on it, which are the same each time."""
    rng = np.random.default_rng(0)
    for scene in scenes:
        if not points:
            yield Trial(scene, *candidate_masks(model, scene.pixels, options))
            continue
        clicked = list(clicks(scene, rng))
        found = pointed_masks(model, scene.pixels, options, [point for point, _ in clicked])
        for (_, part), (masks, confidence) in zip(clicked, found, strict=True):
            yield Trial(part, masks, confidence, (scene.mask > 127) & (part.mask <= 127))


def summarise(evaluation: Evaluation, sources: Mapping[str, str]) -> Summary:
    """sources: of the photos, by name; a photo without one is its own."""
    rows, names = evaluation.rows, evaluation.names
    means = {
        mask: {name: float(np.nanmean([row[name] for row in rows if row["mask"] == mask])) for name in names}
        for mask in dict.fromkeys(row["mask"] for row in rows)
    }
    own = evaluation.own_rows
    of_photos = [sources.get(row["photo"], row["photo"]) for row in own]
    intervals = {name: mean_interval([row[name] for row in own], of_photos) for name in names}
    trust = confidence_report([row["confidence"] for row in own], [row["iou"] for row in own])
    return Summary(means, intervals, trust)


def save(evaluation: Evaluation, summary: Summary, folder: Path) -> None:
    """Write measures.csv, measures.json and contact-sheet.jpg, its worst rows first."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = evaluation.rows
    with (folder / "measures.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    values = {"means": summary.means, "intervals": summary.intervals, "confidence": summary.trust, "photos": rows}
    (folder / "measures.json").write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    worst_first = sorted(evaluation.tiles, key=lambda tile: tile[0])
    sheet = contact_sheet([row for _, row in worst_first][:SHEET_ROWS])
    cv2.imwrite(str(folder / "contact-sheet.jpg"), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))


def table_lines(evaluation: Evaluation, summary: Summary, counted: str) -> Iterator[str]:
    """The means of each mask, and our own's intervals.   counted: what the trials are, "photos" or "clicks"."""
    names = evaluation.names
    yield (
        f"\nmean of {len(evaluation.tiles)} {counted}".ljust(25)
        + "".join(name.rjust(12) for name in names)
        + "   iou < .5"
    )
    for mask, figures in summary.means.items():
        low = sum(row["iou"] < BAD for row in evaluation.rows if row["mask"] == mask)
        yield mask.ljust(24) + "".join(f"{figures[name]:12.3f}" for name in names) + f"{low:11d}"
    for end, label in enumerate(("from", "to")):
        ends = [(interval or (float("nan"),) * 2)[end] for interval in summary.intervals.values()]
        yield f"{evaluation.ours}, 95 % {label}".ljust(24) + "".join(f"{value:12.3f}" for value in ends)


def further_lines(
    evaluation: Evaluation,
    summary: Summary,
    kinds: Mapping[str, Kind],
    sources: Mapping[str, str],
    earlier: Sequence[Row] | None,
) -> Iterator[str]:
    """What can be told besides: of an earlier run, of faces and kinds where they are known, and of the confidence."""
    ours, own = evaluation.ours, evaluation.own_rows
    if earlier is not None:
        yield from paired_report(own, [row for row in earlier if row["mask"] == ours], evaluation.names, sources)
    if evaluation.faces:
        lost = round(sum(row["lost_faces"] for row in own))
        known = sum(len(evaluation.faces.get(row["photo"], [])) for row in own)
        yield f"faces that {ours} loses on more than a tenth of their box: {lost} of {known}"
    if kinds:
        yield from kinds_report(own, kinds)
    trust = summary.trust
    yield (
        f"confidence of {ours} to its IoU: Spearman {trust['spearman']:.2f}, Pearson {trust['pearson']:.2f}; "
        f"gentle blur for {trust['bad_caught']:.0%} of IoU < .5, {trust['good_touched']:.0%} of IoU >= .7"
    )


def _share_kept(mask: Mask, others: np.ndarray) -> float:
    """The share of these places that a mask keeps; nan if there are none."""
    return float((mask[others] > 0.5).mean()) if others.any() else float("nan")
