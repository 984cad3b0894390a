"""What the networks that find people are worth by themselves: counted and measured as the lines say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from lab.quality.people_report import Result, by_lightness, measure, summary
from setup.environment import PYTHON_PATH

ROOT = Path(__file__).parents[2]
ASTRONAUT, FACE = skimage.data.astronaut(), (0.36, 0.15, 0.52, 0.34)


def result(kind="portrait", faces=1, found=1, false=0, iou=0.5, recall=0.5, lightness=50.0):
    return Result(kind, faces, found, false, iou, recall, lightness)


def test_a_photo_of_a_person_counts_its_faces_and_measures_its_map(person_networks):
    everything = np.ones(ASTRONAUT.shape[:2], bool)
    elsewhere = (0.8, 0.8, 0.9, 0.9)

    found = measure(person_networks, ASTRONAUT, everything, "portrait", [FACE, elsewhere])

    person = person_networks.find(ASTRONAUT, ASTRONAUT.shape[:2]).person
    assert (found.faces, found.found, found.false) == (2, 1, 0)
    assert found.iou == found.recall
    assert abs(found.recall - (person > 0.5).mean()) < 0.01


def test_a_face_in_a_photo_of_nobody_is_a_false_one(person_networks):
    found = measure(person_networks, ASTRONAUT, np.ones(ASTRONAUT.shape[:2], bool), "animal", [])

    assert (found.false, found.iou, found.lightness) == (1, None, None)


def test_the_lightness_of_a_face_is_that_of_its_middle(person_networks):
    photo = np.zeros((200, 200, 3), np.uint8)
    photo[50:150, 50:150] = 255

    assert measure(person_networks, photo, photo[..., 0] > 0, "body", [(0.2, 0.2, 0.8, 0.8)]).lightness == 100


def test_a_line_sums_up_its_photos():
    line = summary(
        "all", [result(faces=2, found=1, iou=0.4), result("pet", 0, 0, 3, None, None, None), result(iou=0.6)]
    )

    assert line.split()[:10] == ["all", "3", "photos", "faces", "2", "of", "3,", "3", "where", "nobody"]
    assert line.endswith("IoU 0.500 recall 0.500")


def test_thirds_go_from_the_darkest_faces_to_the_lightest():
    photos = [result(lightness=value) for value in (70, 20, 50, 30, 60, 40)] + [result(lightness=None)]

    assert [(title, len(part)) for title, part in by_lightness(photos)] == [
        ("L* 20 to 30", 2),
        ("L* 40 to 50", 2),
        ("L* 60 to 70", 2),
    ]


@pytest.mark.slow
def test_it_prints_a_line_for_each_kind_and_each_third(tmp_path):
    for folder in ("photos", "masks"):
        (tmp_path / folder).mkdir()
    cv2.imwrite(str(tmp_path / "photos/her.png"), ASTRONAUT[..., ::-1])
    cv2.imwrite(str(tmp_path / "photos/cat.png"), skimage.data.chelsea()[..., ::-1])
    cv2.imwrite(str(tmp_path / "masks/her.png"), np.full((512, 512), 255, np.uint8))
    cv2.imwrite(str(tmp_path / "masks/cat.png"), np.full((300, 451), 255, np.uint8))
    (tmp_path / "faces.tsv").write_text("name\tx\ty\tw\th\nher\t0.36\t0.15\t0.16\t0.19\n")
    (tmp_path / "kinds.tsv").write_text("name\tkind\nher\tportrait\ncat\tpet\n")

    ran = subprocess.run(
        [sys.executable, "-m", "lab.quality.people_report"]
        + [tmp_path / name for name in ("photos", "masks", "faces.tsv", "kinds.tsv")],
        env=os.environ | {"PYTHONPATH": PYTHON_PATH},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    lines = [line.split() for line in ran.stdout.splitlines()]
    assert lines[0] == ["pet", "1", "photos", "faces", "0", "of", "0,", "0", "where", "nobody", "is"]
    assert lines[1][:9] == ["portrait", "1", "photos", "faces", "1", "of", "1,", "0", "where"]
    assert lines[2][:3] == ["all", "with", "people"]
    assert [line[:2] for line in lines[3:]] == [["L*", lines[3][1]], ["portrait", "L*"]]
