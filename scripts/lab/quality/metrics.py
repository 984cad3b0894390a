"""Measures of a mask's quality, as used in salient object detection.

All take a mask, float (H, W), 0..1, and a reference of the same size: soft, float (H, W), 0..1, for the mean absolute
error, and bool (H, W) elsewhere. All but the mean absolute error are 1 at best.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.floating[Any]]
Reference = npt.NDArray[np.bool_]

F_BETA2 = 0.3
# Boundaries within this distance agree, as a share of the longer side.
BOUNDARY_TOLERANCE_FRAC = 0.01
TINY = 1e-12


def measures(mask: Mask, soft_reference: Mask) -> dict[str, float]:
    """All the measures of one mask by their names."""
    reference = soft_reference > 0.5
    binary: dict[str, Callable[[Mask, Reference], float]] = {
        "iou": iou,
        "recall": recall,
        "max_f": max_f,
        "weighted_f": weighted_f,
        "s_measure": s_measure,
        "boundary_f": boundary_f,
    }
    mae = {"mae": mean_absolute_error(mask, soft_reference)}
    return {name: measure(mask, reference) for name, measure in binary.items()} | mae


def iou(mask: Mask, reference: Reference) -> float:
    """Intersection over union at 0.5; 1 if both are empty."""
    inside = mask > 0.5
    union = np.count_nonzero(inside | reference)
    return np.count_nonzero(inside & reference) / union if union else 1.0


def recall(mask: Mask, reference: Reference) -> float:
    """The share of the subject that is kept at 0.5; 1 if there is none."""
    subject = np.count_nonzero(reference)
    return np.count_nonzero((mask > 0.5) & reference) / subject if subject else 1.0


def mean_absolute_error(mask: Mask, soft_reference: Mask) -> float:
    """The mean of |mask - reference|; 0 at best."""
    return float(np.abs(mask - soft_reference).mean())


def max_f(mask: Mask, reference: Reference) -> float:
    """The best F-measure over 256 thresholds, β² = 0.3 (Achanta et al., CVPR 2009)."""
    levels = (mask * 255).astype(np.uint8)
    true = np.bincount(levels[reference], minlength=256)[::-1].cumsum()
    positive = np.bincount(levels.ravel(), minlength=256)[::-1].cumsum()
    score = (1 + F_BETA2) * true / (F_BETA2 * np.count_nonzero(reference) + positive + TINY)
    return float(score.max())


def weighted_f(mask: Mask, reference: Reference) -> float:
    """The weighted F-measure (Margolin et al., CVPR 2014): errors far outside weigh more, isolated ones inside less."""
    if not reference.any():
        return float(not (mask > 0).any())
    error = np.abs(mask - reference)
    distance_px, nearest = cv2.distanceTransformWithLabels(
        (~reference).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    error_at = np.zeros(nearest.max() + 1)
    error_at[nearest[reference]] = error[reference]
    smooth = cv2.GaussianBlur(error_at[nearest], (7, 7), 5, borderType=cv2.BORDER_CONSTANT)
    weighted = np.where(reference, np.minimum(error, smooth), error * (2 - 0.5 ** (distance_px / 5)))
    true = np.count_nonzero(reference) - weighted[reference].sum()
    precision = true / (true + weighted[~reference].sum() + TINY)
    found = 1 - weighted[reference].mean()
    return float(2 * found * precision / (found + precision + TINY))


def s_measure(mask: Mask, reference: Reference) -> float:
    """The structure measure (Fan et al., ICCV 2017): the mean of an object and a region score."""
    share = reference.mean()
    if share in (0, 1):
        return float(mask.mean() if share else 1 - mask.mean())
    objects = share * _object(mask[reference]) + (1 - share) * _object(1 - mask[~reference])
    return max(0.0, float((objects + _regions(mask, reference)) / 2))


def boundary_f(mask: Mask, reference: Reference) -> float:
    """F-measure of the boundaries at 0.5, agreeing within 1 % of the longer side (as Perazzi et al., CVPR 2016)."""
    ours, theirs = _boundary(mask > 0.5), _boundary(reference)
    if not ours.any() or not theirs.any():
        return float(ours.any() == theirs.any())
    tolerance_px = BOUNDARY_TOLERANCE_FRAC * max(mask.shape)
    precision = np.mean(_distance_px(theirs)[ours] <= tolerance_px)
    found = np.mean(_distance_px(ours)[theirs] <= tolerance_px)
    return float(2 * precision * found / (precision + found + TINY))


def _distance_px(area: Reference) -> Mask:
    """The distance from each pixel to the nearest one of an area."""
    return np.asarray(cv2.distanceTransform((~area).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE))


def _object(values: Mask) -> float:
    mean = values.mean()
    spread = values.std(ddof=1) if values.size > 1 else 0.0
    return float(2 * mean / (mean**2 + 1 + spread + TINY))


def _regions(mask: Mask, reference: Reference) -> float:
    """Structural similarity in the four quarters around the reference's centre, weighted by their areas."""
    rows, columns = np.nonzero(reference)
    y, x = int(np.round(rows.mean())) + 1, int(np.round(columns.mean())) + 1
    quarters = [(r, c) for r in (slice(None, y), slice(y, None)) for c in (slice(None, x), slice(x, None))]
    return sum(
        _similarity(mask[quarter], reference[quarter].astype(float)) * mask[quarter].size / mask.size
        for quarter in quarters
        if mask[quarter].size
    )


def _similarity(a: Mask, b: Mask) -> float:
    degrees = max(a.size - 1, 1)
    mean_a, mean_b = a.mean(), b.mean()
    spread = ((a - mean_a) ** 2).sum() / degrees + ((b - mean_b) ** 2).sum() / degrees
    shared = ((a - mean_a) * (b - mean_b)).sum() / degrees
    product = 4 * mean_a * mean_b * shared
    bound = (mean_a**2 + mean_b**2) * spread
    if product:
        return float(product / (bound + TINY))
    return float(bound == 0)


def _boundary(area: Reference) -> Reference:
    """The pixels of an area that touch its outside; the picture's own edge is no boundary."""
    inner = cv2.erode(area.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1)
    boundary: Reference = area & (inner == 0)
    return boundary
