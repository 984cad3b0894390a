"""Measure the networks that find people by themselves, before any mask is made of what they find.

    PYTHONPATH=scripts:handler python3 -m lab.quality.people_report PHOTOS MASKS FACES KINDS

PHOTOS holds photos, MASKS an 8-bit grey PNG of the same stem for each of them, white where the subject is. FACES is a
table (tab-separated) of faces, name x y w h in fractions of the photo, KINDS one of name and kind; photos of the kinds
in PEOPLE_KINDS show people. For each kind it prints photos, faces found of those there are, faces where there is
nobody, and IoU and recall of the person map at 0.5; then the same for thirds of the photos, by how light faces are,
and for thirds of each kind that shows people.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from focal.arrays import Bools, Pixels
from focal.network.people.networks import PersonNetworks, load_person_networks
from focal.network.people.people import Face
from focal.photo.decode import decode_photo
from focal.photo.views import whole_view
from focal.settings import Settings
from setup.people import obtain_people

from .metrics import iou, recall

PEOPLE_KINDS = ("portrait", "body", "group", "child")
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Result:
    """What the networks found in one photo.

    faces, found: how many faces it has, and how many of them were found.   false: how many were found where nobody is.
    iou, recall: of the person map; None where the photo shows nobody.   lightness: median L* of its faces, 0..100; None
    without one.
    """

    kind: str
    faces: int
    found: int
    false: int
    iou: float | None
    recall: float | None
    lightness: float | None


def measure(
    networks: PersonNetworks,
    pixels: Pixels,
    reference: Bools,
    kind: str,
    faces: list[Box],
) -> Result:
    """Measure one photo.   pixels: uint8 (H, W, 3), RGB.   faces: left, top, right, bottom, in fractions."""
    people = networks.find(whole_view(pixels), pixels.shape[:2])
    found = sum(any(_holds(face, box) for face in people.faces) for box in faces)
    lightness = [_lightness(pixels, box) for box in faces]
    middle = float(np.median(lightness)) if lightness else None
    if kind not in PEOPLE_KINDS:
        return Result(kind, len(faces), found, len(people.faces), None, None, middle)
    size = reference.shape[1], reference.shape[0]
    person = np.asarray(cv2.resize(people.person, size, interpolation=cv2.INTER_LINEAR), np.float32)
    return Result(kind, len(faces), found, 0, iou(person, reference), recall(person, reference), middle)


def summary(title: str, results: Iterable[Result]) -> str:
    """One line on some photos."""
    chosen = list(results)
    scores = [(result.iou, result.recall) for result in chosen if result.iou is not None and result.recall is not None]
    means = "IoU {:.3f} recall {:.3f}".format(*np.mean(scores, axis=0)) if scores else ""
    faces, found = sum(result.faces for result in chosen), sum(result.found for result in chosen)
    false = sum(result.false for result in chosen)
    return f"{title:23} {len(chosen):4} photos  faces {found:3} of {faces:3}, {false} where nobody is  {means}"


def by_lightness(results: Iterable[Result], of: str = "") -> list[tuple[str, list[Result]]]:
    """Thirds of the photos with faces, from those with the darkest to those with the lightest, each with its range."""
    lit = sorted((r for r in results if r.lightness is not None), key=lambda result: result.lightness or 0)
    thirds = [[lit[n] for n in part] for part in np.array_split(np.arange(len(lit)), 3)]
    return [(f"{of}L* {part[0].lightness:.0f} to {part[-1].lightness:.0f}", part) for part in thirds if part]


def main() -> int:
    """Measure every photo, and print the lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("photos", "masks", "faces", "kinds"):
        parser.add_argument(name, type=Path, metavar=name.upper())
    arguments = parser.parse_args()
    faces: dict[str, list[Box]] = defaultdict(list)
    for row in _table(arguments.faces):
        x, y, width, height = (float(row[name]) for name in "xywh")
        faces[row["name"]].append((x, y, x + width, y + height))
    kinds = {row["name"]: row["kind"] for row in _table(arguments.kinds)}
    networks, results = load_person_networks(obtain_people()), []
    for photo in sorted(arguments.photos.iterdir()):
        pixels = decode_photo(photo.read_bytes(), Settings()).pixels
        reference = cv2.imread(str(arguments.masks / f"{photo.stem}.png"), cv2.IMREAD_GRAYSCALE)
        if reference is not None:
            results.append(measure(networks, pixels, reference > 127, kinds[photo.stem], faces[photo.stem]))
    groups = [(kind, [r for r in results if r.kind == kind]) for kind in sorted({r.kind for r in results})]
    people = [result for result in results if result.iou is not None]
    thirds = [(title, third) for title, chosen in groups for title, third in by_lightness(chosen, f"{title} ")]
    for title, chosen in [*groups, ("all with people", people), *by_lightness(people), *thirds]:
        print(summary(title, chosen))
    return 0


def _table(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def _holds(face: Face, box: Box) -> bool:
    """Whether the middle of a face's known box lies in the box that was found."""
    left, top, right, bottom = face.box
    return left < (box[0] + box[2]) / 2 < right and top < (box[1] + box[3]) / 2 < bottom


def _lightness(pixels: Pixels, box: Box) -> float:
    """The median L*, 0..100, of the middle half of a face's box, each way."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = box
    rows = slice(int((3 * top + bottom) / 4 * height), int((top + 3 * bottom) / 4 * height) + 1)
    columns = slice(int((3 * left + right) / 4 * width), int((left + 3 * right) / 4 * width) + 1)
    lab = cv2.cvtColor(np.ascontiguousarray(pixels[rows, columns]), cv2.COLOR_RGB2LAB)
    return float(np.median(lab[..., 0])) * 100 / 255


if __name__ == "__main__":
    sys.exit(main())
