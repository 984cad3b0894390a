"""Focal's network for use in this process, its weights found or fetched as they are for the server."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from focal.network import backbones
from focal.network.model import Model, load_model
from focal.options import Options
from setup.archive import FALLBACK, PREFERRED, declared_weights
from setup.console import warn
from setup.people import find_people
from setup.weights import WeightsUnavailableError, obtain


def choose_weights(backbone: str | None = None) -> tuple[str, Path]:
    """A backbone's name and its weights: the one asked for here or by FOCAL_BACKBONE, else the preferred one.

    Where the preferred one's cannot be had it is, said loudly, the fallback. Raises CommandError.
    """
    backbone = backbone or os.environ.get("FOCAL_BACKBONE")
    try:
        name = backbone or PREFERRED
        return name, obtain(declared_weights(name))
    except WeightsUnavailableError as reason:
        if backbone:
            raise
        warn(f"AlexNet's weights cannot be had, so EfficientNet-Lite0 looks at the photos instead. {reason}")
        return FALLBACK, obtain(declared_weights(FALLBACK))


def choose_people(options: Options) -> Path | None:
    """The folder of the networks that find people, if the options want them and, else said loudly, they can be had."""
    return find_people() if options.people == "auto" and options.mask != "classic" else None


def local_model(options: Options, backbone: str | None = None) -> Model:
    """The networks with those weights, on the processor. Raises CommandError."""
    name, weights = choose_weights(backbone)
    return load_model(backbones.find(name), weights, torch.device("cpu"), choose_people(options))
