"""From saliency, features, people and photo to the subject's soft mask; see docs/mask.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ..arrays import Bools, Floats
from ..network.people.people import Face, People
from ..network.saliency import Saliency
from ..option_values import Click
from .bystanders import person_at, without_bystanders
from .clicks import clicked_area, is_alone, sharp_where_kept
from .clothes import with_edge_of_head
from .confidence import common_confidence, mask_confidence, people_confidence
from .evidence import Evidence, gather_evidence
from .faces import faces_within
from .limbs import with_limbs
from .outline import outlined
from .own_colours import colour_bins
from .parts import core, keep_parts, without_islands
from .people import on_grid, people_area, without_strays
from .photo_graph import PhotoGraph
from .point import Point, area_at_point, piece_of_person, pixel_of
from .things_beside import things_beside
from .threshold import Cut, otsu_threshold

Confidence = Callable[[Bools], float]
# Of an area: with fewer people in it, their network says too little of how far the area is right.
PEOPLE_ALONE = 0.9
# Likelihood of what the person network sees in half of a body.
SEEN = 0.5
# Of the guide: so far from the border of people's area the colours say where they end. Deeper within they are sharp, a
# white badge before a white sky, too. With 1, background is raised; 3 and 4 find less of such spots.
EDGE_PX = 2


@dataclass(frozen=True)
class SubjectArea:
    """Where the subject is, before its edge is made soft.

    inside: bool (h, w), of the size of the graph's guide.   confidence: that it is right, 0..1.
    faces: those in it, which stay sharp as a whole whatever the edge says.
    """

    inside: Bools
    confidence: float
    faces: tuple[Face, ...] = ()


@dataclass(frozen=True)
class SubjectMask:
    """The subject's soft mask: float32 (h, w), 0..1, of the size of the graph's guide; and the area it was made of."""

    mask: Floats
    area: SubjectArea


def refined_mask(graph: PhotoGraph, saliency: Saliency, clicks: Sequence[Click] = ()) -> SubjectMask:
    """The subject's soft mask and its confidence; parameters as for `find_area`."""
    area = find_area(graph, saliency, clicks)
    mask = without_islands(np.clip(graph.fine_filter(area.inside.astype(np.float32)), 0, 1), area.inside)
    if graph.people is not None:
        mask = without_strays(mask, area.inside, on_grid(graph.people.person, area.inside.shape))
        mask = np.maximum(mask, core(area.inside, EDGE_PX))
    return SubjectMask(sharp_where_kept(clicks, mask), area)


def find_area(graph: PhotoGraph, saliency: Saliency, clicks: Sequence[Click] = ()) -> SubjectArea:
    """The subject's area and its confidence.

    graph, saliency: of the same photo. Where the graph knows of people, they are the subject.
    clicks: what is under them is the subject, instead of what stands out, or is taken away from it.
    """
    evidence = gather_evidence(graph, saliency)
    if graph.people is not None:
        return _people(graph, graph.people, evidence, clicks)
    inside = _area(graph, evidence.cut)
    by_seed, area_by_seed = evidence.cut, inside
    if evidence.overruled:
        by_seed, area_by_seed = evidence.overruled, _area(graph, evidence.overruled)
    if clicks:  # by what the seed alone says: what is inward joins two who stand side by side
        confidence, evidence = _confidence(graph, by_seed), replace(evidence, cut=by_seed)
        area_at = partial(area_at_point, area=area_by_seed, graph=graph, evidence=evidence, confidence=confidence)
        inside = clicked_area(clicks, inside, partial(area_at, is_alone=is_alone(clicks)), graph.guide)
        trust = confidence(inside)
    else:
        trust = _confidence(graph, evidence.cut, graph.worn)(inside)
        if evidence.overruled:
            trust = common_confidence(trust, _confidence(graph, by_seed, graph.worn)(area_by_seed))
    return SubjectArea(with_edge_of_head(inside) if graph.clothed else inside, trust)


def _area(graph: PhotoGraph, cut: Cut) -> Bools:
    """What a cut marks, in whole parts."""
    area = cut.score > cut.threshold
    # AlexNet, which can't say what is at its places, finds less of a subject: beside the outline is more of it.
    return outlined(area, cut.score, graph.guide) if graph.looks is None else keep_parts(area, cut.score)


def _people(graph: PhotoGraph, people: People, evidence: Evidence, clicks: Sequence[Click]) -> SubjectArea:
    """The people but for bystanders, and things that the photo is of as well; or what is at the clicks."""
    colours = colour_bins(graph.guide)
    everybody = people_area(people, evidence.cut.score, evidence.cut.threshold, graph.fine_filter, colours)
    salient = graph.score(evidence.standing_out)
    person = on_grid(people.person, everybody.shape)
    of_people: Confidence = partial(people_confidence, everybody=everybody, person=person)
    of_things = _confidence(graph, evidence.cut)
    of_halves = None if people.halves is None else on_grid(people.halves, everybody.shape) > SEEN
    standing_out = otsu_threshold(salient)
    everybody = with_limbs(everybody, salient > standing_out, person, graph.guide, colours, of_halves)

    def thing_at(point: Point) -> Bools:
        place = pixel_of(point, everybody.shape)
        if everybody[place]:
            person_there = person_at(place, everybody, people.faces, graph.guide)
            return piece_of_person(point, person_there, salient, graph.guide)
        return area_at_point(point, everybody, graph, evidence, of_things, is_alone=is_alone(clicks))

    inside = without_bystanders(everybody, people.faces, graph.guide, graph.focus)
    if people.beside_things:
        inside = inside | things_beside(everybody, salient, standing_out)
    inside = clicked_area(clicks, inside, thing_at, graph.guide)
    confidence = of_people if (inside & everybody).sum() >= PEOPLE_ALONE * inside.sum() else of_things
    return SubjectArea(inside, confidence(inside), faces_within(inside, people.faces))


def _confidence(graph: PhotoGraph, cut: Cut, worn: Floats | None = None) -> Confidence:
    """The confidence of any area of this cut.   worn: what is asked of it, as for mask_confidence."""
    return partial(mask_confidence, quality=cut.quality, diffuse=graph.diffuse, grid=graph.size, worn=worn)
