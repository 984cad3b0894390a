"""A folder of photos or results: on this machine, in a bucket, or anywhere else that pyarrow or fsspec can reach."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import fsspec
import pyarrow
from pyarrow import fs
from setup.console import CommandError

from ..names import is_hidden, told, unfinished
from ..result import sentence

# In these an object appears only when it is complete. Elsewhere a file is renamed when it is complete.
OBJECT_STORES = ("s3", "gcs", "abfs")


@dataclass(frozen=True)
class Storage:
    """A folder, whose files have names relative to it, such as "holiday/boat.jpg"."""

    place: str
    filesystem: fs.FileSystem
    root: str

    @classmethod
    def at(cls, place: str) -> Storage:
        """The folder at a path of this machine or at a URI (s3://…, gs://…, file://…, any of fsspec's).

        Raises CommandError if it cannot be reached.
        """
        try:
            if "://" not in place and "::" not in place:
                return cls(place, fs.LocalFileSystem(), str(Path(place).resolve()))
            if place.startswith(("file://", "s3://", "gs://", "gcs://", "abfs://", "abfss://", "hdfs://")):
                filesystem, root = fs.FileSystem.from_uri(place)
            else:
                other, root = fsspec.core.url_to_fs(place)
                filesystem = fs.PyFileSystem(fs.FSSpecHandler(other))
            return cls(place, filesystem, root.rstrip("/"))
        except (ValueError, ImportError, OSError, pyarrow.ArrowException) as error:
            raise CommandError(f"{told(place)} cannot be reached: {sentence(error)}") from error

    @property
    def folder(self) -> Path | None:
        """The folder's path if it is on this machine, else None."""
        return Path(self.root) if isinstance(self.filesystem, fs.LocalFileSystem) else None

    def names(self) -> Iterator[str]:
        """The names of all files in it and in its subfolders; none if it does not exist. Raises CommandError."""
        if self.folder:  # pyarrow cannot list a folder in which one name is not UTF-8
            return (
                os.path.relpath(Path(folder, file), self.root)
                for folder, _, files in os.walk(self.root, onerror=self._refuse)
                for file in files
            )
        selector = fs.FileSelector(self.root, allow_not_found=True, recursive=True)
        try:
            found = self.filesystem.get_file_info(selector)
        except (OSError, pyarrow.ArrowException) as error:
            raise CommandError(f"{told(self.place)} cannot be listed: {sentence(error)}") from error
        return (info.path.removeprefix(self.root).lstrip("/") for info in found if info.is_file)

    def _refuse(self, error: OSError) -> None:
        """A folder on this machine that is there and cannot be listed may hold photos, unless it is hidden."""
        place = str(error.filename)
        if not isinstance(error, FileNotFoundError) and not is_hidden(os.path.relpath(place, self.root)):
            raise CommandError(f"{place} cannot be listed: {sentence(error)}") from error

    def has(self, name: str) -> bool:
        """Whether there is a file of that name. Raises OSError."""
        return bool(self.filesystem.get_file_info(f"{self.root}/{name}").is_file)

    def read(self, name: str, at_most_bytes: int) -> bytes:
        """A file's bytes, at most one more than the limit. Raises OSError, also for a pipe, which might never end."""
        if self.folder and stat.S_ISFIFO(Path(self.root, name).stat().st_mode):
            raise OSError(f"{self.root}/{name} is a pipe")
        with self.filesystem.open_input_stream(f"{self.root}/{name}", compression=None) as stream:
            content: bytes = stream.read(at_most_bytes + 1)
            return content

    def write(self, name: str, content: bytes) -> None:
        """Write a file completely or not at all. Raises OSError."""
        path = PurePosixPath(self.root, name)
        if self.filesystem.type_name in OBJECT_STORES:
            return self._write(str(path), content)
        self.filesystem.create_dir(str(path.parent), recursive=True)
        part = str(path.with_name(unfinished(path.name)))
        self._write(part, content)
        self.filesystem.move(part, str(path))

    def _write(self, path: str, content: bytes) -> None:
        with self.filesystem.open_output_stream(path, compression=None) as stream:
            stream.write(content)
