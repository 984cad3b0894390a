"""The benchmark's sections by name. Each measures its cases in interleaved rounds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .figures import Record
from .in_process import InProcess
from .plan import Plan
from .sections_in_process import floor, network, runs, stages
from .sections_of_builds import builds
from .sections_of_servers import batch, clients, http, memory, shares, startup

SECTIONS: dict[str, Callable[[Plan, InProcess, Path], list[Record]]] = {
    "stages": stages,
    "floor": floor,
    "runs": runs,
    "network": network,
    "http": http,
    "shares": shares,
    "batch": batch,
    "clients": clients,
    "memory": memory,
    "cold": startup,
    "builds": builds,
}
