"""The layers of the networks, each with its backward pass written by hand: a vector-Jacobian product, as in torch.func.

Saliency needs the gradient of a picture and of a few activations, never that of a weight; written out for that, the
backward pass costs little more than half of autograd's. Pictures are (n, c, h, w) in either of torch's memory layouts;
pools, and convolutions of few weights, are faster in channels-last. A convolution takes pictures of its weights' dtype.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cache
from typing import Protocol
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F
from torch import nn

Tensor = torch.Tensor
Backward = Callable[[Tensor], Tensor]

aten = torch.ops.aten

# Below this share of the rows, reading them one by one is faster than the product with all of them.
FEW_ROWS_FRAC = 1 / 3


class Layer(Protocol):
    """A module with a backward pass."""

    def __call__(self, x: Tensor) -> Tensor:
        """The layer's output."""

    def vjp(self, x: Tensor) -> tuple[Tensor, Backward]:
        """The layer's output, and what turns a gradient of it into a gradient of x; it may be called often."""


def chain(layers: Iterable[Layer], x: Tensor) -> tuple[Tensor, Backward]:
    """The `vjp` of one layer after the other."""
    backwards = []
    for layer in layers:
        x, backward = layer.vjp(x)
        backwards.append(backward)

    def through_all(gradient: Tensor) -> Tensor:
        for backward in reversed(backwards):
            gradient = backward(gradient)
        return gradient

    return x, through_all


class Conv(nn.Conv2d):
    """A convolution without dilation."""

    def placed(self, x: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """The weights and the padding of both sides for this input's own size."""
        return self.weight, (int(self.padding[0]), int(self.padding[1]))

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, outputs, h', w')."""
        weight, padding = self.placed(x)
        return F.conv2d(x, weight, self.bias, self.stride, padding, groups=self.groups)

    def vjp(self, x: Tensor) -> tuple[Tensor, Backward]:
        """See Layer."""
        weight, padding = self.placed(x)
        if self.groups == 1 and self.stride[0] == self.stride[1] > 1:
            return self(x), lambda gradient: _by_interleaving(gradient, x, weight, self.stride[0], padding)
        # In bfloat16, oneDNN's backward pass through strided filters of single channels is extremely slow.
        dtype = torch.float32 if self.stride[0] > 1 else x.dtype
        weight, shape = weight.to(dtype), x if x.dtype == dtype else torch.empty_like(x, dtype=dtype)

        def backward(gradient: Tensor) -> Tensor:
            of_x: Tensor = aten.convolution_backward(
                *(gradient.to(dtype), shape, weight, None, self.stride, padding),
                *((1, 1), False, (0, 0), self.groups, (True, False, False)),
            )[0]
            return of_x.to(x.dtype)

        return self(x), backward


def _by_interleaving(gradient: Tensor, x: Tensor, weight: Tensor, stride: int, padding: tuple[int, int]) -> Tensor:
    """The gradient of a strided convolution's input: stride² ordinary convolutions, interleaved (Shi et al. 2016).

    Faster than oneDNN's own for a network's first layer, with its few channels.
    """
    outputs, inputs, *kernel = weight.shape
    rows, columns = (-(-side // stride) for side in kernel)  # of the kernel, in strides
    weight = F.pad(weight, (0, columns * stride - kernel[1], 0, rows * stride - kernel[0]))
    weight = weight.view(outputs, inputs, rows, stride, columns, stride).permute(1, 3, 5, 0, 2, 4)
    weight = weight.reshape(inputs * stride**2, outputs, rows, columns).flip(2, 3)
    padded = F.pixel_shuffle(F.conv2d(gradient, weight, padding=(rows - 1, columns - 1)), stride)
    # The pixels beyond the last step of the kernel are cut off here, or were never reached and get a gradient of zero.
    below, right = (side + edge - have for side, edge, have in zip(x.shape[2:], padding, padded.shape[2:], strict=True))
    return F.pad(padded, (-padding[1], right, -padding[0], below))


class PointwiseConv(nn.Conv2d):
    """A convolution of 1 x 1."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, outputs, h, w)."""
        return F.conv2d(x, self.weight, self.bias)

    def vjp(self, x: Tensor) -> tuple[Tensor, Backward]:
        """See Layer."""
        return self(x), lambda gradient: F.conv2d(gradient, _transposed(self))


def _transposed(conv: PointwiseConv) -> Tensor:
    """The weights of the backward pass, (inputs, outputs, 1, 1): kept, as turning them takes as long as the product."""
    if (weight := _kept_transposed.get(conv)) is None:
        weight = _kept_transposed[conv] = conv.weight.transpose(0, 1).contiguous()
    return weight


_kept_transposed: WeakKeyDictionary[PointwiseConv, Tensor] = WeakKeyDictionary()


class Linear(nn.Linear):
    """(n, inputs) -> (n, outputs)."""

    def vjp(self, x: Tensor) -> tuple[Tensor, Backward]:
        """See Layer."""
        return self(x), self._backward

    def _backward(self, gradient: Tensor) -> Tensor:
        """Only the rows of the weights that a gradient reaches are read: of the last layer, one class's."""
        if len(gradient) == 1 and 0 < torch.count_nonzero(gradient) < len(self.weight) * FEW_ROWS_FRAC:
            rows = gradient.nonzero()[:, 1]
            return F.embedding_bag(rows[None], self.weight, mode="sum", per_sample_weights=gradient[:, rows])
        return gradient @ self.weight


