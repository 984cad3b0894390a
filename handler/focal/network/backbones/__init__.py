"""The classifiers that Focal can use: one module each, whose BACKBONE declares it.

To add one, add its module, and its weights to `focal.network.backbone_weights`: nothing else names the backbones.
"""

from __future__ import annotations

import importlib

from ..backbone_weights import BACKBONE_WEIGHTS, find_weights
from .backbone import Backbone

DEFAULT = "alexnet"


def names() -> list[str]:
    """The names of the backbones there are."""
    return sorted(BACKBONE_WEIGHTS)


def find(name: str) -> Backbone:
    """The backbone of that name. Raises ValueError, listing the names, if there is none."""
    find_weights(name)
    backbone: Backbone = importlib.import_module(f"{__name__}.{name}").BACKBONE
    return backbone


__all__ = ["DEFAULT", "Backbone", "find", "names"]
