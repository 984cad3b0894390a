"""From saliency, features and photo to the subject's soft mask. Nothing in it is trained; see docs/mask.md."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Bools, Floats
from ..network.saliency import Saliency
from .confidence import mask_confidence
from .evidence import gather_evidence
from .parts import FRAME_FILLED_FACTOR, fills_frame, keep_parts, otsu_threshold
from .photo_graph import PhotoGraph
from .point import area_at_point, sharp_at_point

Point = tuple[float, float]


@dataclass(frozen=True)
class SubjectArea:
    """Where the subject is, before its edge is made soft.

    inside: bool (h, w), of the size of the graph's guide.   confidence: that it is right, 0..1.
    """

    inside: Bools
    confidence: float


@dataclass(frozen=True)
class SubjectMask:
    """The subject's soft mask: float32 (h, w), 0..1, of the size of the graph's guide; confidence: 0..1."""

    mask: Floats
    confidence: float


def refined_mask(graph: PhotoGraph, saliency: Saliency, point: Point | None = None) -> SubjectMask:
    """The subject's soft mask and its confidence; parameters as for `find_area`."""
    area = find_area(graph, saliency, point)
    mask = np.clip(graph.fine_filter(area.inside.astype(np.float32)), 0, 1)
    return SubjectMask(mask if point is None else sharp_at_point(point, mask), area.confidence)


def find_area(graph: PhotoGraph, saliency: Saliency, point: Point | None = None) -> SubjectArea:
    """The subject's area and its confidence.

    graph, saliency: of the same photo.
    point: (x, y), fractions of width and height, 0..1: the subject under it, instead of what stands out.
    """
    evidence = gather_evidence(graph, saliency)
    otsu = otsu_threshold(evidence.score)
    filled = fills_frame(evidence.score > otsu, evidence.background_distance)
    inside = keep_parts(evidence.score > (FRAME_FILLED_FACTOR * otsu if filled else otsu), evidence.score)

    def confidence(inside: Bools) -> float:
        return mask_confidence(inside, otsu, graph.diffuse, graph.size, fills_frame=filled)

    if point is not None:
        inside = area_at_point(point, inside, graph, evidence, confidence)
    return SubjectArea(inside, confidence(inside))
