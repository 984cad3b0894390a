"""Which files are photos, and what their results are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count
from pathlib import PurePosixPath

import pillow_heif
from focal.photo.decode import FORMATS
from PIL import Image

pillow_heif.register_heif_opener()

SUFFIXES = {"jpeg": (".jpg", ".jpeg"), "png": (".png",), "webp": (".webp",)}
# What accompanies a result has a word in its name: photo.mask.jpg.
MASKS = ("mask", "saliency")
SIDE_BY_SIDE = "side-by-side"


def is_photo(name: str) -> bool:
    """Whether a file in a folder is named like a photo of an accepted format, and not hidden."""
    path = PurePosixPath(name)
    hidden = any(part.startswith(".") for part in path.parts)
    return not hidden and Image.registered_extensions().get(path.suffix.lower()) in FORMATS


def companion(result: str, word: str) -> str:
    """The name of what accompanies a result: photo.jpg -> photo.mask.jpg."""
    path = PurePosixPath(result)
    return str(path.with_name(f"{path.stem}.{word}{path.suffix}"))


def results(
    photos: Iterable[str], image_format: str, words: Sequence[str] = (), taken: Iterable[str] = ()
) -> Iterator[tuple[str, str]]:
    """Each photo's name and its result's: the same, with the format's suffix if its own says another format.

    Of equal results (boat.png, boat.heic) the later ones are numbered (boat-2.jpg), whatever the case of their letters.
    words: of what accompanies each result.   taken: results that are not to be had any more.
    """
    used = {name for result in taken for name in _files(result, words)}
    for photo in photos:
        path = PurePosixPath(photo)
        suffix = path.suffix if path.suffix.lower() in SUFFIXES[image_format] else SUFFIXES[image_format][0]
        names = (str(path.with_name(f"{path.stem}{number}{suffix}")) for number in chain([""], count(-2, -1)))
        result = next(name for name in names if used.isdisjoint(_files(name, words)))
        used.update(_files(result, words))
        yield photo, result


def _files(result: str, words: Sequence[str]) -> list[str]:
    return [name.casefold() for name in (result, *(companion(result, word) for word in words))]
