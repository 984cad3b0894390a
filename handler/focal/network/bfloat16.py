"""bfloat16, the upper half of a float32, for the gradients that a mask is made of: two digits suffice for a subject.

A CPU that multiplies it natively does so at twice the rate of float32, and every pass over the activations moves half
the bytes.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from torch import nn

from .network import Network

NATIVE = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")  # the last two are ARM's


def is_native(capabilities: Mapping[str, Any]) -> bool:
    """Whether a CPU of these capabilities, those of torch.cpu.get_capabilities(), multiplies bfloat16 itself."""
    return any(capabilities.get(name) for name in NATIVE)


def with_bfloat16_convolutions(network: Network) -> Network:
    """The same network, its convolutions' weights in bfloat16; all other weights are the very same tensors.

    Classifiers are products with one row, which read their weights no faster in bfloat16; and those of the file are
    mapped, shared by all workers.
    """
    weights = {id(weight): weight for weight in network.parameters()}
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            rounded = {
                id(weight): nn.Parameter(weight.bfloat16(), requires_grad=False) for weight in layer.parameters()
            }
            weights |= rounded
    return copy.deepcopy(network, weights)  # which takes from its memo, by id, what is not to be copied
