"""Programs that packages of the index carry, and only tests marked `long` use: installed apart from the environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def installed(folder: Path, package: str) -> Path:
    """The folder, with what the file of this package beside this module pins in it."""
    pins = Path(__file__).with_name(f"{package}.txt")
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--only-binary", ":all:", "--require-hashes"]
    subprocess.run([*pip, "--target", str(folder), "-r", str(pins)], check=True)
    return folder
