"""Guided backpropagation (Springenberg et al. 2015, "Striving for simplicity: the all convolutional net")."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import torch

from .network import Network


@dataclass(frozen=True)
class Gradients:
    """The guided gradients of one class's logit, of the shapes of what they belong to.

    of_input: (1, 3, h, w).   of_places: by name, of the outputs of the layers that were asked for.
    """

    of_input: torch.Tensor
    of_places: Mapping[str, torch.Tensor]


def guided_backpropagation(
    network: Network, x: torch.Tensor, class_indices: Sequence[int], places: Collection[str]
) -> tuple[dict[str, torch.Tensor], list[Gradients]]:
    """The outputs of the named layers for a picture, (1, 3, h, w), and each class's guided gradients.

    One forward pass serves all classes. Which rectifiers are guided, and drop negative gradients, the network says.
    """
    with torch.inference_mode():
        outputs, pull_backs, y = {}, [], x
        for name, layer in network.layers():
            y, pull_back = layer.vjp(y)
            pull_backs.append((name, pull_back))
            if name in places:
                outputs[name] = y
        found = []
        for index in class_indices:
            gradient, of_places = torch.zeros_like(y), {}
            gradient[0, index] = 1
            for name, pull_back in reversed(pull_backs):
                if name in places:
                    of_places[name] = gradient
                gradient = pull_back(gradient)
            found.append(Gradients(gradient, of_places))
    return outputs, found
