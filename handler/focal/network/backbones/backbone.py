"""What a backbone is: a classifier's network, labels, transform, features and weights' source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import torch

from ..labels import imagenet_labels
from ..network import Network
from ..weights_file import WeightsFile

StateDict = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Backbone:
    """A pre-trained ImageNet classifier, declared.

    build: the untrained network, (n, 3, h, w) normalised -> (n, 1000) logits for any h, w >= 64.
    adapt: the published state dict -> the network's own.
    resize_px, crop_px, resampling: the evaluation transform: shorter side to resize_px, then the centre crop.
    mean, std: of the RGB values scaled to 0..1, per channel.
    features: names of three layers, fine to coarse, whose outputs describe a place of the picture.
    feature_exponent: their values' magnitudes are raised to it. Below 1, a few huge ones do not decide every distance.
    """

    name: str
    title: str
    weights: WeightsFile
    build: Callable[[], Network]
    adapt: Callable[[StateDict], StateDict]
    resize_px: int
    crop_px: int
    resampling: Literal["bilinear", "bicubic"]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    features: tuple[str, str, str]
    feature_exponent: float = 1.0

    @property
    def transform(self) -> tuple[int, int, Literal["bilinear", "bicubic"]]:
        """resize_px, crop_px and resampling, as photo.views.class_view takes them."""
        return self.resize_px, self.crop_px, self.resampling

    @property
    def labels(self) -> tuple[str, ...]:
        """The class names, by class index."""
        return imagenet_labels()
