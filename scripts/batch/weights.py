"""The files of the networks that a command uses, chosen as the server chooses its own. Imports no torch."""

from __future__ import annotations

from pathlib import Path

from focal.options import Options
from setup.backbone_choice import choose_backbone, declared_weights
from setup.people import find_people
from setup.weights import obtain


def choose_weights(backbone: str | None = None) -> tuple[str, Path]:
    """A backbone's name and its weights: see `choose_backbone`. Raises CommandError."""
    name, weights = choose_backbone(backbone)
    return name, weights or obtain(declared_weights(name))


def choose_people(options: Options) -> Path | None:
    """The folder of the networks that find people, or None if the options exclude them or they cannot be had."""
    return find_people() if options.people == "auto" and options.mask not in ("classic", "none") else None
