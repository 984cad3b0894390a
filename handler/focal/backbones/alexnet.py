"""AlexNet as torchvision trains it (Krizhevsky 2014, "One weird trick for parallelizing convolutional networks")."""

from __future__ import annotations

import torch
from torch import nn

from .backbone import Backbone, WeightsFile


class AlexNet(nn.Module):
    """torchvision's AlexNet, key for key, without its dropouts (they do nothing at inference)."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=11, stride=4, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(64, 192, kernel_size=5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(192, 384, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(384, 256, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, 256, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2),
        )
        self.avgpool = nn.AdaptiveAvgPool2d((6, 6))
        self.classifier = nn.Sequential(
            nn.Identity(),  # torchvision's dropouts: they keep the numbering of the weights
            nn.Linear(256 * 6 * 6, 4096),
            nn.ReLU(),
            nn.Identity(),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Linear(4096, 1000),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # (n, 3, h, w) -> (n, 1000)
        """Logits of normalised pictures."""
        x = self.avgpool(self.features(x))  # (n, 256, 6, 6)
        logits: torch.Tensor = self.classifier(x.flatten(1))
        return logits


BACKBONE = Backbone(
    name="alexnet",
    title="AlexNet, ImageNet-1k (torchvision IMAGENET1K_V1)",
    weights=WeightsFile(
        file_name="alexnet-owt-7be5be79.pth",
        sha256="7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
        size_bytes=244_408_911,
        url="https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
    ),
    build=AlexNet,
    adapt=dict,
    resize_px=256,
    crop_px=224,
    resampling="bilinear",
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
    # The published Focal guides the convolutional ReLUs only; captum guides the classifier's two as well.
    guided=("features",),
    # Convolutions before their ReLU: distances between cells suffer from the zeros after it.
    features=("features.5", "features.8", "features.10"),
    # Its activations are sparse with long tails, unlike those of a network with batch norm (docs/quality.md).
    feature_exponent=0.5,
)
