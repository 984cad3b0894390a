"""The parameters of a bulk job, which its processes get too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from focal.options import Options
from focal.settings import Settings

from ..depth_maps import DepthMaps
from .storage import Storage


@dataclass(frozen=True)
class Task:
    """What a bulk job does with each of its photos.

    people: see `focal.network.model.load_model`.   maps: of the photos' depth.
    """

    source: Storage
    target: Storage
    report: Path
    options: Options
    settings: Settings
    backbone: str
    weights: Path
    people: Path | None = None
    save_masks: bool = False
    maps: DepthMaps | None = None
