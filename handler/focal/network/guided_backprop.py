"""Guided backpropagation (Springenberg et al. 2015, "Striving for simplicity: the all convolutional net")."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping

import torch

from .layers import Backward
from .network import Network

# The names of the network's input and of its logits among those of its layers.
INPUT, LOGITS = "input", "logits"

Tensors = dict[str, torch.Tensor]


class Gradients(Mapping[str, torch.Tensor]):
    """The gradients of one class by the names of their places, each found when it is first asked for.

    The pass back goes on from where it last ended, in whichever thread asks.
    """

    def __init__(self, of_logits: torch.Tensor, backwards: list[tuple[str, Backward]], names: list[str]) -> None:
        self._last, self._left, self._names = of_logits, list(backwards), names
        self._found: Tensors = {}
        self._passing = threading.Lock()

    def __getitem__(self, name: str) -> torch.Tensor:
        with self._passing, torch.inference_mode():
            while name not in self._found and self._left:
                here, backward = self._left.pop()  # and what it keeps of the forward pass is let go
                self._last = backward(self._last)
                if here in self._names:
                    self._found[here] = self._last
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def guided_backpropagation(
    network: Network, x: torch.Tensor, names: Collection[str], differentiated: Collection[str] | None = None
) -> tuple[Tensors, Callable[[int], Gradients]]:
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

    def gradients_of(class_index: int) -> Gradients:
        with torch.inference_mode():
            gradient = torch.zeros_like(y)
            gradient[0, class_index] = 1
        return Gradients(gradient, backwards, [name for name in differentiated if name != LOGITS])

    return activations, gradients_of
