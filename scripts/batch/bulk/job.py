"""A bulk job: which photos there are, which of them are left to do, and the run over those."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath

from focal.settings import Settings
from setup.console import CommandError, say
from setup.machine import available_cores, free_bytes

from ..names import MASKS, is_photo, results
from ..progress import Progress
from ..result import UNREADABLE, Result
from .report import Report
from .task import Task

# Works on photos, given with their results' names, and yields for each whether it went well.
Run = Callable[[Task, Iterable[tuple[str, str]]], Iterator[bool]]

# A photo that failed for a reason that may be over is tried once more at the end.
PASSES = 2
# What a process and its decoder take at most, for themselves and for each megapixel: docs/reliability.md.
OWN_BYTES, BYTES_A_MEGAPIXEL = 800_000_000, 36_000_000


@dataclass(frozen=True)
class Counts:
    """How many photos have a result, and how many have none."""

    ok: int
    failed: int


def finish(task: Task, report: Report, run: Run) -> Counts:
    """Do what is left to do of a job, and write the CSV beside its report.

    Raises CommandError if there is nothing to do, or if the output is another job's.
    """
    photos = sorted(_photos(task))
    if not photos:
        raise CommandError(f"There is no photo in {task.source.place}.")
    _check_continuation(task)
    for name in [photo for photo in photos if not _is_utf8(photo)]:
        photos.remove(name)
        report.append(Result(name, type=UNREADABLE, message="Its name is not UTF-8; rename it."))
    for attempt in range(PASSES):
        finished = report.finished(set(task.target.names()))
        left = [photo for photo in photos if photo not in finished]
        if not left:
            break
        say(f"{len(left)} of {len(photos)} photos {'once more' if attempt else 'to do'}")
        words = MASKS if task.save_masks else ()
        taken = (result for result in finished.values() if result)
        progress = Progress(len(left))
        for ok in run(task, results(left, task.options.format, words, taken)):
            progress.advance(ok=ok)
    table = task.report.with_suffix(".csv")
    counts = Counts(**report.write_csv(table))
    if task.target.folder is None:
        for file in (task.report, table):
            task.target.write(file.name, file.read_bytes())
    return counts


def room_for(settings: Settings) -> int:
    """How many processes the cores and the free memory have room for, each with the largest photo; at least one."""
    most = free_bytes() / (OWN_BYTES + BYTES_A_MEGAPIXEL * settings.max_megapixels)
    return max(1, min(available_cores(), int(most)))


def _is_utf8(name: str) -> bool:
    return name == name.encode(errors="replace").decode()


def _photos(task: Task) -> Iterator[str]:
    """The names of the photos in the input, without the output if that is in there."""
    source, target = task.source, task.target
    inside = None
    if source.filesystem.equals(target.filesystem):
        if source.root == target.root:
            raise CommandError("OUTPUT is INPUT; results need a folder of their own.")
        if PurePosixPath(target.root).is_relative_to(source.root):
            inside = PurePosixPath(target.root).relative_to(source.root)
    for name in filter(is_photo, source.names()):
        if inside is None or not PurePosixPath(name).is_relative_to(inside):
            yield name


def _check_continuation(task: Task) -> None:
    """See that what is in the output, if anything, was begun in the same way. Raises CommandError."""
    file = task.report.with_suffix(".options.json")
    options = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(task.options).items()}
    now = {"input": task.source.place, "backbone": task.backbone, "save_masks": task.save_masks} | options
    if file.exists():
        before = json.loads(file.read_text(encoding="utf-8"))
        if changed := [name for name, value in now.items() if before.get(name) != value]:
            raise CommandError(
                f"{task.target.place} was begun with another {' and '.join(changed)}; "
                "go on as it was begun, or choose another OUTPUT."
            )
        return
    own = {task.report.name, task.report.with_suffix(".csv").name}
    if next((name for name in task.target.names() if name not in own), None):
        raise CommandError(
            f"{task.target.place} holds files of which {task.report} knows nothing; choose another OUTPUT."
        )
    file.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")
