"""A classifier as a chain of named layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import torch
from torch import nn

from .layers import AveragePool, Layer, Linear


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

    @property
    def last_places(self) -> str | None:
        """The last layer that knows places, if all that follows is their mean and one product; None of others."""
        *before, (_, pool), (_, classifier) = self.layers()
        is_linear = isinstance(pool, AveragePool) and pool.side == 1 and isinstance(classifier, Linear)
        return before[-1][0] if is_linear and before else None

    def classify_places(self, x: torch.Tensor) -> torch.Tensor:
        """The logits of each place of last_places' output, float32, whose means are the network's logits.

        (n, c, h, w) -> (n, 1000, h, w); the class activation maps of all classes (Zhou et al., CVPR 2016).
        """
        *_, (_, classifier) = self.layers()
        return classifier(x.float().permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # (n, 3, h, w) -> (n, 1000)
        """Logits of normalised pictures."""
        for _, layer in self.layers():
            x = layer(x)
        return x
