"""The notebooks run from top to bottom, and what their prose says of their numbers is so."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import skimage.data
from PIL import Image

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

FOLDER = ROOT / "docs" / "notebooks"
NOTEBOOKS = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in FOLDER.glob("*.ipynb")}


def code(name: str) -> list[str]:
    return ["".join(cell["source"]) for cell in NOTEBOOKS[name]["cells"] if cell["cell_type"] == "code"]


def run(name: str, folder: Path, weights: Path, last: str) -> str:
    """What its cells print, and after them `last`, in a folder with a photo and the weights."""
    (folder / weights.name).symlink_to(weights)
    Image.fromarray(skimage.data.chelsea()).save(folder / "photo.jpg")
    environment = {"PYTHONPATH": str(ROOT / "handler"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", "\n\n".join([*code(name), last])]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_whole_and_kept_without_outputs(name: str) -> None:
    notebook = NOTEBOOKS[name]
    assert (notebook["nbformat"], notebook["metadata"]["kernelspec"]["name"]) == (4, "python3")
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)


def test_saliency_takes_five_lines_and_comes_out(tmp_path: Path, lite0_weights: Path) -> None:
    assert len([line for line in code("saliency")[0].splitlines() if line]) == 5

    said = run("saliency", tmp_path, lite0_weights, "print(explained[0].classification.label)")

    assert said.splitlines()[-1] == "tiger cat"
    with Image.open(tmp_path / "saliency.jpg") as shown:
        assert shown.size == (451, 300)


def test_the_sanity_checks_find_what_they_say(tmp_path: Path, lite0_weights: Path) -> None:
    last = "import json\nprint(json.dumps([between_classes, after]))"

    between_classes, after = json.loads(run("sanity-checks", tmp_path, lite0_weights, last).splitlines()[-1])

    # The maps of two classes are the same picture, and so is that of a random classifier.
    assert min(between_classes["guided_backprop"]) > 0.99
    assert after["classifier"]["guided_backprop"] > 0.99
    assert after["stem.0"]["guided_backprop"] < 0.3
    for method in ("gradient", "layercam"):
        assert max(between_classes[method]) < 0.5
        assert after["classifier"][method] < 0.6
