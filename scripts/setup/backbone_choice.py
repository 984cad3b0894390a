"""Which backbone is used, and where its weights are: the preferred one, or the fallback if its weights are missing."""

from __future__ import annotations

import os
from pathlib import Path

from focal.network.backbone_weights import find_weights
from focal.network.weights_file import WeightsFile

from .console import CommandError, say, warn
from .switches import is_offline
from .weights import WeightsUnavailableError, obtain

PREFERRED, FALLBACK = "alexnet", "efficientnet_lite0"


def declared_weights(backbone: str) -> WeightsFile:
    """The weights file of a backbone of focal. Raises CommandError."""
    try:
        return find_weights(backbone)
    except ValueError as error:
        raise CommandError(str(error)) from error


def named_backbone(backbone: str | None) -> str | None:
    """The backbone that was asked for: the given one, or FOCAL_BACKBONE; None if neither names one."""
    return backbone or os.environ.get("FOCAL_BACKBONE") or None


def choose_backbone(backbone: str | None, given: Path | None = None) -> tuple[str, Path | None]:
    """A backbone's name and its weights: of the backbone asked for, or else of the preferred one.

    If nobody asked for a backbone and the preferred one's weights cannot be had, warns and returns the fallback with
    None: its weights, `declared_weights`, come with the pinned packages.
    given: a weights file to take instead of looking for one.   Raises CommandError.
    """
    asked_for = named_backbone(backbone)
    name = asked_for or PREFERRED
    try:
        return name, obtain(declared_weights(name), given)
    except WeightsUnavailableError as reason:
        if asked_for:
            raise
        tell = say if is_offline() else warn
        tell(f"AlexNet's weights cannot be had, so Focal uses EfficientNet-Lite0 instead. {reason}")
        return FALLBACK, None
