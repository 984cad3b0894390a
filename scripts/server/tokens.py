"""TorchServe's tokens: the keys that it makes at each start and asks for on its addresses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Keys:
    """TorchServe's three tokens, new at every start of it."""

    inference: str
    management: str
    api: str


def read_keys(key_file: Path) -> Keys:
    """The tokens in TorchServe's key file, which it writes into its working directory."""
    written = json.loads(key_file.read_text())
    return Keys(written["inference"]["key"], written["management"]["key"], written["API"]["key"])
