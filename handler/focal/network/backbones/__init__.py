"""The classifiers that Focal can use: one module each, whose BACKBONE declares it.

To add one, add its module: nothing else names the backbones.
"""

from __future__ import annotations

import importlib
import pkgutil

from .backbone import Backbone

DEFAULT = "alexnet"


def names() -> list[str]:
    """The names of the backbones there are."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name != "backbone")


def find(name: str) -> Backbone:
    """The backbone of that name. Raises ValueError, listing the names, if there is none."""
    if name not in names():
        raise ValueError(f"There is no backbone {name!r}; the backbones are {', '.join(names())}.")
    backbone: Backbone = importlib.import_module(f"{__name__}.{name}").BACKBONE
    return backbone


__all__ = ["DEFAULT", "Backbone", "find", "names"]
