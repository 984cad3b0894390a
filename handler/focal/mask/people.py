"""The area of people: what the networks for people, the saliency and the faces say of each place, added up as odds.

The person network's map is by far the surest witness, but it sees 256 pixels: here and there it loses a shoe or keeps
what lies beside an arm. The saliency knows another part of the truth. Their log-odds are added, as of independent
witnesses; but what saliency and heads add counts only as far as a place has the people's colours, or is the crown of a
head that the map half sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import cv2
import numpy as np

from ..arrays import Bools, Floats
from ..network.people.people import People
from .faces import Head, head_map, head_of, subjects, together, torso_map
from .guided_filter import GuidedFilter
from .limbs import SMALLEST_PART, at_most_likely
from .outline import without_holes
from .own_colours import OWN, ColourBins, nearby_own_colours, own_colours
from .parts import drop_light_parts, parts_near, widened

# A place is in doubt at worst one to a hundred: the map's own 0 and 1 are not to outvote everything.
LEAST_LIKELY = 0.01
# Log-odds that the saliency's score adds at most, and how sharply they turn at its threshold. Half and double differ
# little.
SALIENCY_ODDS, SALIENCY_STEEPNESS = 1.0, 4.0
# Log-odds in the middle of a head: the network doubts bright hair before a bright wall, the detector does not.
HEAD_ODDS = 1.5
# How far the map is believed depends on what it says of the faces: below this, it has not seen the people it should.
FACE_SEEN = 0.5
# From which likelihood on the crown of a head is believed whatever its colours: .3 to .6 are alike.
HALF_SEEN = 0.5
# How surely a person is where map, head or torso say so, for the seed: never quite, so that the saliency has its say.
BODY = 0.9
TORSO = 0.7
# What is more likely has the people's colours, and what is as unlikely those of the rest.
SURE = 0.9
# How far from the rest a shoe may lie, beyond trousers lost in the dark, in pixels of 224: about a node of the graph.
# 5 to 10 are alike.
NEAR_PX = 7
# A place that the network finds less likely is nobody's: .001 to .3 are alike.
NOBODY = 0.01


def body_likelihood(people: People, size: tuple[int, int], aspect: float) -> Floats:
    """How likely each place of a grid (h, w) belongs to somebody, by map, head or torso.   float32, 0..1

    aspect: width by height of the photo.
    """
    faces = subjects(people.faces, aspect)
    unlikely = 1 - on_grid(people.person, size)
    unlikely *= (1 - head_map(faces, size, aspect)) * (1 - TORSO * torso_map(faces, size, aspect))
    return np.asarray(BODY * (1 - unlikely), np.float32)


def people_area(people: People, score: Floats, threshold: float, fine: GuidedFilter, colours: ColourBins) -> Bools:
    """Where people are, bystanders among them, with what they hold as far as it stands out.

    score: float32 (h, w), 0..1, how much each place stands out.   threshold: of it, 0..1.
    fine: the filter of the picture at this size, which brings the map to its edges.   colours: the picture's, as for
    own_colours.   Returns bool (h, w).
    """
    size, aspect = (score.shape[0], score.shape[1]), score.shape[1] / score.shape[0]
    heads = [head_of(face, size, aspect) for face in people.faces]
    everybody = together(heads, size)
    person = on_grid(people.person, size)
    # Half of each: the filter follows the photo's edges, but averages away a white shoe on white ground.
    likely = np.asarray((fine(person) + person) / 2, np.float32)
    crown = everybody.crown * np.minimum(likely / np.float32(HALF_SEEN), 1)
    own = np.maximum(colours_of_people(fine.guide, colours, person), crown)
    belief = belief_in(likely, heads, everybody)
    odds = people_odds(likely, belief, everybody.whole, score, threshold, own)
    likelihood = np.asarray(1 / (1 + np.exp(-odds)), np.float32)
    face = everybody.face > 0.5
    every = (odds > 0) | face
    area = drop_light_parts(every, likelihood) | face
    return without_holes(with_sure_parts(area, every & ~area, person, score - threshold), lambda: colours)


def with_sure_parts(area: Bools, beyond: Bools, person: Floats, standing_out: Floats) -> Bools:
    """The area of people, and each part near it of which the network is sure and that stands out: a shoe in the dark.

    By itself such a part is light, and what is light is mostly background; but here both witnesses agree.
    area: bool (h, w).   beyond: bool (h, w), the parts that it lacks.
    person: float32 (h, w), 0..1, the network's map.   standing_out: float32 (h, w), above 0 where a place stands out.
    Returns bool (h, w).
    """
    parts = parts_near(beyond, widened(area, NEAR_PX), SMALLEST_PART * area.size) if beyond.any() else ()
    sure = (one for one in parts if at_most_likely(person, one) >= SURE and standing_out[one].mean() > 0)
    return reduce(np.logical_or, sure, area)


def without_strays(mask: Floats, area: Bools, person: Floats) -> Floats:
    """A soft mask, of people or what is picked beside them, that ends a pixel beyond its area where surely nobody is.

    The filter that softens the edge knows colours alone: dark joints between steps beside dark trousers, a twig, a wire
    or the stripes of a flag stand out from a body like barbs. Hair is where the network is in doubt.
    mask: float32 (h, w), 0..1, of the area, bool (h, w).   person: float32 (h, w), 0..1, the network's map.
    Returns float32 (h, w), nowhere above the mask.
    """
    return np.where(widened(area, 1) | (person >= NOBODY), mask, 0).astype(np.float32, copy=False)


def colours_of_people(guide: Floats, colours: ColourBins, person: Floats) -> Floats:
    """How far each place has the colours of the people, both of all the photo and of what is near; from OWN on, wholly.

    A window above a head, leaves beside a cheek: what only lies where a head would, or stands out, has the colours of
    the background.
    guide: float32 (h, w, 3), 0..1, the photo.   colours: its colours, as for own_colours.
    person: float32 (h, w), 0..1, the network's map.
    Returns float32 (h, w), 0..1; 1 everywhere if no place is surely somebody's, or none surely nobody's.
    """
    somebody, nobody = person > SURE, person < 1 - SURE
    if not somebody.any() or not nobody.any():
        return np.ones_like(person)
    own = np.minimum(own_colours(colours, somebody, nobody), nearby_own_colours(guide, somebody, nobody))
    return np.minimum(own / np.float32(OWN), 1)


def belief_in(person: Floats, heads: Sequence[Head], everybody: Head) -> Floats:
    """How far the network's map is believed, by what it says of faces: as of all together, within a head as of its own.

    person: float32 (h, w), 0..1, the map.   everybody: the heads together.   Returns float32 (h, w), 0..1; 1 where no
    face is known.
    """

    def seen(face: Floats) -> float:
        within = face > 0.5
        return min(1.0, float(person[within].mean()) / FACE_SEEN) if within.any() else 1.0

    of_all = seen(everybody.face)
    belief = np.full_like(person, of_all)
    for head in heads:
        own = seen(head.face)
        if own < of_all:
            belief = np.minimum(belief, 1 - np.float32(1 - own) * head.whole)
    return belief


def people_odds(
    person: Floats, belief: Floats, head: Floats, score: Floats, threshold: float, colours: Floats
) -> Floats:
    """The log-odds that each place belongs to somebody.

    person: the network's map.   belief: how far it is believed.   head: how much a place lies within a head.
    score: how much it stands out.   colours: how far it has the people's, all float32 (h, w), 0..1.
    threshold: of the score.   Returns float32 (h, w).
    """
    likely = np.clip(person, LEAST_LIKELY, 1 - LEAST_LIKELY)
    salient = SALIENCY_ODDS * np.tanh(SALIENCY_STEEPNESS * (score - threshold))
    # Those whom the map has not seen have colours of their own.
    credit = 1 - belief * (1 - colours)
    odds = belief * np.log(likely / (1 - likely)) + np.minimum(salient, 0)
    return np.asarray(odds + credit * (np.maximum(salient, 0) + HEAD_ODDS * head), np.float32)


def on_grid(person: Floats, size: tuple[int, int]) -> Floats:
    """A map over the whole photo read on a grid (h, w) over it."""
    interpolation = cv2.INTER_AREA if size[0] * size[1] < person.size / 4 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(person, size[::-1], interpolation=interpolation), np.float32)
