"""A closer look at a face that is not certain: what is one stays one, and most of what only looks like one does not.

Where somebody stands before a large animal, the classifier sees the animal and nothing of what is worn, so that nothing
confirms a face. But a face is seen as surely from close as from far, and a ball, a car or a beast's head is not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...arrays import Pixels
from .people import Face

# How much is looked at around a face on each side, in sides of its box, and how sure it must be each time: at .65 the
# first animal counts, and from .75 on many people do not.
SURROUNDINGS = (1.0, 1.5, 2.5)
LEAST_SCORE = 0.7
# Of the photo's longer side: with a smaller face, somebody is far away, and the subject may be near, like a boat.
LEAST_SIDE = 0.05


def is_seen_closer(find: Callable[[Pixels, tuple[int, int]], tuple[Face, ...]], face: Face, pixels: Pixels) -> bool:
    """Whether a face that is not too small is seen from close, with less and with more around it.

    find: the faces in a view of a photo of a height and width, the most certain first.   face: in the whole photo.
    pixels: uint8 (H, W, 3), the photo or a large copy of it.
    """
    size = np.array(pixels.shape[1::-1])
    low, high = np.reshape(face.box, (2, 2)) * size
    middle, side = (low + high) / 2, (high - low).max()
    if side < LEAST_SIDE * size.max():
        return False
    for around in SURROUNDINGS:
        reach = (0.5 + around) * side
        (left, top), (right, bottom) = (np.clip(middle + sign * reach, 0, size).astype(int) for sign in (-1, 1))
        part = np.ascontiguousarray(pixels[top:bottom, left:right])
        if not part.size or not any(seen.score >= LEAST_SCORE for seen in find(part, part.shape[:2])):
            return False
    return True
