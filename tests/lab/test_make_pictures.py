"""scripts/make-pictures, run as one runs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_every_picture_of_the_documents_is_made(tmp_path):
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = {name for page in documents for name in re.findall(r"pictures/([\w-]+\.jpg)", page.read_text("utf-8"))}

    subprocess.run(
        [sys.executable, ROOT / "scripts" / "make-pictures", tmp_path],
        env=os.environ | {"FOCAL_VENV": sys.prefix},
        check=True,
    )

    assert {path.name for path in tmp_path.iterdir()} == shown
    for name in shown:
        with Image.open(tmp_path / name) as made, Image.open(ROOT / "docs" / "pictures" / name) as kept:
            assert made.size == kept.size
