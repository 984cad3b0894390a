"""The goals for Focal's speed and memory, and whether the figures meet them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .figures import Figures, Label, Record, Spread
from .tables import Table

Measured = Callable[[Figures, str, float], Spread | None]


@dataclass(frozen=True)
class Goal:
    """A sentence, a limit for each size (in megapixels; 0 without a size), and the figure that must meet it."""

    sentence: str
    limits: dict[float, float]
    measured: Measured
    at_least: bool = False
    unit: str = "×"

    def verdict(self, spread: Spread, size: float) -> str:
        """Whether the limit is met, as text: the figure, its quartiles and the limit."""
        limit = self.limits[size]
        reached = spread.median >= limit if self.at_least else spread.median <= limit
        sign = "≥" if self.at_least else "≤"
        figures = f"{spread:.3g}" if spread.low != spread.high else f"{spread.median:.3g}"
        return f"{'yes' if reached else 'NO'}: {figures} {self.unit}, {sign} {limit:g}"


def goal_tables(figures: Figures) -> dict[str, Table]:
    """Three tables: the ratios by size, those to another build, and the rest."""
    return {
        "ratios": [["goal", "backbone", "0.5 MP", "2 MP", "12 MP"], *_rows(figures, RATIOS, (0.5, 2, 12))],
        "ratios to another build": [
            ["goal", "backbone", "0.5 MP", "2 MP", "12 MP", "48 MP"],
            *_rows(figures, RATIOS_TO_ANOTHER_BUILD, (0.5, 2, 12, 48)),
        ],
        "goals": [["goal", "backbone", "figure"], *_rows(figures, GOALS, (0,))],
    }


def _rows(figures: Figures, goals: Iterable[Goal], sizes: Iterable[float]) -> Iterator[list[str]]:
    backbones = dict.fromkeys(str(one.labels["backbone"]) for one in figures.records if "backbone" in one.labels)
    for goal in goals:
        for backbone in backbones:
            found = {size: goal.measured(figures, backbone, size) for size in goal.limits}
            if any(found.values()):
                yield [
                    goal.sentence,
                    backbone,
                    *(goal.verdict(spread, size) if (spread := found.get(size)) else "" for size in sizes),
                ]


def _took(
    figures: Figures, section: str, backbone: str, size: float, *, what: str = "focal", sent: str = "json"
) -> Record | None:
    """The time of a JPEG of this size in a section: of Focal in process, or over HTTP."""
    labels: dict[str, Label] = {"backbone": backbone, "megapixels": size, "format": "JPEG", "sent": sent}
    return figures.one(section, what=what, **labels)


def _faster_than(what: str) -> Measured:
    return lambda figures, backbone, size: figures.ratio(
        figures.one("floor", what=what, megapixels=size), _took(figures, "floor", backbone, size)
    )


def _floor_faster_than(what: str) -> Measured:
    return lambda figures, backbone, size: figures.ratio(
        figures.one("floor", what=what, megapixels=size),
        figures.one("floor", what="floor", backbone=backbone, megapixels=size),
    )


def _above_floor(figures: Figures, backbone: str, size: float) -> Spread | None:
    floor = figures.one("floor", what="floor", backbone=backbone, megapixels=size)
    return figures.ratio(_took(figures, "floor", backbone, size), floor)


def _over_http(figures: Figures, backbone: str, size: float) -> Spread | None:
    return figures.ratio(_took(figures, "http", backbone, size, what="http"), _took(figures, "http", backbone, size))


def _raw_over_http(figures: Figures, backbone: str, size: float) -> Spread | None:
    raw, json = (_took(figures, "http", backbone, size, what="http", sent=sent) for sent in ("raw", "json"))
    return figures.ratio(raw, json)


def _raw(figures: Figures, backbone: str, size: float) -> Spread | None:
    raw, json = (_took(figures, "stages", backbone, size, sent=sent) for sent in ("raw", "json"))
    return figures.ratio(raw, json)


def _network(batch: int, floor_of: str = "network floor") -> Measured:
    def ratio(figures: Figures, backbone: str, size: float) -> Spread | None:
        took = figures.one("network", what="network", backbone=backbone, batch=batch)
        floor = figures.one("network", what=floor_of, backbone=backbone, batch=batch)
        return Spread.of([value / floor.values[0] for value in took.values]) if took and floor else None

    return ratio


def _clients(many: dict[str, int], one: dict[str, int]) -> Measured:
    return lambda figures, backbone, size: figures.ratio(
        figures.one("clients", backbone=backbone, **many), figures.one("clients", backbone=backbone, **one)
    )


def _to_another_build(sent: str = "json", *, cores: str = "all", clients: int = 1) -> Measured:
    def ratio(figures: Figures, backbone: str, size: float) -> Spread | None:
        labels: dict[str, Label] = {"megapixels": size, "sent": sent, "cores": cores, "clients": clients}
        this, other = (figures.one("builds", backbone=backbone, build=build, **labels) for build in ("this", "other"))
        return figures.ratio(this, other)

    return ratio


def _plain(section: str, *whats: str, **labels: float) -> Measured:
    """The sum of some medians."""

    def spread(figures: Figures, backbone: str, size: float) -> Spread | None:
        found = [figures.one(section, backbone=backbone, what=what, **labels) for what in whats]
        known = [one for one in found if one]
        return (
            Spread.of([sum(values) for values in zip(*(one.values for one in known), strict=True)]) if known else None
        )

    return spread


RATIOS = (
    Goal("in process, faster than the published code with resident weights", {0.5: 6, 2: 7, 12: 10},
         _faster_than("published, resident"), at_least=True),
    Goal("the same for the floor itself: the upper bound", {0.5: 6, 2: 7, 12: 10},
         _floor_faster_than("published, resident"), at_least=True),
    Goal("in process, faster than the published code as published", {0.5: 30, 2: 28, 12: 18},
         _faster_than("published"), at_least=True),
    Goal("the same for the floor itself", {0.5: 30, 2: 28, 12: 18}, _floor_faster_than("published"), at_least=True),
    Goal("in process, against its floor (decode, three encodes, network)", {0.5: 1.6, 2: 1.5, 12: 1.4}, _above_floor),
    Goal("through the gateway and TorchServe, against in process", {0.5: 1.5, 2: 1.25, 12: 1.15}, _over_http),
    Goal("raw in, `Accept: image/jpeg` out, against JSON, over HTTP", {0.5: 0.9, 2: 0.8, 12: 0.7}, _raw_over_http),
    Goal("raw against JSON, in process", {0.5: 0.9, 2: 0.8, 12: 0.7}, _raw),
)  # fmt: skip
RATIOS_TO_ANOTHER_BUILD = (
    Goal("one client, JSON", {0.5: 0.75, 2: 0.7, 12: 0.62, 48: 0.6}, _to_another_build()),
    Goal("one client, raw in, `Accept: image/jpeg` out", {0.5: 0.72, 2: 0.68, 12: 0.6, 48: 0.58},
         _to_another_build("raw")),
    Goal("one client, JSON, on one core", {0.5: 0.85, 2: 0.85, 12: 0.8}, _to_another_build(cores="one")),
    Goal("photos a second of 4 clients, JSON", {2: 1.03}, _to_another_build(clients=4), at_least=True),
    Goal("photos a second of 8 clients, JSON", {2: 1.03}, _to_another_build(clients=8), at_least=True),
)  # fmt: skip
GOALS = (
    Goal("class and saliency of one photo, against the machine's floor in float32", {0: 1.3}, _network(1)),
    Goal("class and saliency of eight photos, against the machine's floor in float32", {0: 1.3}, _network(8)),
    Goal("of one photo, against the lower floor of bfloat16", {0: 1.3}, _network(1, "network floor, bfloat16")),
    Goal("of eight photos, against the lower floor of bfloat16", {0: 1.3}, _network(8, "network floor, bfloat16")),
    Goal("4 clients on two cores, against one client, 2 MP", {0: 1.9},
         _clients({"cores": 2, "clients": 4}, {"cores": 2, "clients": 1}), at_least=True),
    Goal("two cores, against one, 4 clients, 2 MP", {0: 1.9},
         _clients({"cores": 2, "clients": 4}, {"cores": 1, "clients": 4}), at_least=True),
    Goal("12 MP, worker and decoder above idle", {0: 450}, _plain("memory", "above idle", megapixels=12), unit="MB"),
    Goal("an idle worker", {0: 800}, _plain("memory", "idle worker"), unit="MB"),
    Goal("an idle worker, without the pages of files", {0: 800}, _plain("memory", "idle worker, its own"), unit="MB"),
    Goal("an idle worker and its decoder", {0: 800}, _plain("memory", "idle worker", "idle decoder"), unit="MB"),
    Goal("from scripts/serve to the first answer", {0: 8}, _plain("cold", "scripts/serve"), unit="s"),
    Goal("from TorchServe's start to its first answer", {0: 6}, _plain("cold", "TorchServe alone"), unit="s"),
)  # fmt: skip
