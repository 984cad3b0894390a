"""EfficientNet-Lite0 (Tan and Le 2019; Liu 2020): no swish, no squeeze-and-excitation, 4.7 million weights."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

from ..backbone_weights import BACKBONE_WEIGHTS
from ..batch_norm import fold_batch_norm
from ..layers import AveragePool, Backward, Conv, GuidedReLU6, Linear, PointwiseConv, chain
from ..network import Network
from .backbone import Backbone, StateDict

# repeats, kernel, stride, expansion, channels of each stage (Tan and Le 2019, table 1)
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
BATCH_NORM_EPSILON = 1e-3  # TensorFlow's, in which the weights were trained


class SameConv(Conv):
    """A convolution with TensorFlow's SAME padding: output = ceil(input / stride), the odd pixel at the far side."""

    def placed(self, x: torch.Tensor) -> tuple[torch.Tensor, tuple[int, int]]:
        """See Conv. Where the padding is odd, the kernel begins with zeros under as much padding as at the far side."""
        (top, bottom), (left, right) = (
            _same_padding(*sizes) for sizes in zip(x.shape[2:], self.kernel_size, self.stride, strict=True)
        )
        zeros = (right - left, 0, bottom - top, 0)
        return F.pad(self.weight, zeros) if any(zeros) else self.weight, (bottom, right)


def _same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class Block(nn.Module):
    """An inverted residual (Sandler et al. 2018): widen, filter each channel, narrow."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self.residual = stride == 1 and inputs == outputs
        widening = [PointwiseConv(inputs, inner), GuidedReLU6(inplace=True)] if expansion > 1 else []
        self.expand = nn.Sequential(*widening)
        self.filter = nn.Sequential(SameConv(inner, inner, kernel, stride, groups=inner), GuidedReLU6(inplace=True))
        self.project = PointwiseConv(inner, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, inputs, h, w) -> (n, outputs, h / stride, w / stride)."""
        y: torch.Tensor = self.project(self.filter(self.expand(x)))
        return x + y if self.residual else y

    def vjp(self, x: torch.Tensor) -> tuple[torch.Tensor, Backward]:
        """See focal.network.layers.Layer."""
        y, backward = chain([*self.expand, *self.filter, self.project], x)
        return (x + y, lambda gradient: gradient + backward(gradient)) if self.residual else (y, backward)


class EfficientNetLite0(Network):
    """The network with its batch normalisation folded into the convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(SameConv(3, 32, 3, 2), GuidedReLU6(inplace=True))
        blocks, inputs = [], 32
        for repeats, kernel, stride, expansion, outputs in STAGES:
            for n in range(repeats):
                blocks.append(Block(inputs, outputs, kernel, stride if n == 0 else 1, expansion))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Sequential(PointwiseConv(320, 1280), GuidedReLU6(inplace=True))
        self.pool = AveragePool(1)
        self.classifier = Linear(1280, 1000)


def fold_batch_norms(published: StateDict) -> StateDict:
    """The published state dict (convolutions and batch norms) -> the folded network's."""
    folded: dict[str, torch.Tensor] = {}

    def fold(name: str, conv: str, norm: str) -> None:
        weight = published[f"{conv}.weight"]
        parameters = fold_batch_norm(weight, published, norm, BATCH_NORM_EPSILON)
        folded[f"{name}.weight"], folded[f"{name}.bias"] = parameters

    fold("stem.0", "_conv_stem", "_bn0")
    for n in range(sum(repeats for repeats, *_ in STAGES)):
        theirs, ours = f"_blocks.{n}", f"blocks.{n}"
        if f"{theirs}._expand_conv.weight" in published:
            fold(f"{ours}.expand.0", f"{theirs}._expand_conv", f"{theirs}._bn0")
        fold(f"{ours}.filter.0", f"{theirs}._depthwise_conv", f"{theirs}._bn1")
        fold(f"{ours}.project", f"{theirs}._project_conv", f"{theirs}._bn2")
    fold("head.0", "_conv_head", "_bn1")
    folded["classifier.weight"], folded["classifier.bias"] = published["_fc.weight"], published["_fc.bias"]
    return folded


BACKBONE = Backbone(
    name="efficientnet_lite0",
    title="EfficientNet-Lite0, ImageNet-1k (75% top-1)",
    weights=BACKBONE_WEIGHTS["efficientnet_lite0"],
    build=EfficientNetLite0,
    adapt=fold_batch_norms,
    resize_px=256,
    crop_px=224,
    resampling="bicubic",
    mean=(127 / 255, 127 / 255, 127 / 255),
    std=(128 / 255, 128 / 255, 128 / 255),
    features=("blocks.5", "blocks.10", "blocks.14"),
)
