"""Prometheus' rules and alerts as the Prometheus Operator takes them: a PrometheusRule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

SOURCES = ("focal.rules.yml", "focal.alerts.yml")
HEAD = """\
# deploy/prometheus/focal.rules.yml and focal.alerts.yml for the Prometheus Operator, by ./scripts/make-dashboard.
"""


def prometheus_rule(folder: Path) -> dict[str, Any]:
    """The PrometheusRule with all groups of the rule files in `folder`."""
    groups = [group for name in SOURCES for group in yaml.safe_load((folder / name).read_text())["groups"]]
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "focal"},
        "spec": {"groups": groups},
    }


def as_yaml(rule: dict[str, Any]) -> str:
    """The file's text."""
    return HEAD + yaml.safe_dump(rule, sort_keys=False, width=120)
