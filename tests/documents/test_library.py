"""The document on Focal as a library: its programs run, and the names in it are the public surface."""

from __future__ import annotations

import re
import subprocess
import sys

import focal
import pytest
from PIL import Image

from tests.conftest import ROOT
from tests.helpers.photo_files import ball

PAGE = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.slow
def test_its_programs_blur_a_photo_and_explain_its_classes(tmp_path, lite0_weights):
    (tmp_path / lite0_weights.name).symlink_to(lite0_weights)
    Image.fromarray(ball()).save(tmp_path / "photo.jpg")

    command = [sys.executable, "-c", "\n".join(PROGRAMS)]
    environment = {"PYTHONPATH": str(ROOT / "handler")}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
    assert len(ran.stdout.splitlines()) == 5 + 2
    with Image.open(tmp_path / "blurred.jpg") as blurred, Image.open(tmp_path / "photo.jpg") as photo:
        assert blurred.size == photo.size


def test_the_first_program_has_five_lines():
    assert len([line for line in PROGRAMS[0].splitlines() if line]) <= 5


def test_the_public_names_are_these():
    assert focal.__all__ == [
        "Developed",
        "Explanation",
        "ExplanationOptions",
        "FocalError",
        "Model",
        "Options",
        "Photo",
        "Settings",
        "decode_photo",
        "develop",
        "encode_image",
        "explain",
        "load_model",
    ]
    assert all(getattr(focal, name).__module__.startswith("focal.") for name in focal.__all__)


def test_every_public_name_is_in_the_document():
    assert [name for name in focal.__all__ if f"`{name}`" not in PAGE and f" {name}" not in PAGE] == []


def test_a_name_that_is_not_public_is_refused_as_in_any_module():
    with pytest.raises(AttributeError, match="has no attribute 'blur_everything'"):
        _ = focal.blur_everything


def test_the_settings_can_be_read_before_anything_is_installed():
    program = "import sys, focal.settings; print(sorted({'torch', 'cv2', 'numpy'} & set(sys.modules)))"
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, cwd=ROOT / "handler", capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[]"
