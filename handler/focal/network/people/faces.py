"""Where faces are: BlazeFace (Bazarevsky et al. 2019), the full-range model of MediaPipe.

The network looks at 192 × 192 px. For each cell of 4 × 4 px it gives the logit of a face there and sixteen numbers:
centre, size and six points of its box, in pixels, centre and points relative to the middle of the cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from ...arrays import Floats, Pixels
from .people import Face
from .sigmoid import sigmoid

if TYPE_CHECKING:
    from .tflite import TfliteNetwork

CELL_PX = 4
MIN_SCORE = 0.5
# Boxes that share more of their union are one face.
SAME_FACE_IOU = 0.3
# Rows of a box: its centre, its size, its points.
CENTRE, SIZE, POINTS = 0, 1, slice(2, None)


def find_faces(network: TfliteNetwork, view: Pixels, photo_px: tuple[int, int]) -> tuple[Face, ...]:
    """The faces of a photo, the most certain first.

    view: uint8 (h, w, 3), RGB, a copy of the whole photo, in whatever proportions.   photo_px: the photo's own height
    and width.
    """
    picture, corner, size = _letterboxed(view, photo_px, network.input_px[0])
    # The order of the two outputs differs between builds of the model.
    logits, boxes = sorted(network(picture), key=lambda output: output.size)
    score = sigmoid(logits.ravel())
    found = np.flatnonzero(score > MIN_SCORE)
    places = boxes.reshape(len(score), -1, 2)[found]
    columns = network.input_px[1] // CELL_PX
    middle = (np.stack([found % columns, found // columns], -1) + 0.5) * CELL_PX
    places[:, CENTRE] += middle - corner
    places[:, POINTS] += (middle - corner)[:, None]
    return _merged(places / size, score[found])


def _letterboxed(view: Pixels, photo_px: tuple[int, int], side_px: int) -> tuple[Floats, Floats, Floats]:
    """The view in the photo's proportions amid a black square, -1..1, with its corner and its size in px."""
    scale = side_px / max(photo_px)
    width, height = (max(1, round(side * scale)) for side in photo_px[::-1])
    left, top = (side_px - width) // 2, (side_px - height) // 2
    square = np.full((side_px, side_px, 3), -1, np.float32)
    small = cv2.resize(view, (width, height), interpolation=cv2.INTER_AREA)
    square[top : top + height, left : left + width] = small * np.float32(1 / 127.5) - 1
    return square, np.array([left, top], np.float32), np.array([width, height], np.float32)


def _merged(places: Floats, score: Floats) -> tuple[Face, ...]:
    """One face for all boxes that mean it: their mean, weighted by score (non-maximum suppression as BlazeFace has it).

    places: float32 (n, 8, 2), centre, size and points in fractions of the photo.   score: float32 (n,).
    """
    low, high = places[:, CENTRE] - places[:, SIZE] / 2, places[:, CENTRE] + places[:, SIZE] / 2
    area, left, faces = np.prod(high - low, 1), np.ones(len(score), bool), []
    for best in np.argsort(-score, kind="stable"):
        if not left[best]:
            continue
        shared = np.prod(np.clip(np.minimum(high[best], high) - np.maximum(low[best], low), 0, None), 1)
        same = left & (shared > SAME_FACE_IOU * (area[best] + area - shared))
        same[best] = True
        left &= ~same
        mean: Floats = np.average(places[same], axis=0, weights=score[same]).astype(np.float32)
        x0, y0 = mean[CENTRE] - mean[SIZE] / 2
        x1, y1 = mean[CENTRE] + mean[SIZE] / 2
        faces.append(Face((float(x0), float(y0), float(x1), float(y1)), mean[POINTS], float(score[best])))
    return tuple(faces)
