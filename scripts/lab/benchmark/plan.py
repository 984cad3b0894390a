"""How much a run of the benchmark measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .baselines import Baseline

BACKBONES = ("efficientnet_lite0", "alexnet")
LARGEST_OFTEN = 12  # megapixels; larger photos are too slow for the published code and for servers


@dataclass(frozen=True)
class Plan:
    """What to measure.

    rounds: how many, by the photo's megapixels.   server_rounds: those of the sections that start servers.
    runs: those in fresh processes.   url: of a server that is to be measured instead of one started here.
    against: another checkout of Focal, whose server is measured in turn with this one's.
    """

    rounds: Mapping[float, int]
    server_rounds: int = 2
    runs: int = 10
    formats: tuple[str, ...] = ("JPEG", "PNG")
    backbones: tuple[str, ...] = BACKBONES
    baselines: tuple[Baseline, ...] = ()
    url: str | None = None
    against: Path | None = None


FULL = Plan({0.2: 9, 0.5: 9, 2: 9, 12: 5, 48: 2})
QUICK = Plan({0.5: 2}, formats=("JPEG",))
