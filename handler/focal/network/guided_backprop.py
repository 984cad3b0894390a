"""Guided backpropagation (Springenberg et al. 2015, "Striving for simplicity: the all convolutional net")."""

from __future__ import annotations

from collections.abc import Callable, Collection

import torch

from .layers import Backward
from .network import Network

# The names of the network's input and of its logits among those of its layers.
INPUT, LOGITS = "input", "logits"

Tensors = dict[str, torch.Tensor]


def guided_backpropagation(
    network: Network, x: torch.Tensor, names: Collection[str], differentiated: Collection[str] | None = None
) -> tuple[Tensors, Callable[[int], Tensors]]:
    """The outputs of the named layers for a picture, and what gives a class's guided gradients of its logit there.

    x: the normalised picture, (1, 3, h, w).   names: of layers, INPUT for x itself, and LOGITS, which have no gradient.
    differentiated: those of the names whose gradients are wanted; None for all.
    One forward pass serves all classes; a backward pass ends at the first of the differentiated. The network itself
    says which of its rectifiers are guided, that is, drop negative gradients. Gradients have the shapes of the outputs
    that they belong to. The backward passes may run in any thread.
    """
    activations: Tensors = {}
    differentiated = names if differentiated is None else differentiated
    backwards: list[tuple[str, Backward]] = []
    here, y = INPUT, x
    with torch.inference_mode():
        for name, layer in network.layers():
            if here in names:
                activations[here] = y
            if backwards or here in differentiated:
                y, backward = layer.vjp(y)
                backwards.append((here, backward))
            else:
                y = layer(y)
            here = name
        if LOGITS in names:
            activations[LOGITS] = y

    def gradients_of(class_index: int) -> Tensors:
        gradients: Tensors = {}
        with torch.inference_mode():
            gradient = torch.zeros_like(y)
            gradient[0, class_index] = 1
            for here, backward in reversed(backwards):
                gradient = backward(gradient)
                if here in differentiated:
                    gradients[here] = gradient
        return gradients

    return activations, gradients_of
