"""An area divided among marks in it, along the photo's edges (Meyer's watershed, 1992)."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ..arrays import Bools, Floats

OUTSIDE = 1  # what cv2.watershed is told of all that is not to be divided


def watershed(marks: npt.NDArray[np.int32], area: Bools, guide: Floats) -> npt.NDArray[np.int32]:
    """The area's places given to the marks that they are flooded from, first where the photo is even.

    marks: int32 (h, w), the number of a mark, from 1 on, 0 elsewhere.   area: bool (h, w).
    guide: float32 (h, w, 3), 0..1, the photo at this size.
    Returns int32 (h, w): a mark's number everywhere in the area, 0 outside.
    """
    marker = np.where(area, np.where(marks > 0, marks + OUTSIDE, 0), OUTSIDE).astype(np.int32)
    # cv2.watershed takes the outermost places for watersheds, whatever they are marked as.
    around = (1, 1, 1, 1, cv2.BORDER_REPLICATE)
    picture = cv2.copyMakeBorder(np.asarray(guide * 255, np.uint8), *around)
    flooded = cv2.watershed(picture, cv2.copyMakeBorder(marker, *around))[1:-1, 1:-1]
    lost = area & (flooded <= OUTSIDE)  # a watershed, or flooded from outside
    source = np.where(area & ~lost, 0, 255).astype(np.uint8)
    if lost.any() and not source.all():
        labels = cv2.distanceTransformWithLabels(source, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)[1]
        of_label = np.zeros(int(labels.max()) + 1, np.int32)
        of_label[labels[source == 0]] = flooded[source == 0]
        flooded = np.where(lost, of_label[labels], flooded)
    return np.where(area, flooded - OUTSIDE, 0).astype(np.int32)
