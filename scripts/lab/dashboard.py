"""Grafana's dashboard of Focal: its panels in order, and the JSON that Grafana reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WIDTH = 24  # of Grafana's grid
HEIGHT = 8
PROMETHEUS = {"type": "prometheus", "uid": "${datasource}"}
WINDOW = "$__rate_interval"


@dataclass(frozen=True)
class Panel:
    """One panel. queries: legend -> PromQL; {{label}} in a legend is a label's value.   width: of 24.

    unit: Grafana's name of it.   kind: timeseries, stat or table.   stacked: whether the series are parts of a whole.
    """

    title: str
    about: str
    queries: Mapping[str, str]
    unit: str = "short"
    kind: str = "timeseries"
    stacked: bool = False
    width: int = 8


def _rate(metric: str, *labels: str, where: str = "") -> str:
    by = f" by ({', '.join(labels)})" if labels else ""
    return f"sum{by} (rate({metric}{where}[{WINDOW}]))"


def _quantiles(metric: str, *shares: float) -> dict[str, str]:
    return {f"{share:.0%}": f"histogram_quantile({share}, {_rate(f'{metric}_bucket', 'le')})" for share in shares}


def _mean(metric: str, *labels: str) -> str:
    return f"{_rate(f'{metric}_sum', *labels)} / {_rate(f'{metric}_count', *labels)}"


_REQUESTS = _rate("focal_request_seconds_count")

ROWS: dict[str, tuple[Panel, ...]] = {
    "Now": (
        Panel("Photos a second", "Requests for a blurred photo.", {"": "focal:photos:rate5m"}, kind="stat", width=4),
        Panel("Failed", "By Focal's fault.", {"": "focal:photos_failed:ratio_rate5m"}, "percentunit", "stat", width=4),
        Panel("Turned away", "Overload.", {"": "focal:photos_shed:ratio_rate5m"}, "percentunit", "stat", width=4),
        Panel("Slow", "Over 2.5 s.", {"": "focal:photos_slow:ratio_rate1h"}, "percentunit", "stat", width=4),
        Panel(
            "Firing", "docs/alerts.md.", {"": 'count(ALERTS{alertstate="firing"}) or vector(0)'}, kind="stat", width=4
        ),
        Panel("Build", "What runs.", {"": "focal_build_info"}, kind="table", width=4),
    ),
    "What clients get": (
        Panel(
            "Photos",
            "Requests by route.",
            {"{{route}}": _rate("focal_front_door_requests_total", "route")},
            "reqps",
        ),
        Panel(
            "Answers",
            "Photos by status and, of errors, by reason; with those of a candidate apart from the current version's.",
            {
                "{{status}} {{failure}} {{torchserve}}": _rate(
                    "focal_front_door_requests_total", "status", "failure", "torchserve", where='{route="photos"}'
                )
            },
            "reqps",
            stacked=True,
        ),
        Panel(
            "Time to the answer",
            "Waiting included; answered photos only.",
            _quantiles("focal_front_door_photo_seconds", 0.5, 0.95, 0.99),
            "s",
        ),
        Panel(
            "Mean time by version",
            "Of a candidate and of the current version.",
            {"{{torchserve}}": _mean("focal_front_door_photo_seconds", "torchserve")},
            "s",
        ),
        Panel(
            "Slow photos",
            "The objective is 1%: docs/alerts.md.",
            {window: f"focal:photos_slow:ratio_rate{window}" for window in ("5m", "1h", "6h", "1d")},
            "percentunit",
        ),
        Panel("Waiting", "Mean time in TorchServe's queue.", {"mean": "focal:queue_seconds:mean5m"}, "s"),
    ),
    "Where the time goes": (
        Panel(
            "Stages",
            "Mean seconds of a request in each stage.",
            {"{{stage}}": f"{_rate('focal_stage_seconds_sum', 'stage')} / on () group_left () {_REQUESTS}"},
            "s",
            stacked=True,
        ),
        Panel(
            "Stages, 95th percentile",
            "Of those requests that came to the stage.",
            {"{{stage}}": f"histogram_quantile(0.95, {_rate('focal_stage_seconds_bucket', 'stage', 'le')})"},
            "s",
        ),
        Panel(
            "In the handler", "A request, without waiting.", _quantiles("focal_request_seconds", 0.5, 0.95, 0.99), "s"
        ),
    ),
    "Photos and masks": (
        Panel("Outcomes", "Of the handler.", {"{{outcome}}": _rate("focal_requests_total", "outcome")}, "reqps"),
        Panel(
            "Formats", "Of the photos.", {"{{format}}": _rate("focal_photos_total", "format")}, "reqps", stacked=True
        ),
        Panel("Megapixels", "10 stands for 10 and more.", _quantiles("focal_photo_megapixels", 0.5, 0.9)),
        Panel("Probability", "Of the class.", _quantiles("focal_class_probability", 0.1, 0.5, 0.9), "percentunit"),
        Panel("Foreground", "Of the photo.", _quantiles("focal_mask_foreground_share", 0.1, 0.5, 0.9), "percentunit"),
        Panel(
            "Confidence", "That the mask is right.", _quantiles("focal_mask_confidence", 0.1, 0.5, 0.9), "percentunit"
        ),
        Panel(
            "Masks likely wrong",
            "Share with a confidence below 0.25.",
            {"half an hour": "focal:low_confidence:ratio_rate30m", "a day": "focal:low_confidence:ratio_rate1d"},
            "percentunit",
        ),
        Panel(
            "Gentle blurs", "Because of such a mask, or asked for.", {"photos": _rate("focal_fallbacks_total")}, "reqps"
        ),
        Panel("Depth", "Its source.", {"{{source}}": _rate("focal_depths_total", "source")}, "reqps", stacked=True),
        Panel("Batch size", "Of the last batch.", {"requests": "max(focal_batch_size)"}),
    ),
    "Server": (
        Panel(
            "Workers",
            "Those that answer, and those that there should be.",
            {"{{instance}} ready": "focal_workers_ready", "{{instance}} wanted": "focal_workers_wanted"},
        ),
        Panel(
            "Restarts",
            "In a quarter of an hour.",
            {
                "{{instance}} worker": "increase(focal_workers_ended_total[15m])",
                "{{instance}} {{part}}": "increase(focal_restarts_total[15m])",
            },
        ),
        Panel(
            "TorchServe's answers",
            "By class of status; probes too.",
            {f"{n}xx": _rate(f"Requests{n}XX") for n in (2, 4, 5)},
            "reqps",
        ),
        Panel(
            "Memory", "Resident; shared pages count twice.", {"{{instance}} {{part}}": "focal_resident_bytes"}, "bytes"
        ),
        Panel("Memory of the machine", "In use.", {"{{instance}}": "MemoryUtilization"}, "percent", width=6),
        Panel("Disk", "In use.", {"{{instance}}": "DiskUtilization"}, "percent", width=5),
        Panel("Processor", "Of the machine.", {"{{instance}}": "CPUUtilization"}, "percent", width=5),
    ),
}


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana's JSON."""
    panels: list[dict[str, Any]] = []
    y = 0
    for title, row in ROWS.items():
        panels.append(
            {"type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": _place(0, y, WIDTH, 1)}
        )
        x, y = 0, y + 1
        for panel in row:
            height = HEIGHT // 2 if row is ROWS["Now"] else HEIGHT
            if x + panel.width > WIDTH:
                x, y = 0, y + height
            panels.append(_panel(panel) | {"gridPos": _place(x, y, panel.width, height)})
            x += panel.width
        y += height
    return {
        "uid": "focal",
        "title": "Focal",
        "tags": ["focal"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [{"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}]
        },
        "panels": [panel | {"id": n} for n, panel in enumerate(panels, 1)],
    }


def _panel(panel: Panel) -> dict[str, Any]:
    targets = [
        {"refId": letter, "datasource": PROMETHEUS, "expr": query, "legendFormat": legend}
        | ({"format": "table", "instant": True} if panel.kind == "table" else {})
        for letter, (legend, query) in zip("ABCDEFGH", panel.queries.items(), strict=False)
    ]
    drawn = {"stacking": {"mode": "normal" if panel.stacked else "none"}, "fillOpacity": 30 if panel.stacked else 0}
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": PROMETHEUS,
        "targets": targets,
        "fieldConfig": {
            "defaults": {"unit": panel.unit, "min": 0} | ({"custom": drawn} if panel.kind == "timeseries" else {}),
            "overrides": [],
        },
    }


def _place(x: int, y: int, w: int, h: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": w, "h": h}
