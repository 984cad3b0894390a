"""Focal's model for use in this process, with the same choice of weights as the server."""

from __future__ import annotations

import torch
from focal.network import backbones
from focal.network.model import Model, load_model
from focal.options import Options

from .weights import choose_people, choose_weights


def local_model(options: Options, backbone: str | None = None) -> Model:
    """The model of a backbone, on the CPU. Raises CommandError."""
    name, weights = choose_weights(backbone)
    return load_model(backbones.find(name), weights, torch.device("cpu"), choose_people(options))
