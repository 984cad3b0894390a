"""Which files are photos, and the names of their results."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2s
from itertools import chain, count
from pathlib import PurePosixPath

# What files of the accepted formats are usually called; client.py has the same.
PHOTO_SUFFIXES = frozenset(
    [
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".jfi", ".jif", ".pjpeg", ".pjp", ".mpo"),
        *(".png", ".apng", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"),
        *(".avif", ".avifs", ".heic", ".heics", ".heif", ".heifs", ".hif"),
    ]
)
NAME_BYTES = 255  # the longest name that usual file systems take

# In URIs. A password may hold a slash by mistake: a colon is taken for its beginning unless a port follows.
_USER = re.compile(r"(?<=://)([^/?#]*|[^/?#:]*:(?!:|\d+/)[^?#]*)@")
_AFTER_SCHEME = re.compile(r"(?<=://)[^\s'\"]*")
_PARAMETER = re.compile(r"(?<=[?&])(?!(region|endpoint_override|scheme)=)[^&#]+")

SUFFIXES = {"jpeg": (".jpg", ".jpeg"), "png": (".png",), "webp": (".webp",)}
# The words of companions: files next to a result with a word in their names, such as photo.mask.jpg.
MASKS = ("mask", "saliency")
SIDE_BY_SIDE = "side-by-side"


def is_photo(name: str) -> bool:
    """Whether a file has the suffix of an accepted format and is not hidden."""
    path = PurePosixPath(name)
    return not is_hidden(name) and path.suffix.lower() in PHOTO_SUFFIXES


def is_hidden(name: str) -> bool:
    """Whether a file's name, or that of a folder it is in, begins with a dot."""
    return any(part.startswith(".") for part in PurePosixPath(name).parts)


def told(place: str) -> str:
    """A folder as a sentence can end with it.

    Without credentials, if it is a URI; of "." and "..", which would look like the sentence's end, the path.
    """
    is_local = "://" not in place and "::" not in place
    return os.path.realpath(place) if is_local and place.endswith(".") else without_credentials(place)


def without_credentials(text: str) -> str:
    """A text without what the URIs in it hold of names, passwords and, but for the harmless, parameters."""
    anonymous = _USER.sub(_container, text)
    return _AFTER_SCHEME.sub(lambda rest: _PARAMETER.sub("…", rest[0]), anonymous)


def _container(user: re.Match[str]) -> str:
    """What stands before a host and is a place all the same: the container of an Azure account."""
    name = user[1].partition(":")[0]
    is_azure = user.string[: user.start()].endswith(("abfs://", "abfss://"))
    return f"{name}@" if name and is_azure else ""


def passed_over(names: Sequence[str]) -> str:
    """What to say of files in a folder that are taken for no photos."""
    first = "".join(c if c.isprintable() else "?" for c in names[0])
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"Passed over {first}{more}: not named like a photo, or no file."


def unfinished(name: str) -> str:
    """What a file is called in its folder while it is written: short, hidden, and the same whenever it is tried."""
    return f".{blake2s(os.fsencode(name), digest_size=8).hexdigest()}.part"


def companion(result: str, word: str) -> str:
    """The name of a result's companion: photo.jpg -> photo.mask.jpg."""
    path = PurePosixPath(result)
    return str(path.with_name(f"{path.stem}.{word}{path.suffix}"))


def results(
    photos: Iterable[str], image_format: str, words: Sequence[str] = (), taken: Iterable[str] = ()
) -> Iterator[tuple[str, str]]:
    """Each photo's name and its result's: the same name, with the suffix of the format.

    If two photos would have the same result (boat.png, boat.heic), ignoring case, the later one gets a number
    (boat-2.jpg). A name that would be too long, itself or one of its companions', is cut.
    words: of the companions of each result.   taken: names that are already in use.
    """
    used = {name for result in taken for name in _files(result, words)}
    for photo in photos:
        path = PurePosixPath(photo)
        suffix = path.suffix if path.suffix.lower() in SUFFIXES[image_format] else SUFFIXES[image_format][0]
        endings = (f"{number}{suffix}" for number in chain([""], count(-2, -1)))
        names = (str(path.with_name(_cut(path.stem, ending, words) + ending)) for ending in endings)
        result = next(name for name in names if used.isdisjoint(_files(name, words)))
        used.update(_files(result, words))
        yield photo, result


def _cut(stem: str, ending: str, words: Sequence[str]) -> str:
    """A stem that leaves room for its ending, and for the longest word before that."""
    room = NAME_BYTES - len(os.fsencode(ending)) - max((len(f".{word}") for word in words), default=0)
    encoded = os.fsencode(stem)
    if len(encoded) <= room:
        return stem
    return encoded[:room].decode(errors="ignore") or os.fsdecode(encoded[:room])  # whole letters, if it is UTF-8


def _files(result: str, words: Sequence[str]) -> list[str]:
    return [name.casefold() for name in (result, *(companion(result, word) for word in words))]
