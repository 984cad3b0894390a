"""ResNet-50 as torchvision trains it (He et al. 2016, "Deep residual learning for image recognition")."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn

from ..backbone_weights import BACKBONE_WEIGHTS
from ..batch_norm import fold_batch_norm
from ..layers import AveragePool, Backward, Conv, GuidedReLU, Linear, MaxPool, PointwiseConv, chain
from ..network import Network
from .backbone import Backbone, StateDict

# blocks, inner channels, stride of each stage (He et al. 2016, table 1)
STAGES = ((3, 64, 1), (4, 128, 2), (6, 256, 2), (3, 512, 2))
EXPANSION = 4  # of the inner channels, to a block's outputs
BATCH_NORM_EPSILON = 1e-5  # torch's


class Bottleneck(nn.Module):
    """A residual block up to its sum; the rectifier after it is a layer of its own.

    As torchvision has it, the 3 x 3 convolution has the stride, not the first.
    """

    def __init__(self, inputs: int, inner: int, stride: int) -> None:
        super().__init__()
        outputs = inner * EXPANSION
        self.conv1, self.relu1 = PointwiseConv(inputs, inner), GuidedReLU(inplace=True)
        self.conv2, self.relu2 = Conv(inner, inner, 3, stride, padding=1), GuidedReLU(inplace=True)
        self.conv3 = PointwiseConv(inner, outputs)
        self.downsample = Conv(inputs, outputs, 1, stride) if stride > 1 or inputs != outputs else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, inputs, h, w) -> (n, outputs, h / stride, w / stride)."""
        y: torch.Tensor = self.conv3(self.relu2(self.conv2(self.relu1(self.conv1(x)))))
        return y + (x if self.downsample is None else self.downsample(x))

    def vjp(self, x: torch.Tensor) -> tuple[torch.Tensor, Backward]:
        """See focal.network.layers.Layer: the gradients of both ways are added."""
        y, backward = chain([self.conv1, self.relu1, self.conv2, self.relu2, self.conv3], x)
        if self.downsample is None:
            return y + x, lambda gradient: backward(gradient) + gradient
        shortcut, shortcut_backward = self.downsample.vjp(x)
        return y + shortcut, lambda gradient: backward(gradient) + shortcut_backward(gradient)


class ResNet50(Network):
    """The network with its batch normalisation folded into the convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(OrderedDict(conv1=Conv(3, 64, 7, stride=2, padding=3), relu=GuidedReLU(inplace=True)))
        self.maxpool = MaxPool(3, stride=2, padding=1)
        inputs = 64
        for n, (blocks, inner, stride) in enumerate(STAGES, 1):
            layers: dict[str, nn.Module] = {}
            for block in range(blocks):
                layers[str(block)] = Bottleneck(inputs, inner, stride if block == 0 else 1)
                layers[f"relu{block}"] = GuidedReLU()  # not in place: the sum before it is a feature
                inputs = inner * EXPANSION
            self.add_module(f"layer{n}", nn.Sequential(OrderedDict(layers)))
        self.avgpool = AveragePool(1)
        self.fc = Linear(inputs, 1000)


def fold_batch_norms(published: StateDict) -> StateDict:
    """torchvision's state dict (convolutions and batch norms) -> the folded network's."""
    folded = {name: published[name] for name in ("fc.weight", "fc.bias")}
    for name, weight in published.items():
        conv = name.removesuffix(".weight")
        if weight.ndim != 4:
            continue
        # conv2 and bn2, downsample.0 and downsample.1
        norm = f"{conv[:-1]}1" if conv.endswith("downsample.0") else conv.replace("conv", "bn")
        ours = f"stem.{conv}" if conv == "conv1" else conv.removesuffix(".0") if "downsample" in conv else conv
        folded[f"{ours}.weight"], folded[f"{ours}.bias"] = fold_batch_norm(weight, published, norm, BATCH_NORM_EPSILON)
    return folded


BACKBONE = Backbone(
    name="resnet50",
    title="ResNet-50, ImageNet-1k (torchvision IMAGENET1K_V2)",
    weights=BACKBONE_WEIGHTS["resnet50"],
    build=ResNet50,
    adapt=fold_batch_norms,
    resize_px=232,
    crop_px=224,
    resampling="bilinear",
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
    # Chosen as those of EfficientNet-Lite0 are, by their strides of 16, 16 and 32, before their rectifiers; no mask
    # has been measured with them (docs/quality.md).
    features=("layer3.2", "layer3.5", "layer4.1"),
)
