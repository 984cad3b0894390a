"""Pictures to look at: before and after."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from focal.arrays import Pixels
from focal.photo.decode import Photo
from focal.pipeline import Developed
from PIL import Image
from setup.console import CommandError

from .contact_sheet import PAPER, Picture, contact_sheet, shrunk

Tile = tuple[str, Picture]

BLANK: Tile = ("", np.full((1, 1, 3), PAPER, np.uint8))


def side_by_side(photo: Photo, developed: Developed) -> Pixels:
    """The photo and its result: uint8 (H, 2 W, 3)."""
    return np.concatenate([photo.pixels, developed.picture], axis=1)


def before_and_after(name: str, photo: Photo, developed: Developed) -> tuple[Tile, Tile]:
    """The photo and its result, small, with the class that was kept sharp."""
    known = developed.classification
    caption = f"{known.label} {known.probability:.2f}" if known else ""
    return (name, shrunk(photo.pixels)), (caption, shrunk(developed.picture))


def save_sheet(pairs: list[tuple[Tile, Tile]], file: Path) -> None:
    """Write a contact sheet that is about as wide as high. Raises CommandError if the name has no picture's suffix."""
    columns = math.ceil(math.sqrt(len(pairs) / 2))
    padded = [*pairs, *[(BLANK, BLANK)] * (-len(pairs) % columns)]
    rows = [padded[n : n + columns] for n in range(0, len(padded), columns)]
    sheet = Image.fromarray(contact_sheet([[tile for pair in row for tile in pair] for row in rows]))
    try:
        sheet.save(file)
    except ValueError as error:
        raise CommandError(f"{file.name} has no suffix of a picture; name it sheet.jpg or sheet.png.") from error
