"""Grafana's dashboard is the one that the script makes, drawn without overlaps, and has what the runbook speaks of."""

from __future__ import annotations

import json
import re

import yaml
from lab.dashboard import WIDTH, dashboard

from tests.conftest import ROOT

GRAFANA = ROOT / "deploy" / "grafana"
PANELS = dashboard()["panels"]


def test_the_file_is_what_the_script_makes() -> None:
    assert json.loads((GRAFANA / "focal.json").read_text()) == dashboard(), "run scripts/make-dashboard"


def test_every_panel_has_a_place_of_its_own_and_something_to_show() -> None:
    taken = [
        (x, y)
        for place in (panel["gridPos"] for panel in PANELS)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < WIDTH
    assert len({panel["id"] for panel in PANELS}) == len({panel["title"] for panel in PANELS}) == len(PANELS)
    for panel in PANELS:
        queries = [(target["refId"], target["expr"]) for target in panel.get("targets", [])]
        assert (panel["type"] == "row") != bool(queries)
        assert len(dict(queries)) == len(queries)


def test_the_runbook_speaks_of_panels_that_there_are() -> None:
    titles = {panel["title"] for panel in PANELS}
    spoken_of = re.findall(r"[ (]\"([A-Z][\w' ]+)\"", (ROOT / "docs" / "alerts.md").read_text().partition("## ")[2])

    assert len(spoken_of) > 10
    assert set(spoken_of) - titles == {"A request met a fault of Focal's own"}  # a line of the log


def test_grafana_is_told_where_prometheus_and_the_dashboard_are() -> None:
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((GRAFANA / "provisioning/dashboards/focal.yml").read_text())["providers"]

    assert (source["type"], provider["type"]) == ("prometheus", "file")
    assert provider["options"]["path"] == "$FOCAL_DASHBOARDS"
