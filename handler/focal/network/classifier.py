"""Which class a photo shows: the backbone's evaluation transform, its forward pass, and the top classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from ..errors import InvalidOption
from .backbones import Backbone
from .model import Model

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Classification:
    """One class of a photo: its ImageNet index, label and softmax probability (0 to 1)."""

    index: int
    label: str
    probability: float


def class_view(pixels: Pixels, backbone: Backbone) -> Pixels:
    """The backbone's evaluation transform, uint8 (H, W, 3) -> (crop, crop, 3).

    The shorter side is resized to resize_px, antialiased, and the centre is cropped, with torchvision's roundings.
    """
    height, width = pixels.shape[:2]
    shorter = min(height, width)
    size = [int(backbone.resize_px * side / shorter) for side in (width, height)]
    left, top = (round((side - backbone.crop_px) / 2) for side in size)
    # torch's 8-bit kernel is the one torchvision uses on tensors: within 1/255 of Pillow's, at a tenth of its time.
    resized = F.interpolate(
        torch.from_numpy(pixels).permute(2, 0, 1)[None], size=size[::-1], mode=backbone.resampling, antialias=True
    )[0].permute(1, 2, 0)
    return resized[top : top + backbone.crop_px, left : left + backbone.crop_px].numpy()


def classify(model: Model, pixels: Pixels) -> npt.NDArray[np.float32]:
    """The class probabilities of a photo, uint8 (H, W, 3): float32 (1000,), sum 1.

    One photo a pass: the sums of a common one end in other bits with another number of photos, and an answer must be
    the same whoever asks at the same time.
    """
    with torch.inference_mode():
        logits = model.network(model.normalise(class_view(pixels, model.backbone)[None]))
        probabilities: npt.NDArray[np.float32] = logits.softmax(1)[0].cpu().numpy()
    return probabilities


def top_classes(model: Model, probabilities: npt.NDArray[np.float32], count: int) -> list[Classification]:
    """The `count` most probable classes of a photo's probabilities (1000,), most probable first."""
    order = np.argsort(-probabilities, kind="stable")[:count]
    return [classification(model, probabilities, int(index)) for index in order]


def classification(model: Model, probabilities: npt.NDArray[np.float32], index: int) -> Classification:
    """One class of a photo's probabilities (1000,)."""
    return Classification(index, model.backbone.labels[index], float(probabilities[index]))


def class_index(labels: tuple[str, ...], target: int | str) -> int:
    """The index of a class given by index or by label, in any case. Raises InvalidOption if there is no such class."""
    if isinstance(target, int):
        if 0 <= target < len(labels):
            return target
    elif target.casefold() in (known := [label.casefold() for label in labels]):
        return known.index(target.casefold())
    raise InvalidOption(f"Option target must be an ImageNet class index from 0 to {len(labels) - 1} or a class label.")
