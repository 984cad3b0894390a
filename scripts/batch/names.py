"""Which files are photos, and the names of their results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count
from pathlib import PurePosixPath

import pillow_heif
from focal.photo.decode import FORMATS
from PIL import Image

pillow_heif.register_heif_opener()

SUFFIXES = {"jpeg": (".jpg", ".jpeg"), "png": (".png",), "webp": (".webp",)}
# The words of companions: files next to a result with a word in their names, such as photo.mask.jpg.
MASKS = ("mask", "saliency")
SIDE_BY_SIDE = "side-by-side"


def is_photo(name: str) -> bool:
    """Whether a file has the suffix of an accepted format and is not hidden."""
    path = PurePosixPath(name)
    hidden = any(part.startswith(".") for part in path.parts)
    return not hidden and Image.registered_extensions().get(path.suffix.lower()) in FORMATS


def companion(result: str, word: str) -> str:
    """The name of a result's companion: photo.jpg -> photo.mask.jpg."""
    path = PurePosixPath(result)
    return str(path.with_name(f"{path.stem}.{word}{path.suffix}"))


def results(
    photos: Iterable[str], image_format: str, words: Sequence[str] = (), taken: Iterable[str] = ()
) -> Iterator[tuple[str, str]]:
    """Each photo's name and its result's: the same name, with the suffix of the format.

    If two photos would have the same result (boat.png, boat.heic), ignoring case, the later one gets a number
    (boat-2.jpg).   words: of the companions of each result.   taken: names that are already in use.
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
