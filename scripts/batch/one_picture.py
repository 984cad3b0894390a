"""One photo into one picture whose name is given, either of them a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from setup.console import CommandError

from .names import PHOTO_SUFFIXES, SUFFIXES

PIPE = Path("-")
FORMATS = {suffix: image_format for image_format, suffixes in SUFFIXES.items() for suffix in suffixes}


@dataclass(frozen=True)
class OnePicture:
    """A photo and the file of its result; where one is a pipe, a temporary file in its place."""

    photo: Path
    result: Path
    names: dict[str, str]  # what to call them: by the temporary file, "-"


def names_a_picture(output: Path) -> bool:
    """Whether an --output is that of one picture: a pipe, or a file named like one."""
    return output == PIPE or (output.suffix.lower() in PHOTO_SUFFIXES and not output.is_dir())


def check(photos: list[Path], output: Path, image_format: str, companions: bool) -> None:
    """Raises CommandError if that photo and that output do not fit together."""
    if len(photos) != 1 or photos[0].is_dir():
        raise CommandError(f"{output} is the name of one picture; name one photo, or a folder for the results.")
    if output == PIPE and companions:
        raise CommandError("A pipe takes one picture; leave out --save-masks and --side-by-side, or name a file.")
    if output != PIPE and output.suffix.lower() not in FORMATS:
        raise CommandError(f"{output} has the suffix of no picture that is made here; name it .jpg, .png or .webp.")
    if output != PIPE and FORMATS[output.suffix.lower()] != image_format:
        raise CommandError(f"{output} is not the name of a {image_format}; name another file, or leave out --format.")


@contextmanager
def one_picture(photo: Path, output: Path, most_bytes: int) -> Iterator[OnePicture]:
    """The photo, read from stdin if it is a pipe, and where its result goes; at the end it is written to stdout."""
    with TemporaryDirectory(prefix="focal-") as folder:
        given, made, names = photo, output, {}
        if photo == PIPE:
            given = Path(folder, "photo")
            given.write_bytes(sys.stdin.buffer.read(most_bytes + 1))
        if output == PIPE:
            made = Path(folder, "result")
        for file, name in ((given, photo), (made, output)):
            names[str(file)] = str(name)
        yield OnePicture(given, made, names)
        if output == PIPE and made.exists():
            # Not sys.stdout.buffer, which PYTHONUNBUFFERED makes one that may write a part only, without an error.
            with open(sys.stdout.fileno(), "wb", closefd=False) as pipe:
                pipe.write(made.read_bytes())
