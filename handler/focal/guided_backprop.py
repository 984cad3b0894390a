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
            hooks.callback(module.register_forward_hook(_guide).remove)
        yield


def _guide(module: nn.Module, inputs: object, output: torch.Tensor) -> None:
    if output.requires_grad:
        output.register_hook(_positive_part)  # lives and dies with this forward pass's graph


def _positive_part(gradient: torch.Tensor) -> torch.Tensor:
    return gradient.clamp(min=0)
