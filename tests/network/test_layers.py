"""Each layer's way back against autograd, and the guided rectifiers against the paper's rule."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
import torch
from focal.network.backbones.efficientnet_lite0 import SameConv
from focal.network.backbones.resnet50 import Bottleneck
from focal.network.layers import (
    AveragePool,
    Conv,
    GuidedReLU,
    GuidedReLU6,
    Layer,
    Linear,
    MaxPool,
    PointwiseConv,
    ReLU,
    chain,
)
from torch import nn


def with_plain_rectifiers(block: Bottleneck) -> Bottleneck:
    """The block as autograd sees it."""
    block.relu1, block.relu2 = ReLU(), ReLU()  # type: ignore[assignment]
    return block


torch.manual_seed(0)  # or the weights, and which rectifiers are nearly shut, would differ from run to run
LAYERS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "alexnet's first convolution": (Conv(3, 8, 11, stride=4, padding=2), (3, 96, 75)),
    "a convolution of stride 1": (Conv(6, 4, 5, padding=2), (6, 20, 17)),
    "lite0's stem": (SameConv(3, 8, 3, 2), (3, 32, 64)),
    "lite0's stem at odd sizes": (SameConv(3, 8, 3, 2), (3, 33, 65)),
    "a filter of each channel": (SameConv(12, 12, 5, 1, groups=12), (12, 14, 9)),
    "a filter of stride 2": (SameConv(12, 12, 5, 2, groups=12), (12, 14, 10)),
    "a filter of stride 2 at an odd and an even size": (SameConv(12, 12, 3, 2, groups=12), (12, 15, 10)),
    "a convolution of 1 x 1": (PointwiseConv(5, 7), (5, 6, 4)),
    "a linear layer": (Linear(30, 10), (30,)),
    "a rectifier": (ReLU(), (4, 6, 5)),
    "overlapping pools": (MaxPool(3, stride=2), (4, 19, 14)),
    "padded pools": (MaxPool(3, stride=2, padding=1), (4, 18, 13)),
    "a strided convolution of 1 x 1": (Conv(5, 7, 1, 2), (5, 9, 8)),
    "a residual block": (with_plain_rectifiers(Bottleneck(8, 2, 1)), (8, 7, 6)),
    "a residual block that shrinks": (with_plain_rectifiers(Bottleneck(6, 2, 2)), (6, 9, 8)),
    "means of windows of several sizes": (AveragePool(6), (4, 9, 7)),
    "the mean": (AveragePool(1), (4, 9, 7)),
}


def picture(*shape: int, seed: int = 0) -> torch.Tensor:
    x = torch.randn((1, *shape), generator=torch.Generator().manual_seed(seed))
    return x.contiguous(memory_format=torch.channels_last) if x.ndim == 4 else x


@pytest.mark.parametrize("name", LAYERS)
def test_the_way_back_is_autograds(name: str) -> None:
    layer, shape = LAYERS[name]
    x = picture(*shape).requires_grad_()
    output = layer(x)
    gradient = torch.randn(output.shape, generator=torch.Generator().manual_seed(1))
    (expected,) = torch.autograd.grad(output, x, gradient)
    with torch.inference_mode():
        y, backward = layer.vjp(x.detach())
        found = backward(gradient)
    torch.testing.assert_close(y, output)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5 * float(expected.abs().max()))


CONVOLUTIONAL = [name for name, (layer, _) in LAYERS.items() if not isinstance(layer, Linear)]


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_in_bfloat16_the_way_back_is_float32s_to_two_digits(name: str) -> None:
    exact, shape = LAYERS[name]
    layer = copy.deepcopy(exact).bfloat16()
    x = picture(*shape).bfloat16()
    exact = copy.deepcopy(layer).float()  # of the same rounded weights
    with torch.inference_mode():
        expected, backward = exact.vjp(x.float())
        y, rounded_backward = layer.vjp(x.clone(memory_format=torch.preserve_format))
        gradient = torch.randn(y.shape, generator=torch.Generator().manual_seed(1)).bfloat16()
        theirs, ours = backward(gradient.float()), rounded_backward(gradient.to(y.dtype))
    assert y.dtype == (torch.float32 if isinstance(layer, AveragePool) else torch.bfloat16)
    assert ours.dtype == torch.bfloat16
    for found, wanted in ((y, expected), (ours, theirs)):
        assert float((found.float() - wanted).abs().max()) <= 0.02 * float(wanted.abs().max())


@pytest.mark.parametrize("photos", [1, 2])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 1.0])
def test_a_linear_layer_gives_the_same_whichever_rows_its_gradient_leaves_out(share: float, photos: int) -> None:
    layer, gradient = Linear(50, 400), torch.randn((photos, 400), generator=torch.Generator().manual_seed(2))
    gradient[:, int(share * 400) :] = 0
    with torch.inference_mode():
        _, backward = layer.vjp(torch.ones(photos, 50))
        torch.testing.assert_close(backward(gradient), gradient @ layer.weight, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", LAYERS)
def test_a_way_back_can_be_gone_again(name: str) -> None:
    layer, shape = LAYERS[name]
    with torch.inference_mode():
        y, backward = layer.vjp(picture(*shape))
        gradient = torch.ones_like(y)
        first, kept = backward(gradient).clone(), gradient.clone()
        assert torch.equal(backward(gradient), first)
        assert torch.equal(gradient, kept)


@pytest.mark.parametrize(("layer", "cap"), [(GuidedReLU(), math.inf), (GuidedReLU6(), 6.0)])
def test_a_guided_rectifier_passes_what_is_positive_where_it_is_open(layer: Layer, cap: float) -> None:
    x, gradient = torch.tensor([[-1.0, 0.0, 3.0, 3.0, 6.0, 9.0]]), torch.tensor([[1.0, 1.0, -1.0, 2.0, 1.0, 1.0]])
    y, backward = layer.vjp(x)
    assert torch.equal(y, x.clamp(0, cap))
    assert torch.equal(backward(gradient), gradient.clamp(min=0) * (x > 0) * (x < cap))


@pytest.mark.parametrize(("kind", "cap"), [(GuidedReLU, math.inf), (GuidedReLU6, 6.0)])
@pytest.mark.parametrize("inplace", [True, False])
def test_in_bfloat16_a_guided_rectifier_is_exact_for_every_finite_number(
    kind: Any, cap: float, *, inplace: bool
) -> None:
    numbers = torch.arange(-(2**15), 2**15).to(torch.int16).view(torch.bfloat16)
    x = numbers[numbers.isfinite()]
    gradients = x.roll(1)
    y, backward = kind(inplace=inplace).vjp(given := x.clone())
    assert torch.equal(y, x.clamp(0, cap))
    assert torch.equal(given, y if inplace else x)
    assert torch.equal(backward(gradients), gradients.clamp(min=0).where((x > 0) & (x < cap), 0))
    assert torch.equal(gradients, x.roll(1))


def test_a_chain_goes_through_its_layers_and_back() -> None:
    layers = [Conv(3, 4, 3, padding=1), ReLU(), PointwiseConv(4, 2)]
    x = picture(3, 8, 8).requires_grad_()
    output = nn.Sequential(*copy.deepcopy(layers))(x)
    (expected,) = torch.autograd.grad(output.sum(), x)
    with torch.inference_mode():
        y, backward = chain(layers, x.detach())
        torch.testing.assert_close(y, output)
        torch.testing.assert_close(backward(torch.ones_like(y)), expected)
