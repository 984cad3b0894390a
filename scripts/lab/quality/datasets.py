"""Published sets of photos with masks, as they lie on a disk once unpacked: each a function from the folder to pairs.

None comes with Focal; if you have one, `scripts/evaluate FOLDER --dataset NAME` measures on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from batch.names import told
from setup.console import CommandError

Pairs = list[tuple[Path, Path]]


def duts(folder: Path) -> Pairs:
    """The test set of DUTS (Wang et al. 2017): DUTS-TE/DUTS-TE-Image/*.jpg and DUTS-TE-Mask/*.png."""
    inside = _first(folder / "DUTS-TE", folder)
    return _pairs(inside / "DUTS-TE-Image", inside / "DUTS-TE-Mask")


def ecssd(folder: Path) -> Pairs:
    """ECSSD (Shi et al. 2016): images/*.jpg and ground_truth_mask/*.png."""
    return _pairs(folder / "images", folder / "ground_truth_mask")


def p3m(folder: Path) -> Pairs:
    """The two validation sets of P3M-10k (Li et al. 2021), with mattes: faces blurred (P), and not (NP).

    validation/P3M-500-P/blurred_image/*.jpg and validation/P3M-500-NP/original_image/*.jpg, each with mask/*.png.
    """
    inside = folder / "validation"
    blurred, original = inside / "P3M-500-P", inside / "P3M-500-NP"
    return [
        *_pairs(blurred / "blurred_image", blurred / "mask"),
        *_pairs(original / "original_image", original / "mask"),
    ]


def aim(folder: Path) -> Pairs:
    """AIM-500 (Li, Zhang and Tao 2021), with mattes: original/*.jpg and mask/*.png."""
    return _pairs(folder / "original", folder / "mask")


DATASETS: Mapping[str, Callable[[Path], Pairs]] = {"duts": duts, "ecssd": ecssd, "p3m": p3m, "aim": aim}


def folders(photos: Path, masks: Path) -> Pairs:
    """Each photo of a folder, of any format, with the PNG of its stem in another. Raises CommandError."""
    return _pairs(photos, masks, "*")


def _first(*folders: Path) -> Path:
    return next((folder for folder in folders if folder.is_dir()), folders[-1])


def _pairs(photos: Path, masks: Path, pattern: str = "*.jpg") -> Pairs:
    """Each photo with its mask. Raises CommandError if there is no photo, or one has no mask."""
    for folder in (photos, masks):
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
    pairs = [(photo, masks / f"{photo.stem}.png") for photo in sorted(photos.glob(pattern)) if photo.is_file()]
    if not pairs:
        raise CommandError(f"There is no photo in {told(str(photos))}.")
    missing = [mask.name for _, mask in pairs if not mask.is_file()]
    if missing:
        raise CommandError(f"{masks} lacks {', '.join(missing[:10])}{', …' if len(missing) > 10 else ''}.")
    return pairs
