"""What may be wrong in the environment of `scripts/serve` is said in a sentence before anything is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("FOCAL_LOG_PROBES", "yes", "FOCAL_LOG_PROBES must be 0 or 1; it is 'yes'."),
        ("FOCAL_TRUSTED_PROXIES", "10.0.0.0/8, lb", "The trusted proxy 'lb' is neither an address nor a network."),
        (
            "FOCAL_CORS_ORIGINS",
            "app.example.org",
            "'app.example.org' is not an origin, such as https://app.example.org, without a path.",
        ),
        ("FOCAL_MAX_MEGAPIXELS", "9_0", "max_megapixels must be a number from 0.01 to 175."),
        ("FOCAL_PEOPLE", "no", "people must be one of auto, off."),
    ],
)
def test_a_wrong_variable_ends_the_start_at_once(tmp_path: Path, variable: str, value: str, sentence: str) -> None:
    command = [sys.executable, ROOT / "scripts" / "serve"]
    own = {variable: value, "FOCAL_LOG_FORMAT": "text", "FOCAL_VENV": str(tmp_path / "venv")}
    told = subprocess.run(command, env=os.environ | own, capture_output=True, text=True, timeout=300, check=False)

    assert (told.returncode, told.stdout, told.stderr) == (1, "", f"focal: {sentence}\n")
    assert list(tmp_path.iterdir()) == []
