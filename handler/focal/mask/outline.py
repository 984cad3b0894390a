"""Where an area ends, by the colours on either side of its outline, and which of its holes are open.

A score of nodes tells what stands out, but not where it ends: a node is some seven pixels wide at 224, and half of one
is a guess. So close to the outline the colours nearby decide, as in Bai et al., "Video SnapCut" (SIGGRAPH 2009), and in
holes those of all the photo.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ..arrays import Bools, Floats
from .own_colours import OWN, ColourBins, colour_bins, nearby_own_colours, own_colours
from .parts import SMALL_HOLE, drop_light_parts, fill_holes, holes_of, widened, window

# About half of a node, in pixels of 224: 3 and 4 are alike.
GUESSED_PX = 3
# Of the colours' likelihood: less is not the area's, and as little of the rest's is. .05 to .2 are alike.
CERTAIN = 0.1
# A hole of less than this share of the picture is filled, whatever it shows.
TINY_HOLE = 0.001


def outlined(area: Bools, score: Floats, guide: Floats) -> Bools:
    """What stands out, in whole parts that end where the colours nearby change, as far as these tell.

    area: bool (h, w), what was cut from the score, float32 (h, w), 0..1.   guide: float32 (h, w, 3), 0..1, the photo at
    this size.   Returns bool (h, w).
    """
    area = without_holes(drop_light_parts(area, score), lambda: colour_bins(guide))
    inside, near = cv2.erode(area.astype(np.uint8), window(GUESSED_PX)) > 0, widened(area, GUESSED_PX)
    if not inside.any() or near.all():
        return area
    own = nearby_own_colours(guide, inside, ~near)
    area = inside | (area & (own >= CERTAIN)) | (near & (own > 1 - CERTAIN))
    return fill_holes(drop_light_parts(area, score), TINY_HOLE)


def without_holes(area: Bools, colours: Callable[[], ColourBins]) -> Bools:
    """An area, its holes filled if they are tiny, or have its own colours or ones seen nowhere else.

    Such is a pattern or a bag. What has the colours of the background is a gap: between an arm and its body, two
    people, or the rods of a lamp. A network of few pixels half believes in both.
    area: bool (h, w).   colours: gives those of the photo at this size, as for own_colours; often they are not asked.
    Returns bool (h, w).
    """
    holes = holes_of(area)
    tiny, small = (holes.size < share * area.size for share in (TINY_HOLE, SMALL_HOLE))
    area = holes.filled(tiny)
    if (tiny == small).all():
        return area
    own = holes.mean(own_colours(colours(), area, ~holes.filled(small))) >= OWN
    return holes.filled(tiny | (small & own))
