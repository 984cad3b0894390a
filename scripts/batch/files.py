"""The photos that a command line names, and the files of their results."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from setup.console import CommandError

from .names import companion, is_hidden, is_photo, results, unfinished


class LocalFiles:
    """Photos in files and folders, and a folder for their results.

    photos: each photo and its result, in order; a photo that is named twice occurs once.
    places: of each photo, its path within the folder that was named, or its name.
    passed_over: what is in the folders and is no file, such as a link to a folder, or is not named like a photo.
    words: of the companions of each result, such as "mask" for photo.mask.jpg.
    """

    def __init__(self, named: Sequence[Path], output: Path, image_format: str, words: Sequence[str] = ()) -> None:
        self.words = words
        self.passed_over: list[Path] = []
        found = {_name(photo): (photo, place) for path in named for photo, place in self._found(path, output)}
        self.places = dict(found.values())
        names = results((place for _, place in found.values()), image_format, words)
        self.photos = [(photo, output / result) for (photo, _), (_, result) in zip(found.values(), names, strict=True)]
        self._inputs = {_identity(photo) for photo, _ in self.photos if _exists(photo)}

    @classmethod
    def of_one(cls, photo: Path, result: Path, words: Sequence[str] = ()) -> LocalFiles:
        """One photo, whose result has a name of its own."""
        files = cls([photo], result.parent, "jpeg", words)
        files.photos = [(photo, result)]
        return files

    def set_aside(self, *, overwrite: bool) -> list[tuple[Path, str]]:
        """Take out the photos whose results must not be written, each with the reason."""
        refused = [(photo, self.refusal(result, overwrite=overwrite)) for photo, result in self.photos]
        reasons = [(photo, reason) for photo, reason in refused if reason is not None]
        aside = {photo for photo, _ in reasons}
        self.photos = [pair for pair in self.photos if pair[0] not in aside]
        return reasons

    def refusal(self, result: Path, *, overwrite: bool) -> str | None:
        """Why a result must not be written, or None. Photos are never overwritten, others only on request."""
        for file in filter(_exists, [result, *self._companions(result)]):
            if self.is_photo(file):
                return f"{file} is itself one of the photos; choose another --output."
            if not (overwrite and file.is_file()):
                return f"{file} is already there; --overwrite replaces it."
        return None

    def check_sheet(self, sheet: Path, *, overwrite: bool) -> None:
        """Raises CommandError if a contact sheet must not be written: it replaces no photo, and others on request."""
        made = [file for _, result in self.photos for file in (result, *self._companions(result))]
        if self.is_photo(sheet):
            raise CommandError(f"{sheet} is itself one of the photos; name another FILE.")
        if _name(sheet) in map(_name, made):
            raise CommandError(f"{sheet} is the name of a result; name another FILE.")
        if _exists(sheet) and not (overwrite and sheet.is_file()):
            raise CommandError(f"{sheet} is already there; --overwrite replaces it.")

    def is_photo(self, file: Path) -> bool:
        """Whether that file is one of the photos, under whatever name."""
        return _exists(file) and _identity(file) in self._inputs

    def _companions(self, result: Path) -> list[Path]:
        return [Path(companion(str(result), word)) for word in self.words]

    def _found(self, named: Path, output: Path) -> Iterator[tuple[Path, str]]:
        """A named photo, or those in a named folder except earlier results, each with its path within the output.

        What cannot be listed in it or leads nowhere counts as a photo, so that it fails as one that cannot be read.
        """
        if not (_exists(named) and named.is_dir() and os.access(named, os.R_OK | os.X_OK)):
            yield named, named.name
            return
        earlier = output.resolve() if output.resolve() != named.resolve() else None
        unlisted: list[OSError] = []
        for folder, folders, files in os.walk(named, onerror=unlisted.append):
            folders[:] = sorted(each for each in folders if (Path(folder) / each).resolve() != earlier)
            for name in [*(each for each in folders if _holds(Path(folder, each).is_symlink)), *sorted(files)]:
                photo = Path(folder, name)
                place = photo.relative_to(named).as_posix()
                if is_photo(place) and (not _exists(photo) or photo.is_file()):
                    yield photo, place
                elif not is_hidden(place):
                    self.passed_over.append(photo)
        for error in unlisted:
            place = Path(error.filename).relative_to(named).as_posix()
            if not is_hidden(place):
                yield Path(error.filename), place


def read_photo(photo: Path, at_most_bytes: int) -> bytes:
    """A photo's bytes, at most one more than the limit: the decoder refuses a photo above it."""
    with photo.open("rb") as file:
        return file.read(at_most_bytes + 1)


def save(result: Path, picture: bytes, companions: Mapping[str, bytes]) -> None:
    """Write a result and its companions, whose names are made of the result's by `companion`."""
    result.parent.mkdir(parents=True, exist_ok=True)
    for word, content in companions.items():
        write_whole(Path(companion(str(result), word)), content)
    write_whole(result, picture)


def write_whole(file: Path, content: bytes) -> None:
    """Write `file` completely or not at all."""
    part = file.with_name(unfinished(file.name))
    try:
        part.write_bytes(content)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _exists(file: Path) -> bool:
    return _holds(file.exists)


def _holds(question: Callable[[], bool]) -> bool:
    """Whether something is so of a path; no if its name is too long for any file, or nobody may look."""
    try:
        return question()
    except OSError:
        return False


def _name(file: Path) -> Path:
    """One of a file's names: the same however its folder is named, another one for each link to it."""
    return Path(os.path.realpath(file.parent), file.name)


def _identity(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_dev, found.st_ino
