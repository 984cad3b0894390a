"""Make the requirements files anew with uv: complete, for every Python and platform, with hashes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .console import CommandError

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# Each file's part of its name, with those of the files whose versions it must agree with: they share an environment.
LAYERS = {
    "": (),
    "-torch": ("",),
    "-bulk": ("",),
    "-tracing": ("", "-bulk"),
    "-test": ("", "-bulk", "-tracing"),
    "-cluster": ("", "-bulk", "-tracing", "-test"),  # with the tests' for the sake of scripts/audit
}


def resolve(folder: Path, *, upgrade: bool = False) -> Iterator[Path]:
    """Write requirements*.txt in `folder` out of its requirements*.in; yield each file once it is written.

    upgrade: forget the versions that the files pin today.   Raises CommandError when a file cannot be resolved.
    """
    for layer, agreeing in LAYERS.items():
        target = folder / f"requirements{layer}.txt"
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
        command += ["--python-version", PYTHONS[0], "--custom-compile-command", "./scripts/pin"]
        for other in agreeing:
            command += ["--constraints", f"requirements{other}.txt"]
        if layer != "-torch":
            command += ["--excludes", "-"]
        command += ["--upgrade"] * upgrade
        command += [f"requirements{layer}.in", "--output-file", target.name]
        if subprocess.run(command, cwd=folder, input="torch\n", text=True, check=False).returncode:
            raise CommandError(f"uv could not resolve requirements{layer}.in: its reason is above.")
        yield target


def check(pins: Path, python: str) -> None:
    """Have pip look for all of a file's packages for a version of Python, without installing them.

    uv takes a release that says it is not for a Python as new as this; pip does not.
    Raises CommandError when pip refuses one.
    """
    with tempfile.TemporaryDirectory() as target:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--python-version", python]
        # What pip wants before it looks for another Python than its own.
        command += ["--ignore-installed", "--target", target, "--only-binary", ":all:"]
        command += ["--no-deps", "--require-hashes", "--requirement", str(pins)]
        if subprocess.run(command, check=False).returncode:
            raise CommandError(f"pip would not install {pins.name} on Python {python}: its reason is above.")
