"""Which class a photo shows: the backbone's evaluation transform, its forward pass, and the classes that count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..arrays import Floats, Pixels
from ..photo.views import class_view
from .labels import class_index
from .model import Model


@dataclass(frozen=True)
class Classification:
    """One class of a photo: its ImageNet index, label and softmax probability (0 to 1)."""

    index: int
    label: str
    probability: float


def classify(model: Model, pixels: Pixels) -> Floats:
    """The class probabilities of a photo, uint8 (H, W, 3): float32 (1000,), sum 1.

    One photo a pass: in a batch, sums are rounded differently with another number of photos, and an answer must have
    the same bits whatever else is asked at the same time.
    """
    view = class_view(pixels, *model.backbone.transform)
    with torch.inference_mode():
        logits = model.network(model.normalise(view[None]))
        probabilities: Floats = logits.softmax(1)[0].cpu().numpy()
    return probabilities


def chosen_classes(model: Model, probabilities: Floats, names: Sequence[int | str], count: int) -> list[Classification]:
    """The classes that are named, each by index or label; if none is, the `count` most probable ones, in this order.

    probabilities: float32 (1000,), of a photo. Raises InvalidOption for a class that the model does not know.
    """
    if names:
        indices = [class_index(model.backbone.labels, name) for name in names]
    else:
        indices = np.argsort(-probabilities, kind="stable")[:count].tolist()
    return [Classification(index, model.backbone.labels[index], float(probabilities[index])) for index in indices]
