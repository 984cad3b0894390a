"""From saliency, features, people and photo to the subject's soft mask; see docs/mask.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..arrays import Bools, Floats
from ..network.saliency import Saliency
from ..people.people import Face, People
from .confidence import mask_confidence, people_confidence
from .evidence import Evidence, diffuse_twice, gather_evidence
from .faces import faces_within
from .limbs import with_limbs
from .parts import keep_parts
from .people import on_grid, people_area
from .persons import person_at, without_bystanders
from .photo_graph import PhotoGraph
from .point import Point, area_at_point, pixel_of, sharp_at_point
from .threshold import otsu_threshold

Confidence = Callable[[Bools], float]


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
    """The subject's soft mask: float32 (h, w), 0..1, of the size of the graph's guide; the rest as of SubjectArea."""

    mask: Floats
    confidence: float
    faces: tuple[Face, ...] = ()


def refined_mask(graph: PhotoGraph, saliency: Saliency, point: Point | None = None) -> SubjectMask:
    """The subject's soft mask and its confidence; parameters as for `find_area`."""
    area = find_area(graph, saliency, point)
    mask = np.clip(graph.fine_filter(area.inside.astype(np.float32)), 0, 1)
    return SubjectMask(mask if point is None else sharp_at_point(point, mask), area.confidence, area.faces)


def find_area(graph: PhotoGraph, saliency: Saliency, point: Point | None = None) -> SubjectArea:
    """The subject's area and its confidence.

    graph, saliency: of the same photo. Where the graph knows of people, they are the subject.
    point: (x, y), fractions of width and height, 0..1: the subject under it, instead of what stands out.
    """
    evidence = gather_evidence(graph, saliency)
    if graph.people is not None:
        return _people(graph, graph.people, evidence, point)
    cut, confidence = evidence.cut, _confidence(graph, evidence)
    inside = keep_parts(cut.score > cut.threshold, cut.score)
    if point is not None:
        inside = area_at_point(point, inside, graph, evidence, confidence)
    return SubjectArea(inside, confidence(inside))


def _people(graph: PhotoGraph, people: People, evidence: Evidence, point: Point | None) -> SubjectArea:
    """The people but for bystanders, or the one at the point, or what grows from a point beside all of them."""
    everybody = people_area(people, evidence.cut.score, evidence.cut.threshold, graph.fine_filter)
    salient = graph.score(diffuse_twice(evidence.salient, graph.diffuse))
    person = on_grid(people.person, everybody.shape)
    confidence: Confidence = partial(people_confidence, everybody=everybody, person=person)
    everybody = with_limbs(everybody, salient > otsu_threshold(salient), person, graph.guide)
    if point is None:
        inside = without_bystanders(everybody, people.faces, graph.guide, graph.focus)
    elif everybody[pixel_of(point, everybody.shape)]:
        inside = person_at(pixel_of(point, everybody.shape), everybody, people.faces, graph.guide)
    else:
        confidence = _confidence(graph, evidence)
        inside = area_at_point(point, everybody, graph, evidence, confidence)
    return SubjectArea(inside, confidence(inside), faces_within(inside, people.faces))


def _confidence(graph: PhotoGraph, evidence: Evidence) -> Confidence:
    """The confidence of any area of this photo."""
    return partial(mask_confidence, quality=evidence.cut.quality, diffuse=graph.diffuse, grid=graph.size)
