"""From saliency, features and photo to the subject's soft mask. Nothing in it is trained; see docs/mask.md."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..network.saliency import Saliency
from .confidence import mask_confidence
from .evidence import EPS, WORKING_SIDE_PX, Pixels, gather_evidence
from .graph import Floats
from .guided_filter import GuidedFilter
from .parts import FRAME_FILLED_FACTOR, Bools, fills_frame, keep_parts, otsu_threshold
from .point import area_at_point, sharp_at_point

FINE_RADIUS_PX = WORKING_SIDE_PX // 56


@dataclass(frozen=True)
class SubjectMask:
    """Where the subject is, and how far to trust that.

    mask: float32 (h, w), 0..1, longer side WORKING_SIDE_PX, the aspect of the photo.   confidence: 0..1.
    fine: the filter that made its edge soft, with the photo at that size as its guide.
    """

    mask: Floats
    fine: GuidedFilter
    confidence: float


def refined_mask(pixels: Pixels, saliency: Saliency, point: tuple[float, float] | None = None) -> SubjectMask:
    """The subject's soft mask and its confidence.

    pixels: uint8 (H, W, 3), RGB.   saliency: of a view over the whole of the same picture.
    point: (x, y), fractions of width and height, 0..1: the subject under it, instead of what stands out.
    """
    evidence = gather_evidence(pixels, saliency)
    otsu = otsu_threshold(evidence.score)
    filled = fills_frame(evidence.score > otsu, evidence.unlike)
    area = keep_parts(evidence.score > (FRAME_FILLED_FACTOR * otsu if filled else otsu), evidence.score)

    def confidence(area: Bools) -> float:
        return mask_confidence(area, otsu, evidence.diffuse, evidence.seed.shape, fills_frame=filled)

    if point is not None:
        area = area_at_point(point, area, evidence, confidence)
    fine = GuidedFilter(evidence.guide, FINE_RADIUS_PX, EPS)
    mask = np.clip(fine(area.astype(np.float32)), 0, 1)
    if point is not None:
        mask = sharp_at_point(point, mask)
    return SubjectMask(mask, fine, confidence(area))
