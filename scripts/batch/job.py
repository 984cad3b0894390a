"""The command line's job: photo after photo into files, and a contact sheet of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from focal.settings import Settings

from .files import LocalFiles, read, save
from .names import MASKS, SIDE_BY_SIDE
from .pictures import Tile, before_and_after, save_sheet, side_by_side
from .processor import Developed, Developer
from .result import UNWRITABLE, Row


class LocalJob:
    """Photos in files, and what each of them becomes.

    overwrite: replace results that are there.   sheet: the file of a contact sheet, if there is to be one.
    """

    def __init__(
        self, files: LocalFiles, developer: Developer, settings: Settings, *, overwrite: bool, sheet: Path | None
    ) -> None:
        self._files, self._developer, self._settings = files, developer, settings
        self._overwrite, self._sheet = overwrite, sheet
        self._pairs: list[tuple[Tile, Tile]] = []

    def rows(self) -> Iterator[Row]:
        """Blur one photo after the other; how each went. Raises CommandError if the sheet has no picture's suffix."""
        for photo, result in self._files.photos:
            if refusal := self._files.refusal(result, overwrite=self._overwrite):
                yield Row(str(photo), type=UNWRITABLE, message=refusal)
            else:
                yield self._row(photo, result)
        if self._sheet and self._pairs:
            save_sheet(self._pairs, self._sheet)

    def _row(self, photo: Path, result: Path) -> Row:
        def keep(developed: Developed) -> None:
            companions = self._companions(developed)
            save(result, self._developer.encode(developed.picture, developed.photo), companions)
            if self._sheet:
                self._pairs.append(before_and_after(photo.name, developed))

        most_bytes = self._settings.max_photo_bytes
        return self._developer.process(str(photo), str(result), lambda: read(photo, most_bytes), keep)

    def _companions(self, developed: Developed) -> dict[str, bytes]:
        companions = {}
        if set(MASKS) <= set(self._files.words):
            companions = self._developer.encode_masks(developed)
        if SIDE_BY_SIDE in self._files.words:
            companions[SIDE_BY_SIDE] = self._developer.encode(side_by_side(developed), developed.photo)
        return companions
