"""A contact sheet: many small pictures with captions on one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from focal.arrays import Pixels

Picture = npt.NDArray[Any]
Captioned = tuple[str, Picture]  # a caption and its picture

CELL_PX = 200
CAPTION_PX = 18
PAPER, INK = 40, (255, 255, 255)


def contact_sheet(rows: Sequence[Sequence[Captioned]]) -> Pixels:
    """Captioned pictures in rows: uint8 (h, w, 3) or a mask, float (h, w), 0..1.   Returns uint8 (H, W, 3)."""
    return np.concatenate([np.concatenate([_labelled(*item) for item in row], 1) for row in rows], 0)


def shrink(picture: Picture) -> Picture:
    """The picture reduced to the size that it has on the sheet."""
    scale = CELL_PX / max(picture.shape[:2])
    width, height = (max(1, round(n * scale)) for n in picture.shape[1::-1])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))


def _labelled(caption: str, picture: Picture) -> Pixels:
    """One picture, reduced to fit, under its caption."""
    cell = np.full((CELL_PX + CAPTION_PX, CELL_PX, 3), PAPER, np.uint8)
    cv2.putText(cell, caption, (3, CAPTION_PX - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.4, INK, 1, cv2.LINE_AA)
    if picture.ndim == 2:
        picture = cv2.cvtColor((picture * 255).astype(np.uint8), cv2.COLOR_GRAY2RGB)
    small = shrink(picture)
    cell[CAPTION_PX : CAPTION_PX + small.shape[0], : small.shape[1]] = small
    return cell
