"""The job of the command line: each photo is blurred into a file, and a contact sheet shows them all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from focal.photo.photo import Photo
from focal.pipeline import Developed
from focal.settings import Settings

from .contact_sheet import Captioned
from .depth_maps import DepthMaps
from .files import LocalFiles, read_photo, save
from .names import MASKS, SIDE_BY_SIDE
from .pictures import before_and_after, save_sheet, side_by_side
from .processor import PhotoProcessor
from .result import UNWRITABLE, Result


class LocalJob:
    """The job of scripts/focal: photos in files, each blurred into a file.

    overwrite: replace existing results.   sheet: the file of a contact sheet, or None for no sheet.
    maps: of the photos' depth, or None.
    """

    def __init__(
        self,
        files: LocalFiles,
        processor: PhotoProcessor,
        settings: Settings,
        *,
        overwrite: bool,
        sheet: Path | None,
        maps: DepthMaps | None = None,
    ) -> None:
        self._files, self._processor, self._settings = files, processor, settings
        self._overwrite, self._sheet, self._maps = overwrite, sheet, maps
        self._pairs: list[tuple[Captioned, Captioned]] = []

    def results(self) -> Iterator[Result]:
        """Blur one photo after the other and yield its result. Raises CommandError if the sheet cannot be written."""
        for photo, result in self._files.photos:
            if refusal := self._files.refusal(result, overwrite=self._overwrite):
                yield Result(str(photo), type=UNWRITABLE, message=refusal)
            else:
                yield self._blur(photo, result)
        if self._sheet and self._pairs:
            save_sheet(self._pairs, self._sheet)

    def _blur(self, photo: Path, result: Path) -> Result:
        def keep(decoded: Photo, developed: Developed) -> None:
            companions = self._companions(decoded, developed)
            save(result, self._processor.encode(developed.picture, decoded), companions)
            if self._sheet:
                self._pairs.append(before_and_after(photo.name, decoded, developed))

        most_bytes = self._settings.max_photo_bytes
        place, maps = self._files.places[photo], self._maps
        read_depth = (lambda: maps.of(place, most_bytes)) if maps else None
        return self._processor.process(str(photo), str(result), lambda: read_photo(photo, most_bytes), keep, read_depth)

    def _companions(self, photo: Photo, developed: Developed) -> dict[str, bytes]:
        companions = {}
        if set(MASKS) <= set(self._files.words):
            companions = self._processor.encode_masks(photo, developed)
        if SIDE_BY_SIDE in self._files.words:
            companions[SIDE_BY_SIDE] = self._processor.encode(side_by_side(photo, developed), photo)
        return companions
