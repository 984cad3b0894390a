"""The speed of this machine's memory and arithmetic, and the lower bound (floor) that they set for a network's time.

The floor of class and saliency of a photo is the time to read the network's weights once for the forward and once for
the backward pass, plus the time of its arithmetic, each at the best rate measured here. Activations, pooling and
rectifiers are not counted.

The floor is for float32, in which the networks are published. A CPU that multiplies bfloat16 can be faster, since the
convolutions for the mask then use it; so there is a second, lower floor that counts these at the rate of bfloat16.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
import torch.nn.functional as F
from focal.network.backbones import Backbone
from focal.network.bfloat16 import is_native
from torch import nn

# More than any processor's cache holds; about as many as AlexNet's weights.
READ_FLOATS = 64_000_000
MATRIX_SIDE = 512
MEASURE_S = 0.5

# height and width of the view of a 4:3 photo in which its saliency is found (focal.photo.views.whole_view)
VIEW_PX = (256, 320)


@dataclass(frozen=True)
class MachineRates:
    """The rates of a number of threads together: bytes read from memory, and operations, in a second.

    flops_per_s: in float32.   mask_flops_per_s: in the dtype of the convolutions for the mask.
    """

    bytes_per_s: float
    flops_per_s: float
    mask_flops_per_s: float

    @property
    def in_float32(self) -> MachineRates:
        """The same rates with everything in float32."""
        return replace(self, mask_flops_per_s=self.flops_per_s)


class NetworkCost(NamedTuple):
    """Operations for each photo, with those of the mask's convolutions apart; and bytes of weights for each batch."""

    flops: int
    mask_flops: int
    weight_bytes: int


def measure(threads: int) -> MachineRates:
    """The rates of this machine with that many threads of torch. Needs 256 MB.

    The memory's rate is that of summing an array; the arithmetic's is the best of a product of matrices that fit the
    caches and of AlexNet's two largest convolutions. Each is the best of many trials: a busy machine lowers them.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.inference_mode():
            array = torch.ones(READ_FLOATS)
            bytes_per_s, flops_per_s = array.nbytes / _best_time_s(array.sum), _flops_per_s(torch.float32)
            native = is_native(torch.cpu.get_capabilities())
            return MachineRates(bytes_per_s, flops_per_s, _flops_per_s(torch.bfloat16) if native else flops_per_s)
    finally:
        torch.set_num_threads(before)


def network_floor_s(backbone: Backbone, rates: MachineRates, batch: int, view_px: tuple[int, int] = VIEW_PX) -> float:
    """The floor in seconds for class and saliency of a batch of photos, which read the weights once together."""
    cost = network_cost(backbone, view_px)
    each_s = cost.flops / rates.flops_per_s + cost.mask_flops / rates.mask_flops_per_s
    return cost.weight_bytes / rates.bytes_per_s + batch * each_s


def network_cost(backbone: Backbone, view_px: tuple[int, int] = VIEW_PX) -> NetworkCost:
    """The operations and weights of class and saliency.

    Operations: the class view's forward pass, the whole view's, and its backward pass to the input alone. Weights: all
    of them forwards, for both views, and all but the last layer's backwards, which starts at one class: a single row.
    In bfloat16 the convolutions' are as many bytes: half of them, once more, forwards, and half backwards.
    """
    class_flops, view_flops = _flops(backbone, backbone.crop_px, backbone.crop_px), _flops(backbone, *view_px)
    mask_flops = 2 * _flops(backbone, *view_px, kind=nn.Conv2d)
    *_, last_layer = (network := _weightless(backbone)).modules()
    forwards, last = (sum(p.nbytes for p in module.parameters()) for module in (network, last_layer))
    # A layer's input gradient costs what its output does.
    return NetworkCost(class_flops + 2 * view_flops - mask_flops, mask_flops, 2 * forwards - last)


def _flops(backbone: Backbone, height: int, width: int, kind: type[nn.Module] = nn.Module) -> int:
    """The operations of a forward pass: two for each weight and output position, over the layers of a kind."""
    counts = []

    def count(layer: nn.Module, inputs: object, output: torch.Tensor) -> None:
        if isinstance(layer, kind) and isinstance(weight := getattr(layer, "weight", None), torch.Tensor):
            counts.append(2 * weight.numel() * output.numel() // len(weight))

    network = _weightless(backbone)
    for layer in network.modules():
        layer.register_forward_hook(count)
    network(torch.empty(1, 3, height, width, device="meta"))
    return sum(counts)


def _weightless(backbone: Backbone) -> nn.Module:
    with torch.device("meta"):
        return backbone.build().requires_grad_(False)


def _flops_per_s(dtype: torch.dtype) -> float:
    """The best rate of a matrix product and two convolutions."""
    return max(_product_rate(dtype), _convolution_rate(dtype, 64, 192, 5), _convolution_rate(dtype, 384, 256, 3))


def _product_rate(dtype: torch.dtype) -> float:
    a, b = (torch.ones((MATRIX_SIDE, MATRIX_SIDE), dtype=dtype) for _ in range(2))
    return 2 * MATRIX_SIDE**3 / _best_time_s(lambda: a @ b)


def _convolution_rate(dtype: torch.dtype, inputs: int, outputs: int, kernel: int, side: int = 27) -> float:
    """The rate of one of AlexNet's convolutions, which keep the size of their input."""
    x, weight = (torch.ones(n, inputs, m, m, dtype=dtype) for n, m in ((1, side), (outputs, kernel)))
    flops = 2 * weight.numel() * side**2
    return flops / _best_time_s(lambda: F.conv2d(x, weight, padding=kernel // 2))


def _best_time_s(work: Callable[[], object]) -> float:
    """The shortest time of many trials."""
    work()
    least_s, end_s = float("inf"), time.perf_counter() + MEASURE_S
    while (began_s := time.perf_counter()) < end_s:
        work()
        least_s = min(least_s, time.perf_counter() - began_s)
    return least_s
