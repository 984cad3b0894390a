#!/usr/bin/env bash
# pip 26.3: `pip download --platform` takes the one tag it is given, not what runs on that platform.
# Versions: pip 26.3.
# Expected: a system of glibc 2.28 runs wheels of manylinux_2_27 (PEP 600), and pip install takes them there; so does
# `pip download --platform manylinux_2_28_x86_64`, which promises "wheels compatible with" it.
# Seen: it finds no distribution. It takes the wheel for the older tag alone, while a wheel tagged macosx_12_0_arm64 is
# taken for macosx_14_0_arm64, and manylinux2014_x86_64 (glibc 2.17) takes manylinux2010 wheels, too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pip==26.3

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import subprocess
import sys
import zipfile
from pathlib import Path

folder = Path(sys.argv[1])


def taken(wheels: str, asked: str) -> bool:
    """Whether a wheel tagged for one platform is downloaded for another."""
    index, out = folder / f"index-{wheels}", folder / f"out-{wheels}-{asked}"
    index.mkdir(exist_ok=True)
    with zipfile.ZipFile(index / f"thing-1.0-cp312-cp312-{wheels}.whl", "w") as wheel:
        wheel.writestr("thing.py", "")
        wheel.writestr("thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
        wheel.writestr("thing-1.0.dist-info/WHEEL", f"Wheel-Version: 1.0\nTag: cp312-cp312-{wheels}\n")
        wheel.writestr("thing-1.0.dist-info/RECORD", "")
    command = [sys.executable, "-m", "pip", "--isolated", "download", "-q", "--no-index", f"--find-links={index}"]
    command += ["--no-deps", "--only-binary=:all:", "--python-version=3.12", f"--platform={asked}", f"--dest={out}", "thing"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


seen = {}
for pair in [
    ("manylinux_2_27_x86_64", "manylinux_2_27_x86_64"),
    ("manylinux_2_27_x86_64", "manylinux_2_28_x86_64"),
    ("manylinux2010_x86_64", "manylinux2014_x86_64"),
    ("macosx_12_0_arm64", "macosx_14_0_arm64"),
]:
    seen[pair] = taken(*pair)
    print(f"a wheel of {pair[0]:24} for {pair[1]:24}: {'taken' if seen[pair] else 'no distribution found'}")
sys.exit(0 if list(seen.values()) == [True, False, True, True] else "changed")
PYTHON
