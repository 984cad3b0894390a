"""The photos that a command names, and the files of their results on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from .names import companion, is_photo, results


class LocalFiles:
    """Photos in files and folders, and a folder for their results.

    photos: each photo and its result, in order; named twice, it is one.
    words: what accompanies a result, such as "mask" in photo.mask.jpg.
    """

    def __init__(self, named: Sequence[Path], output: Path, image_format: str, words: Sequence[str] = ()) -> None:
        self.words = words
        found = {photo.absolute(): (photo, place) for path in named for photo, place in _photos(path, output)}
        names = results((place for _, place in found.values()), image_format, words)
        self.photos = [(photo, output / result) for (photo, _), (_, result) in zip(found.values(), names, strict=True)]
        self._inputs = {_identity(photo) for photo, _ in self.photos if photo.exists()}

    def refusal(self, result: Path, *, overwrite: bool) -> str | None:
        """Why a result must not be written, if so: never over a photo, over other files only if told to."""
        for file in filter(Path.exists, [result, *(Path(companion(str(result), word)) for word in self.words)]):
            if self.is_photo(file):
                return f"{file} is itself one of the photos; choose another --output."
            if not (overwrite and file.is_file()):
                return f"{file} is already there; --overwrite replaces it."
        return None

    def is_photo(self, file: Path) -> bool:
        """Whether that file is one of the photos, under whatever name."""
        return file.exists() and _identity(file) in self._inputs


def read(photo: Path, at_most_bytes: int) -> bytes:
    """A photo's bytes, and one more than the limit where there are more, which is refused later on."""
    with photo.open("rb") as file:
        return file.read(at_most_bytes + 1)


def save(result: Path, picture: bytes, companions: Mapping[str, bytes]) -> None:
    """Write a result and, under its name with a word in it, what accompanies it."""
    result.parent.mkdir(parents=True, exist_ok=True)
    for word, content in companions.items():
        write_whole(Path(companion(str(result), word)), content)
    write_whole(result, picture)


def write_whole(file: Path, content: bytes) -> None:
    """Write `file` whole or not at all."""
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_bytes(content)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _photos(named: Path, output: Path) -> Iterator[tuple[Path, str]]:
    """A named photo, or those in a named folder, each with its place among the results; earlier results are none."""
    if not named.is_dir():
        yield named, named.name
        return
    earlier = output.resolve() if output.resolve() != named.resolve() else None
    for folder, folders, files in os.walk(named):
        folders[:] = sorted(each for each in folders if (Path(folder) / each).resolve() != earlier)
        for file in sorted(files):
            photo = Path(folder) / file
            place = photo.relative_to(named).as_posix()
            if is_photo(place) and photo.is_file():
                yield photo, place


def _identity(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_dev, found.st_ino
