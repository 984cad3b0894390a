"""What belongs to people although their network hardly sees it: a leg in the colour of the ground, a racket, hair.

Such a part stands out by saliency, or the network sees it in half of a body looked at by itself; it lies at the people,
is a little likely to the network in the whole photo, and ends where the photo has an edge, as people do. Background
that leaks into the saliency, or that the network takes for a leg among nothing but legs, ends nowhere in particular, or
has the colours of the rest of the background.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np

from ..arrays import Bools, Floats
from .own_colours import OWN, ColourBins, own_colours
from .parts import parts_near, widened, window

# The network's likelihood that the most likely tenth of a part reaches: .2 and .3 are alike.
HINT, MOST_LIKELY_PERCENTILE = 0.25, 90
# How strong the photo's edges are where a part ends, of how strong they are around the people: .4 to .8 are alike. Of a
# part of half of a body: .9 to 1.2 are alike, at less the ground under the feet comes with them.
EDGE, EDGE_OF_HALF = 0.6, 1.0
# Of the people's area: a larger part is something else. Of the picture's: a smaller one is noise.
LARGEST_PART, SMALLEST_PART = 0.15, 0.0015
# How far from the people a part may lie: half a node of the graph.
NEAR_PX = 3


def with_limbs(
    area: Bools,
    standing_out: Bools,
    person: Floats,
    guide: Floats,
    colours: ColourBins,
    of_halves: Bools | None = None,
) -> Bools:
    """The area of people, and what belongs to them of what stands out around it or is seen in halves of a body.

    area, standing_out, of_halves: bool (h, w).   person: float32 (h, w), 0..1, the network's map of the whole photo.
    guide: float32 (h, w, 3), 0..1, the photo at this size.   colours: its colours, as for own_colours.
    Returns bool (h, w).
    """
    edges = cache(lambda: edge_strength(guide))  # at most once, and often not at all
    if of_halves is None:
        return np.asarray(area | _limbs(area, standing_out, person, edges, EDGE, colours), bool)
    # What stands out and is seen in half of a body has two witnesses, and needs no hint of the third.
    hinted = np.where(of_halves, 1, person).astype(np.float32)
    result = area | _limbs(area, standing_out, hinted, edges, EDGE, colours)
    return np.asarray(result | _limbs(result, of_halves, person, edges, EDGE_OF_HALF, colours), bool)


def _limbs(
    area: Bools,
    candidates: Bools,
    person: Floats,
    edges: Callable[[], Floats],
    least_edge: float,
    colours: ColourBins,
) -> Bools:
    """What of the candidates belongs to the people, outside their area; bool (h, w).

    edges: gives the photo's, as edge_strength.   least_edge: as EDGE.
    """
    beyond = cv2.morphologyEx((candidates & ~area).astype(np.uint8), cv2.MORPH_OPEN, window(1)) > 0
    near, result = widened(area, NEAR_PX), np.zeros_like(area)
    for one in parts_near(beyond, near, SMALLEST_PART * area.size, LARGEST_PART * np.count_nonzero(area)):
        end = widened(one, 1) & ~one & ~near
        if not (end.any() and at_most_likely(person, one) >= HINT):
            continue
        around = widened(area, 1) & widened(~area, 1)
        ends = edges()[end].mean() >= least_edge * edges()[around].mean()
        if ends and own_colours(colours, area, ~area & ~one)[one].mean() >= OWN:
            result |= one
    return result


def at_most_likely(person: Floats, part: Bools) -> float:
    """The network's likelihood, 0..1, that the most likely tenth of a part reaches.   Both are (h, w)."""
    return float(np.percentile(person[part], MOST_LIKELY_PERCENTILE))


def edge_strength(guide: Floats) -> Floats:
    """The gradient of a picture's colour, float32 (h, w, 3), 0..1 -> float32 (h, w), >= 0, in units of Lab."""
    lab = cv2.GaussianBlur(cv2.cvtColor(guide, cv2.COLOR_RGB2LAB), (0, 0), 1)
    across, down = (cv2.Sobel(lab, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    lightness, a, b = cv2.split(across * across + down * down)  # numpy is faster on whole planes
    return np.asarray(np.sqrt(lightness + a + b), np.float32)
