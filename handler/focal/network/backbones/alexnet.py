"""torchvision's AlexNet (Krizhevsky 2014, "One weird trick for parallelizing convolutional neural networks")."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

from ..backbone_weights import BACKBONE_WEIGHTS
from ..layers import AveragePool, Conv, GuidedReLU, Linear, MaxPool, ReLU
from ..network import Network
from .backbone import Backbone


class AlexNet(Network):
    """torchvision's AlexNet, key for key, without its dropouts (they do nothing at inference).

    The published Focal guides the convolutional ReLUs only; captum guides the classifier's two as well. The pools give
    their outputs in the default layout: in the other one, convolutions round differently, and maxima that are nearly
    equal change places.
    """

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            Conv(3, 64, kernel_size=11, stride=4, padding=2),
            GuidedReLU(),
            MaxPool(3, stride=2),
            Conv(64, 192, kernel_size=5, padding=2),
            GuidedReLU(),
            MaxPool(3, stride=2),
            Conv(192, 384, kernel_size=3, padding=1),
            GuidedReLU(),
            Conv(384, 256, kernel_size=3, padding=1),
            GuidedReLU(),
            Conv(256, 256, kernel_size=3, padding=1),
            GuidedReLU(),
            MaxPool(3, stride=2),
        )
        self.avgpool = AveragePool(6)
        layers = {"1": Linear(256 * 6 * 6, 4096), "2": ReLU(), "4": Linear(4096, 4096), "5": ReLU()}
        self.classifier = nn.Sequential(OrderedDict(layers | {"6": Linear(4096, 1000)}))


BACKBONE = Backbone(
    name="alexnet",
    title="AlexNet, ImageNet-1k (torchvision IMAGENET1K_V1)",
    weights=BACKBONE_WEIGHTS["alexnet"],
    build=AlexNet,
    adapt=dict,
    resize_px=256,
    crop_px=224,
    resampling="bilinear",
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
    # Convolutions before their ReLU: distances between cells suffer from the zeros after it.
    features=("features.5", "features.8", "features.10"),
    # Its activations are sparse with long tails, unlike those of a network with batch norm (docs/decisions.md).
    feature_exponent=0.5,
)
