"""The masks that an evaluation compares: Focal's two, two simpler ones, and Focal's with a click."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
from focal.arrays import Pixels
from focal.inspection import inspect
from focal.mask.point import Point
from focal.network.model import Model
from focal.network.saliency import Saliency
from focal.options import Options
from focal.photo.photo import Photo
from focal.photo.views import whole_view
from focal.pipeline import develop

from .metrics import Mask

# Simonyan et al. 2014, section 3.2: models of subject and background from the most and the least salient pixels.
GRAPHCUT_SUBJECT_QUANTILE, GRAPHCUT_BACKGROUND_QUANTILE = 0.95, 0.30
GRAPHCUT_ROUNDS = 5


def candidate_masks(model: Model, pixels: Pixels, options: Options) -> tuple[dict[str, Mask], float | None]:
    """Masks of a photo, uint8 (H, W, 3), by name: each float (H, W), 0..1; and the refined one's confidence."""
    photo = Photo(pixels, None, "PNG")
    refined = develop(photo, options, model, wants_saliency=False)
    classic = develop(photo, replace(options, mask="classic"), model, wants_saliency=False)
    saliency = inspect(photo, options, model, wants_saliency=True).saliency
    masks = {
        "refined": refined.subject.alpha / 255,
        "classic": classic.subject.alpha / 255,
        "graphcut": graph_cut(pixels, whole_view(pixels), saliency),
        "centre": centre_prior(*pixels.shape[:2]),
    }
    return masks, refined.subject.confidence


def pointed_masks(
    model: Model, pixels: Pixels, options: Options, points: Sequence[Point]
) -> Iterator[tuple[dict[str, Mask], float | None]]:
    """For each point, the refined mask without it and with it, and the confidence in the latter."""
    photo = Photo(pixels, None, "PNG")
    refined = develop(photo, options, model, wants_saliency=False).subject.alpha / 255
    for point in points:
        pointed = develop(photo, replace(options, point=point), model, wants_saliency=False).subject
        yield {"refined": refined, "point": pointed.alpha / 255}, pointed.confidence


def centre_prior(height: int, width: int) -> Mask:
    """An ellipse in the centre, half as high and wide as the photo: a guess without the photo."""
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
