"""Published sets of photos, in folders laid out as they are unpacked."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab.quality.datasets import DATASETS, folders
from setup.console import CommandError

# One photo, its mask, and what else lies there.
LAYOUTS = {
    "duts": [("DUTS-TE/DUTS-TE-Image/a.jpg", "DUTS-TE/DUTS-TE-Mask/a.png")],
    "ecssd": [("images/0001.jpg", "ground_truth_mask/0001.png")],
    "p3m": [
        ("validation/P3M-500-P/blurred_image/p_a.jpg", "validation/P3M-500-P/mask/p_a.png"),
        ("validation/P3M-500-NP/original_image/p_b.jpg", "validation/P3M-500-NP/mask/p_b.png"),
    ],
    "aim": [("original/o_a.jpg", "mask/o_a.png")],
}
BESIDE = ["DUTS-TE/DUTS-TE-Image/Thumbs.db", "trimap/o_a.png", "validation/P3M-500-P/trimap/p_a.png", "images/x.txt"]


def laid_out(folder: Path, files: list[str]) -> None:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()


@pytest.mark.parametrize("name", LAYOUTS)
def test_each_photo_comes_with_its_mask_and_nothing_else_does(tmp_path, name):
    pairs = LAYOUTS[name]
    laid_out(tmp_path, [file for pair in pairs for file in pair] + BESIDE)

    assert DATASETS[name](tmp_path) == [(tmp_path / photo, tmp_path / mask) for photo, mask in pairs]


def test_the_inner_folder_of_duts_does_as_well(tmp_path):
    laid_out(tmp_path, [file.removeprefix("DUTS-TE/") for file in LAYOUTS["duts"][0]])

    assert [photo.name for photo, _ in DATASETS["duts"](tmp_path)] == ["a.jpg"]


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_folder_of_another_layout_and_a_photo_without_its_mask_are_named(tmp_path, name):
    with pytest.raises(CommandError, match="There is no folder"):
        DATASETS[name](tmp_path)
    laid_out(tmp_path, [file for pair in LAYOUTS[name] for file in pair])
    (tmp_path / LAYOUTS[name][0][1]).unlink()
    with pytest.raises(CommandError, match=f"lacks {Path(LAYOUTS[name][0][1]).name}"):
        DATASETS[name](tmp_path)


def test_photos_of_any_format_are_taken_from_folders_of_ones_own(tmp_path):
    laid_out(tmp_path, ["photos/b.heic", "photos/a.png", "masks/a.png", "masks/b.png"])
    assert [photo.name for photo, _ in folders(tmp_path / "photos", tmp_path / "masks")] == ["a.png", "b.heic"]
    laid_out(tmp_path, ["empty/more/x.jpg"])
    with pytest.raises(CommandError, match="There is no photo in"):
        folders(tmp_path / "empty", tmp_path / "masks")
