"""How sure a figure is: intervals of means and of differences by the bootstrap (Efron and Tibshirani 1993)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from setup.console import CommandError

RESAMPLES, INTERVAL, SEED = 2000, 0.95, 0
Row = Mapping[str, Any]


def bootstrap_means(clusters: Sequence[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    """Means of RESAMPLES samples, each of as many clusters as there are, drawn with replacement."""
    ordered = sorted(clusters, key=lambda values: (len(values), tuple(values)))  # whatever order a set had
    sums, sizes = np.array([c.sum() for c in ordered]), np.array([len(c) for c in ordered])
    drawn = np.random.default_rng(SEED).integers(0, len(ordered), (RESAMPLES, len(ordered)))
    return np.asarray(sums[drawn].sum(1) / sizes[drawn].sum(1))


def mean_interval(values: Sequence[float], sources: Sequence[str]) -> tuple[float, float] | None:
    """The INTERVAL of a mean, of a bootstrap that draws sources: photos of one source are alike.

    Where each photo is its own source, photos are drawn. Values that are nan count for nothing. None for one source.
    """
    clusters: dict[str, list[float]] = defaultdict(list)
    for value, source in zip(values, sources, strict=True):
        if not np.isnan(value):
            clusters[source].append(value)
    if len(clusters) < 2:
        return None
    means = bootstrap_means([np.array(cluster) for cluster in clusters.values()])
    low, high = np.quantile(means, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2])
    return float(low), float(high)


def read_run(file: Path) -> list[Row]:
    """The rows of a measures.json that an earlier run has saved. Raises CommandError if it is none."""
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))["photos"]
        if all(isinstance(row["photo"], str) and isinstance(row["mask"], str) for row in rows):
            return list(rows)
    except (OSError, ValueError, TypeError, LookupError):
        pass
    raise CommandError(f"{file} is not a measures.json of this command.")


def paired_report(
    ours: Sequence[Row], theirs: Sequence[Row], names: Iterable[str], sources: Mapping[str, str]
) -> list[str]:
    """One line for each measure: by how much this run's mean exceeds that of the other, on the photos of both.

    ours, theirs: the rows of one mask.   sources: of photos; one that is not named is its own.
    The differences of single photos are drawn, so that what makes a photo hard cancels out.
    Raises CommandError if the runs have no photo in common.
    """
    by_photo = _by_photo(theirs)
    pairs = [(row, by_photo[key]) for key, row in _by_photo(ours).items() if key in by_photo]
    if not pairs:
        raise CommandError("The two runs have no photo in common.")
    lines = [f"this run less the other, on the {len(pairs)} photos of both:"]
    of = [sources.get(row["photo"], row["photo"]) for row, _ in pairs]
    for name in names:
        differences = [_difference(row, other, name) for row, other in pairs]
        if np.isnan(differences).all():
            continue
        interval = mean_interval(differences, of)
        line = f"{name:12} {np.nanmean(differences):+.4f}"
        if interval:
            certain = "" if interval[0] <= 0 <= interval[1] else "  differs"
            line += f" ({interval[0]:+.4f} to {interval[1]:+.4f}){certain}"
        lines.append(line)
    return lines


def _by_photo(rows: Iterable[Row]) -> dict[tuple[str, int], Row]:
    """Rows by photo, and by how many rows of it came before: with clicks, there are several of each."""
    seen: Counter[str] = Counter()
    found = {}
    for row in rows:
        found[row["photo"], seen[row["photo"]]] = row
        seen[row["photo"]] += 1
    return found


def _difference(ours: Row, theirs: Row, name: str) -> float:
    mine, other = ours.get(name), theirs.get(name)
    return float("nan") if mine is None or other is None else float(mine) - float(other)
