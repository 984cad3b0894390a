"""The benchmark's figures as charts: time over pixels; rates over batches, clients and cores."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from pathlib import Path

from ..svg_chart import Line, line_chart
from .figures import Figures, Label, Record
from .tables import label_text

MODELLED_CORES = (2, 4, 8)


def write_charts(figures: Figures, folder: Path) -> list[Path]:
    """Write performance-*.svg for each section that was measured; returns the files."""
    floor = [one for one in figures.find("floor") if "stage" not in one.labels and one.labels["what"] != "image floor"]
    charts = {
        "pixels": (
            "Time for one photo, JSON in and out, in process", "megapixels", "milliseconds",
            _lines(floor, ("what", "backbone"), "megapixels", 1e3), True,
        ),
        "batch": (
            "0.5 megapixels, two workers, clients and maxBatchDelay", "batchSize", "photos a second",
            _lines(figures.find("batch", what="rate"), ("clients", "delay_ms"), "batch"), False,
        ),
        "clients": (
            "2 megapixels, JSON in and out, through the gateway", "clients", "photos a second",
            _lines(figures.find("clients"), ("backbone", "cores"), "clients"), False,
        ),
        "cores": (
            "4 clients, 2 megapixels: measured on 1 and 2 cores, modelled beyond", "cores", "photos a second",
            _with_model(_lines(figures.find("clients", clients=4), ("backbone",), "cores")), False,
        ),
        "memory": (
            "A worker and its decoder at most, above idle", "megapixels", "megabytes",
            _lines(figures.find("memory", what="above idle"), ("backbone",), "megapixels"), False,
        ),
    }  # fmt: skip
    written = []
    for name, (title, x_label, y_label, lines, logarithmic) in charts.items():
        if lines:
            file = folder / f"performance-{name}.svg"
            file.write_text(line_chart(title, x_label, y_label, lines, logarithmic=logarithmic), encoding="utf-8")
            written.append(file)
    return written


def contention(one_core: float, two_cores: float) -> float:
    """Gunther's contention: the share σ in rate(n) = n·rate(1) / (1 + σ·(n − 1)), for n cores."""
    return max(0.0, 2 * one_core / two_cores - 1)


def fitted_line(records: Iterable[Record]) -> tuple[float, float]:
    """(a, b) of megabytes = a + b · megapixels, by least squares."""
    points = [(float(one.labels["megapixels"]), one.median) for one in records]
    slope, constant = statistics.linear_regression(*zip(*points, strict=True))
    return constant, slope


def _lines(records: Iterable[Record], names: tuple[str, ...], x: str, scale: float = 1.0) -> list[Line]:
    """One line for each combination of the labels `names`."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for one in records:
        name = ", ".join(_word(label, one.labels[label]) for label in names if label in one.labels)
        lines.setdefault(name, []).append((float(one.labels[x]), scale * one.median))
    return [Line(name, sorted(points)) for name, points in lines.items()]


def _with_model(lines: list[Line]) -> list[Line]:
    """The lines; after each that has one and two cores, a line with the modelled rates of more cores."""
    modelled = []
    for line in lines:
        rates = dict(line.points)
        if rates.keys() >= {1, 2}:
            share = contention(rates[1], rates[2])
            points = [(n, n * rates[1] / (1 + share * (n - 1))) for n in MODELLED_CORES]
            modelled.append(Line(f"{line.name}, model", points, dashed=True))
    return lines + modelled


def _word(label: str, value: Label) -> str:
    units = {"cores": " core", "clients": " client", "delay_ms": " ms"}
    plural = "s" if label in ("cores", "clients") and value != 1 else ""
    return f"{label_text(value)}{units.get(label, '')}{plural}"
