"""Which backbone is used, and where its weights are: the preferred one, or the fallback if its weights are missing."""

from __future__ import annotations

import os
from pathlib import Path

from focal.network.weights_file import WeightsFile

from .console import CommandError, say, warn
from .switches import is_offline
from .weights import WeightsUnavailableError, obtain

PREFERRED, FALLBACK = "alexnet", "efficientnet_lite0"


def declared_weights(backbone: str) -> WeightsFile:
    """The weights file of a backbone of focal. Imports torch, which takes seconds. Raises CommandError."""
    from focal.network import backbones

    try:
        return backbones.find(backbone).weights
    except ValueError as error:
        raise CommandError(str(error)) from error


def named_backbone(backbone: str | None) -> str | None:
    """The backbone that was asked for: the given one, or FOCAL_BACKBONE; None if neither names one."""
    return backbone or os.environ.get("FOCAL_BACKBONE") or None


def choose_backbone(
    backbone: str | None, given: Path | None = None, preferred: WeightsFile | None = None
) -> tuple[str, Path | None]:
    """A backbone's name and its weights: of the backbone asked for, or else of the preferred one.

    If nobody asked for a backbone and the preferred one's weights cannot be had, warns and returns the fallback with
    None: its weights are there to be had with `declared_weights`, which imports torch.
    given: a weights file to take instead of looking for one.   preferred: the preferred one's weights, if known.
    Raises CommandError.
    """
    asked_for = named_backbone(backbone)
    name = asked_for or PREFERRED
    weights = preferred if name == PREFERRED and preferred else declared_weights(name)
    try:
        return name, obtain(weights, given)
    except WeightsUnavailableError as reason:
        if asked_for:
            raise
        tell = say if is_offline() else warn
        tell(f"AlexNet's weights cannot be had, so Focal uses EfficientNet-Lite0 instead. {reason}")
        return FALLBACK, None
