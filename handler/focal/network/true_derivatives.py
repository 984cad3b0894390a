"""The same network with rectifiers that let negative gradients pass: what guided backpropagation is compared with."""

from __future__ import annotations

import copy
from typing import Any

from .layers import GuidedReLU, GuidedReLU6, ReLU, ReLU6
from .network import Network


def with_true_derivatives(network: Network) -> Network:
    """The same network, its guided rectifiers replaced by plain ones; all weights are the very same tensors."""
    memo: dict[int, Any] = {id(weight): weight for weight in network.parameters()}
    for module in network.modules():
        if isinstance(module, GuidedReLU | GuidedReLU6):
            kind = ReLU if isinstance(module, GuidedReLU) else ReLU6
            memo[id(module)] = kind(inplace=module.inplace)
    return copy.deepcopy(network, memo)  # which takes from its memo, by id, what is not to be copied
