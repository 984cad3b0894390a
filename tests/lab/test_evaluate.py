"""scripts/evaluate, run as one runs it."""

from __future__ import annotations

import csv
import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def evaluate_here(monkeypatch, capsys):
    """Runs it in this process, which has imported torch and the rest already; returns what it prints."""

    def run(*arguments):
        monkeypatch.setenv("FOCAL_VENV", sys.prefix)
        monkeypatch.setattr(sys, "argv", ["evaluate", *map(str, arguments)])
        assert runpy.run_path(str(ROOT / "scripts" / "evaluate"))["main"]() == 0
        return capsys.readouterr().out

    return run


def evaluate(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run it in this very environment."""
    variables = os.environ | {"FOCAL_VENV": sys.prefix}
    command = [sys.executable, ROOT / "scripts" / "evaluate", *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


@pytest.fixture
def folders(tmp_path):
    photos, masks = tmp_path / "photos", tmp_path / "masks"
    photos.mkdir()
    masks.mkdir()
    for n, x in enumerate((60, 100)):
        area = np.zeros((120, 160), np.uint8)
        cv2.circle(area, (x, 60), 35, 255, -1)
        photo = np.where(area[..., None] > 0, (40, 90, 220), (120, 160, 90)).astype(np.uint8)
        cv2.imwrite(str(photos / f"ball-{n}.png"), photo)
        cv2.imwrite(str(masks / f"ball-{n}.png"), area)
    return photos, masks


@pytest.mark.slow
def test_it_measures_each_mask_of_each_photo_and_saves_what_it_prints(folders, tmp_path):
    run = evaluate(*folders, "--output", tmp_path / "found")

    assert run.returncode == 0, run.stderr
    rows = list(csv.DictReader((tmp_path / "found" / "measures.csv").read_text(encoding="utf-8").splitlines()))
    assert [(row["photo"], row["mask"]) for row in rows[:4]] == [
        ("ball-0", name) for name in ("refined", "classic", "graphcut", "centre")
    ]
    assert len(rows) == 8
    means = json.loads((tmp_path / "found" / "measures.json").read_text())["means"]
    assert means["refined"]["iou"] == pytest.approx(np.mean([float(row["iou"]) for row in rows[::4]]))
    assert means["refined"]["iou"] > 0.9
    assert f"{means['refined']['iou']:.3f}" in run.stdout
    assert [0 < float(row["confidence"] or 0) < 1 for row in rows[:4]] == [True, False, False, False]
    assert "confidence of refined to its IoU" in run.stdout
    assert cv2.imread(str(tmp_path / "found" / "contact-sheet.jpg")).shape[1] == 6 * 200


@pytest.mark.slow
def test_a_published_set_is_measured_with_one_command_by_kind_and_against_an_earlier_run(
    folders, tmp_path, evaluate_here
):
    ecssd = tmp_path / "ECSSD"
    (ecssd / "images").mkdir(parents=True)
    folders[1].rename(ecssd / "ground_truth_mask")
    for photo in folders[0].iterdir():
        cv2.imwrite(str(ecssd / "images" / f"{photo.stem}.jpg"), cv2.imread(str(photo)))
    (tmp_path / "kinds.tsv").write_text("name\tkind\nball-0\tball\nball-1\tball\n", encoding="utf-8")
    earlier = [
        {"photo": f"ball-{n}", "mask": mask, "iou": iou, "mae": 0.0}
        for n, iou in ((0, 0.5), (1, 0.4))
        for mask in ("refined", "classic")
    ]
    (tmp_path / "earlier.json").write_text(json.dumps({"photos": earlier}), encoding="utf-8")

    said = evaluate_here(
        *(ecssd, "--dataset", "ecssd", "--kinds", tmp_path / "kinds.tsv", "--people", "off"),
        *("--against", tmp_path / "earlier.json", "--output", tmp_path / "found"),
    )

    saved = json.loads((tmp_path / "found" / "measures.json").read_text())
    low, high = saved["intervals"]["iou"]
    assert low <= saved["means"]["refined"]["iou"] <= high
    assert "refined, 95 % from" in said
    assert "this run less the other, on the 2 photos of both:" in said
    assert re.search(r"^iou +\+0\.[45].*differs$", said, re.MULTILINE)
    assert re.search(r"^ball +2 +IoU", said, re.MULTILINE)


def test_masks_or_the_name_of_a_set_have_to_be_given(folders):
    run = evaluate(folders[0])

    assert run.returncode == 2
    assert "name PHOTOS and MASKS, or one FOLDER and its --dataset" in run.stderr


@pytest.mark.slow
def test_it_measures_what_clicks_do_to_pictures_of_two_subjects(folders, tmp_path, evaluate_here):
    said = evaluate_here(*folders, "--pairs", "--points", "--output", tmp_path / "found")

    means = json.loads((tmp_path / "found" / "measures.json").read_text())["means"]
    assert "mean of 10 clicks" in said
    assert means["point"]["iou"] > 0.85 > 0.6 > means["refined"]["iou"]
    assert means["point"]["others"] < 0.1 < 0.9 < means["refined"]["others"]


def test_a_photo_without_its_mask_is_named(folders, tmp_path):
    (folders[1] / "ball-1.png").unlink()

    run = evaluate(*folders, "--output", tmp_path / "found")

    assert run.returncode == 1
    assert "lacks ball-1.png" in run.stderr


def test_a_folder_that_is_not_there_is_named(tmp_path):
    run = evaluate(tmp_path / "nothing", tmp_path)

    assert run.returncode == 1
    assert "There is no folder" in run.stderr
