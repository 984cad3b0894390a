"""scripts/focal, run as one runs it; docs/command-line.md is what it is held to."""

from __future__ import annotations

import json
import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from focal.machine.process import variables_for

from tests.conftest import ROOT
from tests.helpers.photo_files import write_balls

DOCUMENT = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
EXAMPLES = [line for block in re.findall(r"```bash\n(.*?)```", DOCUMENT, re.DOTALL) for line in block.splitlines()]


def focal(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run it in this very environment."""
    variables = os.environ | {"FOCAL_VENV": sys.prefix, "FOCAL_BACKBONE": "efficientnet_lite0"}
    command = [sys.executable, ROOT / "scripts" / "focal", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path):
    """A folder with photo.jpg, holiday/ball-000.png and, deeper in holiday, ball-001.png and a broken photo."""
    write_balls(tmp_path, 1)
    (tmp_path / "ball-000.jpg").rename(tmp_path / "photo.jpg")
    write_balls(tmp_path / "holiday", 1, ".png")
    return tmp_path


@pytest.mark.slow
def test_each_photo_has_its_results_and_each_failure_its_sentence(folder):
    (folder / "holiday" / "deep").mkdir()
    (folder / "holiday" / "deep" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    before = (folder / "photo.jpg").read_bytes()

    run = focal("photo.jpg", "holiday", "gone.jpg", "--output", "out", "--save-masks", "--side-by-side", "--json",
                "--contact-sheet", "sheet.png", cwd=folder)  # fmt: skip

    rows = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 1, run.stderr
    assert [(row["file"], row["status"], row["type"]) for row in rows] == [
        ("photo.jpg", "ok", None),
        ("holiday/ball-000.png", "ok", None),
        ("holiday/deep/broken.jpg", "error", "UndecodablePhoto"),
        ("gone.jpg", "error", "Unreadable"),
    ]
    assert sorted(file.name for file in (folder / "out").iterdir()) == sorted(
        f"{stem}{word}.jpg" for stem in ("photo", "ball-000") for word in ("", ".mask", ".saliency", ".side-by-side")
    )
    photo, blurred, mask, pair = (
        cv2.imread(str(folder / name))
        for name in ("photo.jpg", "out/photo.jpg", "out/photo.mask.jpg", "out/photo.side-by-side.jpg")
    )
    assert photo.shape == blurred.shape == mask.shape
    assert mask[60, 50].min() > 200 > 50 > mask[10, 150].max()
    assert np.abs(pair.astype(int) - np.concatenate([photo, blurred], 1)).mean() < 3
    assert cv2.imread(str(folder / "sheet.png")).shape[1] in (400, 800)
    assert (folder / "photo.jpg").read_bytes() == before


@pytest.mark.slow
def test_photos_are_blurred_by_the_maps_of_a_folder(folder):
    (folder / "maps").mkdir()
    cv2.imwrite(str(folder / "maps" / "photo.png"), np.tile(np.linspace(0, 65_535, 160).astype(np.uint16), (120, 1)))
    (folder / "maps" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    (folder / "broken.png").write_bytes((folder / "holiday" / "ball-000.png").read_bytes())

    run = focal("photo.jpg", "holiday", "broken.png", "--depth", "maps", "--mask", "none", "--focus", "1",
                "--strength", "0.15", "--format", "png", "--json", cwd=folder)  # fmt: skip

    rows = [json.loads(line) for line in run.stdout.splitlines()]
    assert [(row["file"], row["status"], row["depth"]) for row in rows] == [
        ("photo.jpg", "ok", "image"),
        ("holiday/ball-000.png", "error", None),
        ("broken.png", "error", None),
    ], run.stderr
    assert rows[1]["message"] == "There is no map of ball-000.png in maps."
    assert rows[2]["message"].startswith("The map of depth: The photo is damaged")
    photo, blurred = (cv2.imread(str(folder / name)).astype(int) for name in ("photo.jpg", "blurred/photo.png"))
    change = np.abs(photo - blurred).mean(axis=(0, 2))
    assert change[-8:].max() < 1 < change[:60].max()


@pytest.mark.slow
def test_every_example_of_the_document_runs(folder, monkeypatch, capsys):
    """In this process, which has imported torch and the rest already."""
    for name, value in {**variables_for(1), "FOCAL_VENV": sys.prefix, "FOCAL_BACKBONE": "efficientnet_lite0"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    main = runpy.run_path(str(ROOT / "scripts" / "focal"))["main"]
    assert len(EXAMPLES) == 7

    for example in EXAMPLES:
        command, _, output = example.partition(" > ")
        script, *arguments = shlex.split(command)
        assert script == "./scripts/focal"
        monkeypatch.setattr(sys, "argv", [script, *arguments])
        assert main() == 0, example
        said = capsys.readouterr().out
        if output:
            assert all(json.loads(line)["status"] == "ok" for line in said.splitlines())
        else:
            assert ", probability 0." in said


def test_a_wrong_limit_is_one_sentence(folder, monkeypatch):
    monkeypatch.setenv("FOCAL_MAX_MEGAPIXELS", "many")
    run = focal("photo.jpg", cwd=folder)
    assert (run.returncode, "max_megapixels must be a number" in run.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["photo.jpg", "--strength", "7"], 2, "--strength must be a number from 0 to 0.15."),
        (["photo.jpg", "--target", "unicorn"], 2, '--target: no class is called "unicorn"; did you mean'),
        (["photo.jpg", "--contact-sheet", "photo.jpg"], 1, "photo.jpg is itself one of the photos"),
        (["empty"], 1, "There is no photo in the files and folders that you named."),
    ],
)
def test_a_call_that_makes_no_sense_is_one_sentence(folder, arguments, code, sentence):
    (folder / "empty").mkdir()

    run = focal(*arguments, cwd=folder)

    assert run.returncode == code
    assert sentence in run.stderr
    assert "Traceback" not in run.stderr
