"""Which class a photo shows: the backbone's evaluation transform, its forward pass, and the top classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from ..arrays import Pixels
from ..photo.views import class_view
from .model import Model


@dataclass(frozen=True)
class Classification:
    """One class of a photo: its ImageNet index, label and softmax probability (0 to 1)."""

    index: int
    label: str
    probability: float


def classify(model: Model, pixels: Pixels) -> npt.NDArray[np.float32]:
    """The class probabilities of a photo, uint8 (H, W, 3): float32 (1000,), sum 1.

    One photo a pass: in a batch, sums are rounded differently with another number of photos, and an answer must have
    the same bits whatever else is asked at the same time.
    """
    view = class_view(pixels, *model.backbone.transform)
    with torch.inference_mode():
        logits = model.network(model.normalise(view[None]))
        probabilities: npt.NDArray[np.float32] = logits.softmax(1)[0].cpu().numpy()
    return probabilities


def top_classes(model: Model, probabilities: npt.NDArray[np.float32], count: int) -> list[Classification]:
    """The `count` most probable classes of a photo's probabilities (1000,), most probable first."""
    order = np.argsort(-probabilities, kind="stable")[:count]
    return [classification(model, probabilities, int(index)) for index in order]


def classification(model: Model, probabilities: npt.NDArray[np.float32], index: int) -> Classification:
    """One class of a photo's probabilities (1000,)."""
    return Classification(index, model.backbone.labels[index], float(probabilities[index]))
