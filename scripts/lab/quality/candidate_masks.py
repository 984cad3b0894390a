"""The masks that an evaluation compares: Focal's two, what needs less, and Focal's with a click."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from focal.classic import classic_mask, classic_view
from focal.mask.matte import full_size_alpha
from focal.mask.point import Point
from focal.mask.refined import SubjectMask, refined_mask
from focal.network.model import Model
from focal.network.saliency import Saliency, grey_saliency, guided_saliency, whole_view

Mask = npt.NDArray[np.floating[Any]]
Pixels = npt.NDArray[np.uint8]

# Simonyan et al. 2014, section 3.2: models of subject and background from the most and the least salient pixels.
GRAPHCUT_SUBJECT_QUANTILE, GRAPHCUT_BACKGROUND_QUANTILE = 0.95, 0.30
GRAPHCUT_ROUNDS = 5


def candidate_masks(model: Model, pixels: Pixels, class_index: int) -> tuple[dict[str, Mask], float]:
    """Masks of a photo, uint8 (H, W, 3), by name: each float (H, W), 0..1; and the refined one's confidence."""
    view, small_view = whole_view(pixels), classic_view(pixels)
    saliency = guided_saliency(model.for_masks, view, [class_index])[0]
    classic = guided_saliency(model, small_view, [class_index])[0]
    height, width = pixels.shape[:2]
    grey = cv2.resize(grey_saliency(classic.gradient), (width, height), interpolation=cv2.INTER_LINEAR)
    refined = refined_mask(pixels, saliency)
    masks = {
        "refined": _full_size(pixels, refined),
        "classic": classic_mask(grey.astype(np.uint8)) / 255,
        "graphcut": graph_cut(pixels, view, saliency),
        "centre": centre_prior(height, width),
    }
    return masks, refined.confidence


def pointed_masks(
    model: Model, pixels: Pixels, class_index: int, points: Sequence[Point]
) -> Iterator[tuple[dict[str, Mask], float]]:
    """For each of the points, the refined mask without it and with it; and the confidence of the latter."""
    saliency = guided_saliency(model.for_masks, whole_view(pixels), [class_index])[0]
    refined = _full_size(pixels, refined_mask(pixels, saliency))
    for point in points:
        pointed = refined_mask(pixels, saliency, point)
        yield {"refined": refined, "point": _full_size(pixels, pointed)}, pointed.confidence


def _full_size(pixels: Pixels, found: SubjectMask) -> Mask:
    return full_size_alpha(pixels, found.mask, found.fine) / 255


def centre_prior(height: int, width: int) -> Mask:
    """An ellipse in the middle, with half the photo's height and width: what to guess without looking."""
    y, x = np.mgrid[:height, :width]
    return np.asarray(((4 * y + 2) / height - 2) ** 2 + ((4 * x + 2) / width - 2) ** 2 <= 1, np.float32)


def graph_cut(pixels: Pixels, view: Pixels, saliency: Saliency) -> Mask:
    """Simonyan's segmentation: colour models from the saliency, then GrabCut, on the network's view of the photo."""
    strength = np.abs(saliency.gradient).max(0)
    labels = np.full(strength.shape, cv2.GC_PR_BGD, np.uint8)
    labels[strength >= np.quantile(strength, GRAPHCUT_SUBJECT_QUANTILE)] = cv2.GC_FGD
    labels[strength <= np.quantile(strength, GRAPHCUT_BACKGROUND_QUANTILE)] = cv2.GC_BGD
    cv2.setRNGSeed(0)
    no_rectangle, background, foreground = (0, 0, 0, 0), np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(view, labels, no_rectangle, background, foreground, GRAPHCUT_ROUNDS, cv2.GC_INIT_WITH_MASK)
    subject = (labels % 2).astype(np.float32)  # GC_FGD and GC_PR_FGD are odd
    return np.asarray(cv2.resize(subject, pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR))
