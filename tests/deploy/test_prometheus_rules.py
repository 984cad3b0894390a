"""Prometheus' rules: promtool accepts and proves them, every alert is proven to fire, and has a page to read."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.helpers.missing import installed

RULES = ROOT / "deploy" / "prometheus"
ALERTS = {
    rule["alert"]: rule
    for group in yaml.safe_load((RULES / "focal.alerts.yml").read_text())["groups"]
    for rule in group["rules"]
}


@pytest.fixture(scope="module")
def promtool() -> str:
    return installed("promtool", "prometheus")


def test_promtool_accepts_the_configuration(promtool: str) -> None:
    checked = subprocess.run([promtool, "check", "config", RULES / "prometheus.yml"], capture_output=True, text=True)

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("file", sorted(RULES.glob("*.tests.yml")), ids=lambda file: file.name)
def test_the_alerts_fire_when_they_should_and_only_then(promtool: str, file: Path) -> None:
    tested = subprocess.run([promtool, "test", "rules", file], capture_output=True, text=True)

    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_alert_is_proven_to_fire() -> None:
    proofs = "".join(file.read_text() for file in RULES.glob("*.tests.yml"))

    assert set(re.findall(r"labels: '\{alertname=\"(\w+)\"", proofs)) == set(ALERTS)


def test_every_alert_links_to_its_section_of_the_runbook() -> None:
    labels = yaml.safe_load((RULES / "prometheus.yml").read_text())["global"]["external_labels"]
    page = ROOT / "docs" / "alerts.md"

    sections = re.findall(r"^## (\w+)$", page.read_text(), re.MULTILINE)
    assert labels["focal_runbook"].endswith(f"/{page.relative_to(ROOT)}")
    assert sections == list(ALERTS)
    for name, rule in ALERTS.items():
        assert rule["annotations"]["runbook_url"] == f"{{{{ $externalLabels.focal_runbook }}}}#{name.lower()}"
        assert rule["labels"]["severity"] in ("page", "ticket")
