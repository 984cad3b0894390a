"""People whom no network for people has looked at, told by what they wear.

Most portraits are cut off by the bottom of the picture, so that a suit or a dark jacket is a long stretch of border,
and is taken for background. Where the classifier names what people wear, the middle of the bottom is somebody. And
where it ends in a mean over places and one product, it names what is worn at each place by itself: the saliency marks
a head before all, these places the shirt below it.
"""

from __future__ import annotations

import numpy as np

from ..arrays import Bools, Floats
from ..network.labels import imagenet_labels
from ..network.people.presence import LEAST_WORN, WORN, worn_probability
from ..network.saliency import Features
from .parts import widened

# Standard deviation of the Gaussian along the bottom, of the picture's width: .18 to .4 are alike.
BOTTOM_FRAC = 0.25
# How likely somebody's head is above what is worn, of how likely that is: .3 to .7 are alike, at none faces are lost.
HEAD_ABOVE = 0.5
# Of somebody's height: from the top on, what holds the head.
HEAD_FRAC = 0.4


def clothed_border(logits: Floats, size: tuple[int, int]) -> Floats | None:
    """How likely the border of a grid (h, w) is somebody, by clothes alone: the middle of the bottom is.

    logits: float32 (1000,), of ImageNet's classes, of a view of the whole photo.
    Returns float32 (h, w), 0..1; None if nothing that is worn is seen, or the classes are others.
    """
    labels = imagenet_labels()
    if len(logits) != len(labels):
        return None
    odds = np.exp(logits - logits.max())
    if worn_probability(labels, odds / odds.sum()) < LEAST_WORN:
        return None
    x = (np.arange(size[1], dtype=np.float32) + np.float32(0.5)) / size[1] - np.float32(0.5)
    body = np.zeros(size, np.float32)
    body[-1] = np.exp(-(x**2) / np.float32(2 * BOTTOM_FRAC**2))
    return body


def worn_places(features: Features) -> Floats | None:
    """How likely each place of the network's last layer shows something that is worn.

    features: of a view of the whole photo, with ImageNet's classes. Returns float32 (h', w'), 0..1; None if the network
    cannot tell by places.
    """
    if features.place_logits is None:
        return None
    logits = features.place_logits()
    odds = np.exp(logits - logits.max(0))
    worn = [n for n, label in enumerate(imagenet_labels()) if label in WORN]
    return np.asarray(odds[worn].sum(0) / odds.sum(0), np.float32)


def wearers(worn: Floats) -> Floats:
    """Where those are who wear it, by `worn_places`: there, and a place above, where a head is.

    Returns float32, 0..1, of its shape.
    """
    heads = np.float32(HEAD_ABOVE) * np.vstack([worn[1:], np.zeros_like(worn[:1])])
    return np.asarray(np.maximum(worn, heads), np.float32)


def with_edge_of_head(area: Bools) -> Bools:
    """Somebody's area with a pixel more around its upper part.

    Dark hair and a cheek in the shade are what a mask loses first to a dark background, and much of a face with them.
    area: bool (h, w).   Returns bool (h, w).
    """
    rows = np.flatnonzero(area.any(1))
    if not rows.size:
        return area
    end = rows[0] + int(HEAD_FRAC * (rows[-1] - rows[0]))
    wider = widened(area[: end + 1], 1)[:end]
    return np.vstack([wider, area[end:]])
