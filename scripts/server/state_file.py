"""server.json, in which a running server says where it is and which its processes are, for others of the same user."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NAME = "server.json"  # in the runtime folder


def write(folder: Path, state: dict[str, Any]) -> None:
    """Replace what the server has said before, in one step. Raises OSError."""
    partial = folder / f"{NAME}.partial"
    partial.write_text(json.dumps(state, indent=2) + "\n")
    partial.replace(folder / NAME)


def read(folder: Path) -> dict[str, Any]:
    """What it has said last. Raises OSError if it has said nothing, ValueError if that is damaged."""
    state = json.loads((folder / NAME).read_text())
    if not isinstance(state, dict):
        raise ValueError(f"{folder / NAME} holds no JSON object")
    return state
