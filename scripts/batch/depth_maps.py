"""Maps of depth for photos: one for all of them, or a folder of maps with the photos' names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from setup.console import CommandError

from .files import read_photo
from .names import is_photo, told

Read = Callable[[str, int], bytes]  # a map's name and the most bytes -> its file's, at most one more


@dataclass(frozen=True)
class DepthMaps:
    """The maps in a folder, whose names are those of their photos but for the suffix.

    place: of the folder.   names: path without suffix -> name; None if one map is for every photo.
    """

    place: str
    names: dict[str, str] | None
    read: Read

    @classmethod
    def of_folder(cls, place: str, names: Iterable[str], read: Read) -> DepthMaps:
        """Raises CommandError if two maps have one name."""
        found: dict[str, str] = {}
        for name in sorted(filter(is_photo, names)):
            stem = _stem(name)
            if stem in found:
                raise CommandError(f"{told(place)} holds two maps of one name, {found[stem]} and {name}; keep one.")
            found[stem] = name
        if not found:
            raise CommandError(f"There is no map of depth in {told(place)}.")
        return cls(place, found, read)

    def of(self, photo: str, at_most_bytes: int) -> bytes:
        """The map of a photo, by its path within its folder. Raises OSError if there is none."""
        name = self.place if self.names is None else self.names.get(_stem(photo))
        if name is None:
            raise FileNotFoundError(f"There is no map of {photo} in {told(self.place)}")
        return self.read(name, at_most_bytes)


def local_maps(place: str) -> DepthMaps:
    """The maps in a file or a folder of this machine. Raises CommandError if there are none."""
    path = Path(place)
    if path.is_dir():
        return DepthMaps.of_folder(place, _names(path), partial(_read_in, path))
    if not path.exists():
        raise CommandError(f"{told(place)} is neither auto, flat, nor a map of depth or a folder of them.")
    return DepthMaps(place, None, partial(_read_in, Path()))


def _names(folder: Path) -> Iterator[str]:
    return (file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def _read_in(folder: Path, name: str, at_most_bytes: int) -> bytes:
    return read_photo(folder / name, at_most_bytes)


def _stem(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(""))
