"""A classifier as a chain of named layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import torch
from torch import nn

from .layers import Layer


class Network(nn.Module):
    """Its layers are its children, in order; those in an nn.Sequential are named by it, as in "features.5"."""

    def layers(self) -> Iterator[tuple[str, Layer]]:
        """The layers with their names, from the picture to the logits."""
        for name, child in self.named_children():
            if isinstance(child, nn.Sequential):
                for number, layer in child.named_children():
                    yield f"{name}.{number}", cast(Layer, layer)
            else:
                yield name, cast(Layer, child)

    def split(self, name: str | None) -> tuple[list[Layer], list[Layer]]:
        """The layers up to the named one, and those after it: all, for None. Raises ValueError for an unknown name."""
        names, layers = zip(*self.layers(), strict=True)
        if name is None:
            return [], list(layers)
        if name not in names:
            raise ValueError(f"There is no layer {name!r}; the layers are {', '.join(names)}.")
        after = names.index(name) + 1
        return list(layers[:after]), list(layers[after:])

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # (n, 3, h, w) -> (n, 1000)
        """Logits of normalised pictures."""
        for _, layer in self.layers():
            x = layer(x)
        return x
