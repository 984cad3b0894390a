"""A bulk job: find the photos, leave out those that are done, and run an engine over the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from focal.settings import Settings
from setup.console import CommandError, say
from setup.machine import available_cores, free_bytes

from ..names import MASKS, is_hidden, is_photo, passed_over, results, told, without_credentials
from ..progress import PhotoProgress
from ..result import UNREADABLE, Result
from .report import Report, naming
from .storage import Storage
from .task import Task

# Works on photos, given with the names of their results, and yields for each whether it succeeded.
Run = Callable[[Task, Iterable[tuple[str, str]]], Iterator[bool]]

# A photo that failed for a reason that may be temporary is tried once more at the end.
PASSES = 2
# The most memory of a process and its decoder, without a photo and for each of its megapixels: docs/reliability.md.
OWN_BYTES, BYTES_A_MEGAPIXEL = 800_000_000, 36_000_000


@dataclass(frozen=True)
class Counts:
    """How many photos succeeded and how many failed."""

    ok: int
    failed: int


def photos_in(source: Storage, target: Storage) -> list[str]:
    """The names of the input's photos, in order; says what it passes over. Raises CommandError if there is none."""
    names = sorted(_names(source, target))
    photos = [name for name in names if is_photo(name)]
    if passed := sorted(set(names) - set(photos)):
        say(passed_over(passed))
    if not photos:
        raise CommandError(f"There is no photo in {told(source.place)}.")
    return photos


def finish(task: Task, photos: list[str], report: Report, run: Run) -> Counts:
    """Do the rest of a job, and write the CSV next to its report.

    photos: all of the input's, done or not.
    Raises CommandError if the output belongs to another job.
    """
    _check_continuation(task)
    readable = [name for name in photos if _is_utf8(name)]
    for name in [name for name in photos if not _is_utf8(name)]:
        report.append(Result(name, type=UNREADABLE, message="Its name is not UTF-8; rename it."))
    for attempt in range(PASSES):
        finished = report.finished(set(task.target.names()))
        left = [photo for photo in readable if photo not in finished]
        if not left:
            break
        say(f"{len(left)} of {len(readable)} photos {'once more' if attempt else 'to do'}")
        words = MASKS if task.save_masks else ()
        taken = (result for result in finished.values() if result)
        progress = PhotoProgress(len(left))
        for ok in run(task, results(left, task.options.image_format, words, taken)):
            progress.advance(ok=ok)
    return _conclude(task, report, set(photos))


def finish_if_done(task: Task, photos: list[str], report: Report) -> Counts | None:
    """`finish`, if the same job has done all photos already, without the network, which takes seconds to import.

    None if there is more to do.
    """
    if _changed(task) != []:
        return None
    listed = set(photos)
    finished = report.finished(set(task.target.names()))
    return _conclude(task, report, listed) if listed <= finished.keys() else None


def begun_backbone(report: Path) -> str | None:
    """The backbone that a job was begun with, by the path of its report; None if it was not."""
    file = _options_file(report)
    backbone: str | None = json.loads(file.read_text(encoding="utf-8")).get("backbone") if file.exists() else None
    return backbone


def room_for(settings: Settings) -> int:
    """The number of processes that fit the cores and, each with the largest photo, the free memory; at least one."""
    return max(1, min(available_cores(), int(free_bytes() / process_bytes(settings))))


def process_bytes(settings: Settings) -> int:
    """The most memory that a process may need: with the largest photo that the settings allow."""
    return OWN_BYTES + int(BYTES_A_MEGAPIXEL * settings.max_megapixels)


def _conclude(task: Task, report: Report, photos: Container[str]) -> Counts:
    """Write the CSV of a job that has nothing left to do next to its report, and both to a bucket, if it is in one."""
    table = task.report.with_suffix(".csv")
    counts = Counts(**report.write_csv(table, photos))
    if task.target.folder is None:
        for file in (task.report, table):
            task.target.write(file.name, file.read_bytes())
    return counts


def _is_utf8(name: str) -> bool:
    return name == name.encode(errors="replace").decode()


def _names(source: Storage, target: Storage) -> Iterator[str]:
    """The names of the files in the input, except hidden ones and those in an output folder inside it."""
    nested = None
    if source.filesystem.equals(target.filesystem):
        if source.root == target.root:
            raise CommandError("OUTPUT is INPUT; results need a folder of their own.")
        if PurePosixPath(target.root).is_relative_to(source.root):
            nested = PurePosixPath(target.root).relative_to(source.root)
    for name in source.names():
        if not is_hidden(name) and (nested is None or not PurePosixPath(name).is_relative_to(nested)):
            yield name


def _check_continuation(task: Task) -> None:
    """Check that the output is empty, or that the same job began it. Raises CommandError."""
    changed = _changed(task)
    if changed:
        raise CommandError(
            f"{told(task.target.place)} was begun with another {' and '.join(changed)}; "
            "continue with the same, or choose another OUTPUT."
        )
    if changed is not None:
        return
    own = {task.report.name, task.report.with_suffix(".csv").name}
    if next((name for name in task.target.names() if name not in own), None):
        place = told(task.target.place)
        raise CommandError(f"{place} holds files that {task.report} does not list; choose another OUTPUT.")
    file = _options_file(task.report)
    with naming(file):
        file.write_text(json.dumps(_described(task), indent=2) + "\n", encoding="utf-8")


def _changed(task: Task) -> list[str] | None:
    """What of the job differs from the one that was begun; None if none was."""
    file = _options_file(task.report)
    if not file.exists():
        return None
    before = json.loads(file.read_text(encoding="utf-8"))
    return [name for name, value in _described(task).items() if _kept(before.get(name)) != value]


def _described(task: Task) -> dict[str, Any]:
    """What has to stay as it is for a job to go on."""
    options = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(task.options).items()}
    described = {"input": task.source.place, "backbone": task.backbone, "save_masks": task.save_masks}
    described |= {"maps": task.maps.place if task.maps else None} | options
    return {name: _kept(value) for name, value in described.items()}


def _kept(value: object) -> object:
    """A value as it may lie on a disk: of a URI, without credentials, which may change while a job is stopped."""
    return without_credentials(value) if isinstance(value, str) else value


def _options_file(report: Path) -> Path:
    return report.with_suffix(".options.json")
