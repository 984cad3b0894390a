"""The benchmark's report: the machine, the goals, and a table of each section."""

from __future__ import annotations

import datetime
import platform
import statistics
from pathlib import Path

import psutil
from setup.environment import pinned
from setup.machine import available_cores

from .charts import fitted_line
from .figures import Figures, Label, median_interval
from .goals import goal_tables
from .tables import Table, as_markdown, as_text, tables, write_into


def this_machine() -> dict[str, Label]:
    """The machine and the versions on which the figures depend."""
    from .in_process import weights_of  # imports torch, which --show does not need

    alexnet = "drawn from a seed" if weights_of("alexnet").name == "alexnet-drawn.pth" else "torchvision's"
    return {
        "date": datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%d"),
        "processor": _processor(),
        "cores": available_cores(),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "python": platform.python_version(),
        "torch": pinned("torch"),
        "alexnet_weights": alexnet,
    }


def report(figures: Figures) -> str:
    """All tables, for a console."""
    parts = [_machine_line(figures)]
    parts += [f"{name}\n{as_text(table)}" for name, table in _all(figures).items()]
    return "\n\n".join(filter(None, [*parts, runs_line(figures), _memory_lines(figures)]))


def write_document(figures: Figures, document: Path) -> list[str]:
    """Write every table to its place in the document; returns the names of the tables that have one."""
    blocks = {name: as_markdown(table) for name, table in _all(figures).items()}
    blocks["machine"] = "\n\n".join(
        [_machine_line(figures), *(f"    {command}" for command in dict.fromkeys(figures.commands.values()))]
    )
    blocks["memory line"] = _memory_lines(figures)
    blocks["runs line"] = runs_line(figures)
    return write_into(document, blocks)


def _all(figures: Figures) -> dict[str, Table]:
    return {name: table for name, table in (goal_tables(figures) | tables(figures)).items() if len(table) > 1}


def _machine_line(figures: Figures) -> str:
    machine = figures.machine
    return (
        f"{machine['cores']} cores of an {machine['processor']}, {machine['memory']}, Python {machine['python']}, "
        f"torch {machine['torch']}, AlexNet's weights {machine['alexnet_weights']}, {machine['date']}."
    )


def runs_line(figures: Figures) -> str:
    """How many times as fast Focal is as the published code, over runs in fresh processes; empty without such runs."""
    lines = []
    for focal in figures.find("runs", what="focal"):
        published = figures.one("runs", what="published, resident", megapixels=focal.labels["megapixels"])
        if published is None:
            continue
        ratios = [b / a for a, b in zip(focal.values, published.values, strict=True)]
        low, high = median_interval(ratios)
        lines.append(
            f"{focal.labels['backbone']} at {focal.labels['megapixels']:g} megapixels, {len(ratios)} runs in fresh "
            f"processes: {statistics.median(ratios):.3g} times as fast as the published code with resident weights "
            f"(95% interval of the median {low:.3g} to {high:.3g}; single runs {min(ratios):.3g} to {max(ratios):.3g})."
        )
    return "\n".join(lines)


def _memory_lines(figures: Figures) -> str:
    """The fitted line of memory over megapixels, for each backbone."""
    lines = []
    for backbone in dict.fromkeys(one.labels["backbone"] for one in figures.find("memory")):
        constant, slope = fitted_line(figures.find("memory", backbone=backbone, what="above idle"))
        lines.append(f"{backbone}: MB above idle = {constant:.0f} + {slope:.1f} · megapixels.")
    return "\n".join(lines)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
