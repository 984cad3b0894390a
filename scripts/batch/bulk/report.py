"""The report of a bulk job: a line for each photo, from which an interrupted job continues.

The processes that work on photos append to one file, report.jsonl. Each line is one write, which the kernel does not
mix with others. A photo's line is written before its result gets its name, so that every result has a line. A photo is
done when it has both, or when its line says that it cannot succeed. A job that was killed at any moment therefore
repeats no finished photo and loses none. Every process that may write holds a shared lock on the file. A job starts
when it can lock the file exclusively: the processes of a killed job have then ended.
"""

from __future__ import annotations

import csv
import fcntl
import json
import os
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from setup.console import CommandError

from ..result import PASSING, Result

# Ray's processes end within a few seconds after their driver.
LEFTOVER_TIMEOUT_S = 30.0


class Report:
    """A report.jsonl, opened for appending. The last line of a photo counts."""

    def __init__(self, path: Path) -> None:
        """Open it for a process of a running job. Raises OSError if the file cannot be written."""
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    @classmethod
    def begin(cls, path: Path) -> Report:
        """Open it for a new job when no other job uses it. Raises CommandError if one still does after a while."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            deadline_s = time.monotonic() + LEFTOVER_TIMEOUT_S
            while not _locked(file):
                if time.monotonic() > deadline_s:
                    raise CommandError(f"Another job is using {path}; wait for it, or end it.")
                time.sleep(0.1)
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":  # a line that a full disk cut off must not spoil the next one
                    file.write(b"\n")
                    file.flush()
            fcntl.flock(file, fcntl.LOCK_SH)
            return cls(path)

    def close(self) -> None:
        """Close the file and release its lock."""
        os.close(self._descriptor)

    def append(self, row: Result) -> None:
        """Append a photo's line. Raises OSError if it was not written completely."""
        line = (json.dumps(row.as_json()) + "\n").encode()
        with naming(self.path):
            if os.write(self._descriptor, line) < len(line):
                raise OSError(f"{self.path} cannot be written to")

    def rows(self, since_bytes: int = 0) -> Iterator[Result]:
        """The lines after the first `since_bytes` bytes, in order, without those that a full disk cut off."""
        return (Result.from_json(values) for values in self._lines(since_bytes))

    def finished(self, results: Container[str]) -> dict[str, str | None]:
        """The photos that need no more work, each with its result, or None if it cannot succeed.

        results: the results that exist.
        """
        done: dict[str, str | None] = {}
        for row in self.rows():
            if row.output in results or (not row.ok and row.type not in PASSING):
                done[row.file] = row.output
            else:
                done.pop(row.file, None)
        return done

    def write_csv(self, path: Path, photos: Container[str]) -> dict[str, int]:
        """Write the last line of each photo as CSV. Returns the numbers of "ok" and "failed".

        photos: those of the input; one that failed and is none of them any more is left out.
        """
        last = {values["file"]: n for n, values in enumerate(self._lines())}
        counts = {"ok": 0, "failed": 0}
        part = path.with_name(f".{path.name}.part")
        with naming(path), part.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
            table = csv.DictWriter(file, list(Result("").as_json()))
            table.writeheader()
            for n, values in enumerate(self._lines()):
                ok, file_name = values["type"] is None, values["file"]
                if last[file_name] == n and (ok or file_name in photos):
                    table.writerow(values)
                    counts["ok" if ok else "failed"] += 1
        part.replace(path)
        return counts

    def _lines(self, since_bytes: int = 0) -> Iterator[dict[str, Any]]:
        with self.path.open("rb") as file:
            file.seek(since_bytes)
            for line in file:
                try:
                    values = json.loads(line)
                    Result.from_json(values)
                except (ValueError, KeyError, TypeError, AttributeError):
                    continue
                yield values


@contextmanager
def naming(file: Path) -> Iterator[None]:
    """Within the block, an error of the system, as of a full disk, names the file that is written."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(file)
        raise


def _locked(file: IO[bytes]) -> bool:
    """Try to lock the file exclusively; returns whether that succeeded."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
