"""What stays beside people: a dog, a car, the cup before a poster with somebody on it.

People are what a photo is of, and what else stands out beside them is background. But where the classifier sees hardly
anything that people wear, it sees something else before all. Then what stands out beside the people is no background:
the photo is of that as well, or of that alone, as where the people are on a poster, which nothing tells from somebody.
"""

from __future__ import annotations

import numpy as np

from ..arrays import Bools, Floats
from .parts import keep_parts, parts_of, sizes_of, widened

# Of the people's area: what is smaller beside them, or belongs to their background. .1 to .4 are alike.
LEAST_PART = 0.2
# Nearer to the people it is their own soft edge.
EDGE_PX = 2


def things_beside(people: Bools, score: Floats, threshold: float) -> Bools:
    """What stands out beside people, in whole parts.

    people: bool (h, w).   score: float32 (h, w), 0..1, how much each place stands out, whoever is there.
    threshold: of it, 0..1.   Returns bool (h, w), with what joins it to the people.
    """
    standing_out = keep_parts(score > threshold, score)
    beyond = standing_out & ~widened(people, EDGE_PX)
    part = parts_of(beyond)
    large = beyond & (sizes_of(part) >= LEAST_PART * np.count_nonzero(people))[part]
    return np.asarray(widened(large, EDGE_PX) & standing_out, bool)