class ReLU(nn.ReLU):
    """A rectifier with its true derivative."""

    def vjp(self, x: Tensor) -> tuple[Tensor, Backward]:
        """See Layer."""
        y = self(x)
        return y, lambda gradient: aten.threshold_backward(gradient, y, 0)


class ReLU6(nn.ReLU6):
    """A rectifier that is capped at 6, with its true derivative."""

    def vjp(self, x: Tensor) -> tuple[Tensor, Backward]:
        """See Layer."""
        y = self(x)
        return y, lambda gradient: aten.hardtanh_backward(gradient, y, 0, 6)


class GuidedReLU(nn.ReLU):
    """A rectifier of guided backpropagation (Springenberg et al. 2015): what is negative does not come back either."""

    def forward(self, x: Tensor) -> Tensor:
        """max(0, x)."""
        return _clamped(x, inplace=self.inplace) if x.dtype == torch.bfloat16 else super().forward(x)

    def vjp(self, x: Tensor) -> tuple[Tensor, Backward]:
        """See Layer."""
        y = self(x)
        return y, _guided(lambda gradient: aten.threshold_backward(gradient, y, 0), y)


class GuidedReLU6(nn.ReLU6):
    """A guided rectifier that is capped at 6; where it is, nothing comes back."""

    def forward(self, x: Tensor) -> Tensor:
        """min(max(0, x), 6)."""
        return _clamped(x, 6.0, inplace=self.inplace) if x.dtype == torch.bfloat16 else super().forward(x)

    def vjp(self, x: Tensor) -> tuple[Tensor, Backward]:
        """See Layer."""
        y = self(x)
        return y, _guided(lambda gradient: aten.hardtanh_backward(gradient, y, 0, 6), y)


def _guided(rectifier: Backward, y: Tensor) -> Backward:
    """The backward pass of a rectifier with output y, for the positive part of a gradient alone."""
    if y.dtype == torch.bfloat16:  # in which a clamp between tensors takes as long as both steps
        return lambda gradient: rectifier(_clamped(gradient))
    # One step for every class: infinity where a gradient comes back, 0 where it does not.
    ceiling, zero = rectifier(y.new_full((), torch.inf).expand_as(y)), y.new_zeros(())
    return lambda gradient: torch.clamp(gradient, zero, ceiling)


def _clamped(x: Tensor, most: float = math.inf, *, inplace: bool = False) -> Tensor:
    """min(max(0, x), most) of bfloat16 numbers, read as whole ones: of the same order, in a fifth of the time.

    A number's sign is the whole one's, too, and a larger positive number is a larger whole one.
    """
    words, greatest = x.view(torch.int16), _word(most)
    return (words.clamp_(0, greatest) if inplace else words.clamp(0, greatest)).view(torch.bfloat16)


@cache
def _word(x: float) -> int:
    """A bfloat16 number's bits as a whole number."""
    return int(torch.tensor(x, dtype=torch.bfloat16).view(torch.int16))


class MaxPool(nn.MaxPool2d):
    """The largest value of each window, what lies beyond the picture left out; in the default layout."""

    def __init__(self, side: int, stride: int, padding: int = 0) -> None:
        super().__init__(side, stride, padding)
        self.window = ((side, side), (stride, stride), (padding, padding))

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, h, w) -> (n, c, h', w')."""
        return self.vjp(x)[0]

    def vjp(self, x: Tensor) -> tuple[Tensor, Backward]:
        """See Layer."""
        last = x.contiguous(memory_format=torch.channels_last)
        y, places = F.max_pool2d(last, *self.window, return_indices=True)

        def backward(gradient: Tensor) -> Tensor:
            of_x: Tensor = aten.max_pool2d_with_indices_backward(
                gradient.contiguous(memory_format=torch.channels_last),
                last,
                *self.window,
                (1, 1),
                False,
                places,
            )
            return of_x.contiguous(memory_format=_layout(x))

        return y.contiguous(), backward


class AveragePool(nn.AdaptiveAvgPool2d):
    """The means of side x side windows that cover the picture, flat: (n, c, h, w) -> float32 (n, c·side²).

    From here on, a network computes in float32, also where its convolutions are in bfloat16.
    """

    def __init__(self, side: int) -> None:
        super().__init__(side)
        self.side = side

    def forward(self, x: Tensor) -> Tensor:
        """Pool and flatten."""
        means: Tensor = super().forward(x.float())
        return means.flatten(1)

    def vjp(self, x: Tensor) -> tuple[Tensor, Backward]:
        """See Layer."""

        def backward(gradient: Tensor) -> Tensor:
            pooled = gradient.to(x.dtype).view(len(x), -1, self.side, self.side)
            of_x: Tensor = aten._adaptive_avg_pool2d_backward(pooled.contiguous(memory_format=_layout(x)), x)
            return of_x

        return self(x), backward


def _layout(x: Tensor) -> torch.memory_format:
    return torch.contiguous_format if x.is_contiguous() else torch.channels_last
