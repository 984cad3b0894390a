"""The software bill of materials."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from focal import __version__
from focal.network import backbones
from focal.network.people.weights import PEOPLE_WEIGHTS
from setup import environment

from tests.conftest import ROOT


def test_it_is_valid_and_lists_every_pinned_package_and_network(tmp_path: Path) -> None:
    file = tmp_path / "focal.cdx.json"
    subprocess.run([sys.executable, ROOT / "scripts" / "sbom", file], check=True, timeout=120)
    text = file.read_text()
    bill = json.loads(text)

    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    assert error is None
    assert bill["metadata"]["component"]["version"] == __version__
    pinned = [*environment.requirements(environment.RUNTIME_PINS), *environment.requirements(environment.TORCH_PINS)]
    packages = {one["purl"].partition("?")[0] for one in bill["components"] if "purl" in one}
    assert packages == {f"pkg:pypi/{line.split()[0].replace('==', '@').lower()}" for line in pinned}
    hashes = {one["hashes"][0]["content"] for one in bill["components"] if one["type"] == "machine-learning-model"}
    weights = [*(backbones.find(name).weights for name in backbones.names()), *PEOPLE_WEIGHTS]
    assert hashes == {one.sha256 for one in weights}
