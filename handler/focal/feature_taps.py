"""Reading a network's inner activations while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import nn


@contextmanager
def feature_taps(network: nn.Module, names: tuple[str, ...]) -> Iterator[dict[str, torch.Tensor]]:
    """Within the block, a forward pass fills the yielded dict with the outputs of the named modules.

    They are part of the pass's graph, so that gradients with respect to them can be asked for. The modules are as
    before afterwards, whatever happened inside.
    """
    outputs: dict[str, torch.Tensor] = {}
    with ExitStack() as hooks:
        for name in names:

            def keep(module: nn.Module, inputs: object, output: torch.Tensor, name: str = name) -> None:
                outputs[name] = output

            hooks.callback(network.get_submodule(name).register_forward_hook(keep).remove)
        yield outputs
