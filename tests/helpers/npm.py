"""Packages of npm that tests use, fetched once into pytest's cache."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.helpers.missing import skip_or_fail

TYPESCRIPT = "typescript@5.9.3"


def npm_package(config: pytest.Config, package: str) -> Path:
    """The folder of a package, such as "typescript@5.9.3"."""
    name = package.rpartition("@")[0]
    folder = Path(config.cache.mkdir(name))
    if not (folder / "node_modules" / name / "package.json").exists():
        if not shutil.which("npm"):
            skip_or_fail(f"needs npm to fetch {name}")
        command = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(folder), package]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            skip_or_fail(f"npm could not fetch {name}: {done.stderr.strip()[-200:]}")
    return folder / "node_modules" / name
