"""What the forge reads: workflows, templates, hooks; each fits its schema and calls what is there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import focal
import pytest
import yaml
from setup import pins

from tests.conftest import ROOT
from tests.helpers.tools import installed

FORGE = ROOT / ".github"
SCHEMAS = {
    "workflows/*.yml": "vendor.github-workflows",
    "ISSUE_TEMPLATE/[!c]*.yml": "vendor.github-issue-forms",
    "ISSUE_TEMPLATE/config.yml": "vendor.github-issue-config",
    "renovate.json": "vendor.renovate",
}
CHECKED = [(file, schema) for pattern, schema in SCHEMAS.items() for file in sorted(FORGE.glob(pattern))]


def workflow(name: str) -> dict:
    return yaml.safe_load((FORGE / "workflows" / name).read_text())


def commands(job: dict) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


@pytest.mark.parametrize(("file", "schema"), CHECKED, ids=lambda value: getattr(value, "name", value))
def test_each_file_fits_the_forges_schema(file: Path, schema: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, file]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_file_of_the_forge_is_checked() -> None:
    assert {file for file, _ in CHECKED} == {*FORGE.rglob("*.yml"), *FORGE.rglob("*.json")} - {FORGE / "zizmor.yml"}


def test_a_bot_names_actions_by_digest_and_leaves_packages_alone() -> None:
    renovate = json.loads((FORGE / "renovate.json").read_text())

    assert renovate["enabledManagers"] == ["github-actions"]
    assert renovate["extends"] == ["helpers:pinGitHubActionDigests"]


@pytest.mark.slow
@pytest.mark.long
def test_a_security_linter_finds_nothing_in_the_workflows(tmp_path: Path) -> None:
    zizmor = installed(tmp_path, "zizmor") / "bin" / "zizmor"

    done = subprocess.run([zizmor, "--offline", FORGE], capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_one_job_is_the_whole_and_one_the_quick_run_on_each_python() -> None:
    jobs = workflow("tests.yml")["jobs"]

    assert commands(jobs["whole"]) == [".ci/run"]
    assert commands(jobs["quick"]) == ["./scripts/test --quick"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_pythons_tried_are_the_pythons_promised() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    promised = [name.rpartition(" ")[2] for name in project["classifiers"] if "Python ::" in name]

    assert workflow("tests.yml")["jobs"]["quick"]["strategy"]["matrix"]["python"] == promised
    assert project["requires-python"] == f">={promised[0]}"
    assert list(pins.PYTHONS) == promised


def take_notes(tag: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the release's first step in a folder that holds what it reads."""
    for name in ("CHANGELOG.md", "handler/focal/__init__.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    take, _ = commands(workflow("release.yml")["jobs"]["page"])
    variables = os.environ | {"GITHUB_REF_NAME": tag}
    command = ["bash", "-e", "-c", take]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def test_a_release_has_the_changelogs_section_for_its_notes(tmp_path: Path) -> None:
    assert take_notes(f"v{focal.__version__}", tmp_path).returncode == 0

    notes = (tmp_path / "notes.md").read_text()
    assert notes.strip()
    assert not re.search(r"^## ", notes, re.MULTILINE)
    assert notes in (ROOT / "CHANGELOG.md").read_text()


def test_a_tag_that_is_not_the_version_makes_no_release(tmp_path: Path) -> None:
    assert take_notes("v99.0.0", tmp_path).returncode != 0


def test_the_changelogs_newest_version_is_this_one() -> None:
    headings = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert headings[0] == ("Unreleased", "")
    assert headings[1][0] == focal.__version__
    assert headings[1][1]


def test_each_hook_is_a_step_of_the_test_command() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    known = subprocess.run([ROOT / "scripts" / "test", "--help"], capture_output=True, text=True, check=True).stdout
    steps = set(re.search(r"--only \{(.+?)\}", known)[1].split(","))

    for hook in repository["hooks"]:
        assert hook["entry"] == f"./scripts/test --only {hook['id']}"
        assert hook["id"] in steps
