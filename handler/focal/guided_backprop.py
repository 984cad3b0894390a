"""Guided backpropagation (Springenberg et al. 2015, "Striving for simplicity: the all convolutional net")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import nn


@contextmanager
def guided_backpropagation(rectifiers: Iterable[nn.Module]) -> Iterator[None]:
    """Within the block, gradients pass these ReLUs only where they and the forward activation are positive.

    The ReLU's own derivative is zero where its activation is not positive (and, for a ReLU6, where it is capped); what
    is added here is that a negative incoming gradient is dropped. The modules are as before afterwards, whatever
    happened inside.
    """
    with ExitStack() as hooks:
        for module in rectifiers:
            hooks.callback(module.register_full_backward_pre_hook(_positive_part).remove)
        yield


def _positive_part(module: nn.Module, incoming: tuple[torch.Tensor, ...] | torch.Tensor) -> tuple[torch.Tensor, ...]:
    return tuple(gradient.clamp(min=0) for gradient in incoming)
