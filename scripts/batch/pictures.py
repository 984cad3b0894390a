"""Pictures for comparing a photo before and after."""

from __future__ import annotations

import math
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from focal.arrays import Pixels
from focal.photo.photo import Photo
from focal.photo.transparency import on_white
from focal.pipeline import Developed
from PIL import Image
from setup.console import CommandError

from .contact_sheet import PAPER, Captioned, contact_sheet, shrink
from .files import save
from .result import sentence

BLANK: Captioned = ("", np.full((1, 1, 3), PAPER, np.uint8))


def side_by_side(photo: Photo, developed: Developed) -> Pixels:
    """The photo and its result, of the result's size: uint8 (H, 2 W, 3)."""
    picture = in_colour(developed.picture)
    return np.concatenate([photo.reduced(max(picture.shape[:2])).pixels, picture], axis=1)


def in_colour(picture: Pixels) -> Pixels:
    """A picture, uint8 (H, W, 3), a mask, (H, W), or a cut-out, (H, W, 4), laid on white; as (H, W, 3)."""
    if picture.ndim == 2:
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB), np.uint8)
    return on_white(picture[..., :3], picture[..., 3]) if picture.shape[2] == 4 else picture


def before_and_after(name: str, photo: Photo, developed: Developed) -> tuple[Captioned, Captioned]:
    """The photo and its result, reduced, with their captions: the name, and the class that was kept sharp."""
    known = developed.classification
    caption = f"{known.label} {known.probability:.2f}" if known else ""
    return (name, shrink(photo.pixels)), (caption, shrink(in_colour(developed.picture)))


def save_sheet(pairs: list[tuple[Captioned, Captioned]], file: Path) -> None:
    """Write a roughly square contact sheet. Raises CommandError if the file cannot be written."""
    columns = math.ceil(math.sqrt(len(pairs) / 2))
    padded = [*pairs, *[(BLANK, BLANK)] * (-len(pairs) % columns)]
    rows = [padded[n : n + columns] for n in range(0, len(padded), columns)]
    sheet = Image.fromarray(contact_sheet([[one for pair in row for one in pair] for row in rows]))
    encoded = BytesIO()
    sheet.save(encoded, sheet_format(file))
    try:
        save(file, encoded.getvalue(), {})
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {sentence(error)}") from error


def sheet_format(file: Path) -> str:
    """The image format of a contact sheet, by the file's suffix. Raises CommandError if it has that of none."""
    image_format = Image.registered_extensions().get(file.suffix.lower())
    if image_format not in Image.SAVE:
        raise CommandError(f"{file.name} does not have the suffix of an image format; name it sheet.jpg or sheet.png.")
    return image_format
