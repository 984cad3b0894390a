"""Maps of depth for a bulk job: a folder of them wherever its photos may be, or one map in a file of this machine."""

from __future__ import annotations

from pathlib import Path

from ..depth_maps import DepthMaps, local_maps
from .storage import Storage


def maps_at(place: str) -> DepthMaps:
    """The maps at a path or a URI. Raises CommandError if there are none."""
    if Path(place).is_file():
        return local_maps(str(Path(place).resolve()))  # the processes that read it may be in other folders
    folder = Storage.at(place)
    return DepthMaps.of_folder(place, folder.names(), folder.read)
