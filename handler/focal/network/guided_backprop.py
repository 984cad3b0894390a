"""Guided backpropagation (Springenberg et al. 2015, "Striving for simplicity: the all convolutional net")."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch

from .network import Network

# The place before the first layer; each other place is called as the layer that ends there.
INPUT = "input"

Places = dict[str, torch.Tensor]


def guided_backpropagation(
    network: Network, x: torch.Tensor, class_indices: Sequence[int], places: Collection[str]
) -> tuple[Places, list[Places]]:
    """What passes the named places for a picture, (1, 3, h, w), and the guided gradients of each class's logit there.

    One forward pass serves all classes; the way back ends at the first of the places. Which rectifiers are guided, and
    drop negative gradients, the network says. Gradients have the shapes of what they belong to.
    """
    with torch.inference_mode():
        passing: Places = {}
        pull_backs, here, y = [], INPUT, x
        for name, layer in network.layers():
            if here in places:
                passing[here] = y
            if passing:
                y, pull_back = layer.vjp(y)
                pull_backs.append((here, pull_back))
            else:
                y = layer(y)
            here = name
        found = []
        for index in class_indices:
            gradient, gradients = torch.zeros_like(y), {}
            gradient[0, index] = 1
            for here, pull_back in reversed(pull_backs):
                gradient = pull_back(gradient)
                if here in places:
                    gradients[here] = gradient
            found.append(gradients)
    return passing, found
