"""Builds model_store/focal.mar of handler, core, weights and provenance; the same inputs give the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from focal.network.people.weights import PEOPLE_WEIGHTS

from .backbone_choice import PREFERRED, choose_backbone, declared_weights, named_backbone
from .console import CommandError, no_space, say
from .environment import REPOSITORY, RUNTIME_PINS
from .locks import lock
from .people import are_people_wanted, find_people
from .weights import obtain, sha256_of

HANDLER = REPOSITORY / "handler"
EARLIEST_DATE = (1980, 1, 1, 0, 0, 0)  # of a zip file


def ensure_archive(
    backbone: str | None = None,
    weights: Path | None = None,
    folder: Path | None = None,
    people: Path | None = None,
) -> Path:
    """Build focal.mar, unless it already exists with these sources and this backbone; return its path.

    backbone, weights: see `choose_backbone`.   folder: FOCAL_MODEL_STORE or model_store/ unless given.
    people: the folder with the files of the networks that find people, instead of looking for them. They are part of
    the archive unless FOCAL_PEOPLE is off or, with a warning, they cannot be had.
    Raises CommandError.
    """
    folder = folder or Path(os.environ.get("FOCAL_MODEL_STORE") or REPOSITORY / "model_store").absolute()
    path = folder / "focal.mar"
    name = named_backbone(backbone) or PREFERRED
    with lock(folder / ".lock"):
        sources = sources_sha256()
        contents = provenance(path) if _stamp(path) == sources else {}
        built = contents.get("backbone")
        lacks_people = are_people_wanted() and not contents.get("people")
        if built == name and not lacks_people and weights is None and people is None:
            return path
        name, found = choose_backbone(backbone, weights)
        finders = find_people(people) if built != name or lacks_people or people else None
        if built != name or finders:
            say(f"Building {path.name} with {name}{' and the networks that find people' if finders else ''}")
            build(path, name, found or obtain(declared_weights(name)), finders)
            write_stamp(path, sources)
    return path


def write_stamp(archive: Path, sources: str) -> None:
    """Say next to an archive which `sources_sha256` it was built from."""
    archive.with_name(f"{archive.name}.json").write_text(json.dumps({"sources_sha256": sources}, indent=2) + "\n")


def _stamp(archive: Path) -> str | None:
    """What `write_stamp` said, or None if it cannot be read."""
    try:
        sources: str = json.loads(archive.with_name(f"{archive.name}.json").read_text())["sources_sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return sources


def provenance(archive: Path) -> dict[str, Any]:
    """The provenance.json of an archive, with the fields of focal.network.model.Provenance; empty if it has none."""
    try:
        with zipfile.ZipFile(archive) as mar:
            values: dict[str, Any] = json.loads(mar.read("provenance.json"))
            return values
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return {}


def unpack(archive: Path, folder: Path) -> None:
    """Write the files of an archive to `folder`. Raises CommandError if it is damaged."""
    try:
        with zipfile.ZipFile(archive) as mar:
            mar.extractall(folder)
    except zipfile.BadZipFile as error:
        raise CommandError(f"{archive} is damaged ({error}); build it again.") from error


def keep(archive: Path, target: Path) -> None:
    """Link or copy an archive to `target`, whose folder is for this account alone: a restart serves the same bytes."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.link(archive.resolve(), target)
    except OSError:  # another file system
        shutil.copyfile(archive, target)


def sources_sha256() -> str:
    """One digest of everything that determines the archive's bytes, except the weights."""
    digest = hashlib.sha256()
    for file in [*_handler_files(), RUNTIME_PINS, Path(__file__)]:
        digest.update(f"{file.relative_to(REPOSITORY)}\0{sha256_of(file)}\n".encode())
    return digest.hexdigest()


def build(target: Path, backbone: str, weights: Path, people: Path | None = None) -> None:
    """Pack `target` with torch-model-archiver, then make it reproducible.

    people: the folder with the files of the networks that find people, to include them.   Raises CommandError.
    """
    with tempfile.TemporaryDirectory(prefix="focal-archive-") as folder:
        root = Path(folder)
        extra = _extra_files(root / "extra", backbone, people)
        packed = _pack(root, extra, weights)
        partial = target.with_name(f"{target.name}.partial")
        _rewrite(packed, partial)
        partial.replace(target)


def _extra_files(extra: Path, backbone: str, people: Path | None) -> Path:
    """Fill a new folder with what an archive holds besides handler and weights: core, people's networks, provenance."""
    declared = declared_weights(backbone)
    from focal import __version__
    from focal.network.model import Provenance

    extra.mkdir()
    for file in _handler_files():
        inside = file.relative_to(HANDLER)
        if inside.parts[0] == "focal":
            (extra / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, extra / inside)
    finders = {}
    if people is not None:
        finders = {file.file_name: file.sha256 for file in PEOPLE_WEIGHTS}
        for name in finders:
            shutil.copyfile(people / name, extra / name)
    Provenance(backbone, declared.origin, declared.sha256, __version__, finders).write(extra / "provenance.json")
    return extra


def _pack(root: Path, extra: Path, weights: Path) -> Path:
    """The archive that torch-model-archiver makes, in the folder `root`. Raises CommandError."""
    from focal import __version__

    packed, own_tmp = root / "packed", root / "tmp"
    for made in (packed, own_tmp):
        made.mkdir()
    (root / "weights.pth").symlink_to(weights.absolute())
    arguments = {
        "model-name": "focal",
        "version": __version__,
        "handler": HANDLER / "focal_handler.py",
        "config-file": HANDLER / "model-config.yaml",
        "serialized-file": root / "weights.pth",
        "extra-files": extra,
        "export-path": packed,
        "archive-format": "zip-store",  # weights hardly compress
    }
    done = subprocess.run(
        [sys.executable, "-m", "model_archiver.model_packaging"]
        + [f"--{name}={value}" for name, value in arguments.items()],
        env=os.environ | {"TMPDIR": str(own_tmp)},  # it deletes $TMPDIR/<model name>, even if that is not its own
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and (full := no_space(root.parent)):
        raise CommandError(full)
    if done.returncode:
        raise CommandError(f"torch-model-archiver failed: {' '.join(done.stderr.strip().splitlines()[-1:])}")
    return packed / "focal.mar"


def _rewrite(packed: Path, target: Path) -> None:
    """Copy a zip with its entries sorted, uncompressed and with a fixed date, so that its bytes are reproducible."""
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as result:
        for name in sorted(source.namelist()):
            entry = zipfile.ZipInfo(name, EARLIEST_DATE)
            entry.external_attr = 0o644 << 16
            if name == "MAR-INF/MANIFEST.json":
                manifest = json.loads(source.read(name)) | {"createdOn": "01/01/1980 00:00:00"}
                result.writestr(entry, json.dumps(manifest, indent=2, sort_keys=True) + "\n")
            else:
                entry.file_size = source.getinfo(name).file_size
                with source.open(name) as data, result.open(entry, "w") as copy:
                    shutil.copyfileobj(data, copy, 1 << 20)


def _handler_files() -> list[Path]:
    """The files under handler/, in a fixed order."""
    files = (path for path in HANDLER.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sorted(files, key=lambda path: path.relative_to(HANDLER).as_posix())
