"""The settings (focal/settings.py) that a server will have, read from its archive."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import yaml
from focal.settings import Settings, load_settings
from setup.console import CommandError

TORCHSERVES_RESPONSE_TIMEOUT_S = 120  # TorchServe's default


def archived_limits(archive: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that the handler in `archive` will read at its start.

    Raises CommandError if one is wrong, or if TorchServe would end a worker before the gateway's own timeout.
    """
    with zipfile.ZipFile(archive) as mar:
        config = yaml.safe_load(mar.read("model-config.yaml")) or {}
    try:
        settings = load_settings(config.get("handler") or {}, environment)
    except ValueError as error:
        raise CommandError(str(error)) from error
    timeout_s = config.get("responseTimeout", TORCHSERVES_RESPONSE_TIMEOUT_S)
    if settings.max_wait_s >= timeout_s:
        raise CommandError(
            f"max_wait_s must be less than responseTimeout in model-config.yaml ({timeout_s}), "
            f"after which TorchServe ends a worker; it is {settings.max_wait_s}."
        )
    return settings
