"""model_store/focal.mar: handler, core, weights and their provenance; the same inputs give the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from focal.people.weights import PEOPLE_WEIGHTS
from focal.weights_file import WeightsFile

from .console import CommandError, say, warn
from .environment import REPOSITORY, RUNTIME_PINS
from .locks import lock
from .people import are_people_wanted, find_people
from .weights import WeightsUnavailableError, obtain, sha256_of

HANDLER = REPOSITORY / "handler"
PREFERRED, FALLBACK = "alexnet", "efficientnet_lite0"
EARLIEST_DATE = (1980, 1, 1, 0, 0, 0)  # that a zip file can hold


@dataclass(frozen=True)
class Stamp:
    """What an archive was built from, kept beside it; the preferred weights are in it to spare importing torch."""

    sources_sha256: str
    preferred: WeightsFile

    @classmethod
    def read(cls, file: Path) -> Stamp | None:
        """The stamp in `file`, or None if there is none that can be read."""
        try:
            values = json.loads(file.read_text())
            return cls(values["sources_sha256"], WeightsFile(**values["preferred"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def ensure_archive(
    backbone: str | None = None,
    weights: Path | None = None,
    folder: Path | None = None,
    people: Path | None = None,
) -> Path:
    """Build focal.mar unless it is there, made of these sources and this backbone; return its path.

    backbone: FOCAL_BACKBONE unless given; without either the preferred one, or, said loudly, the fallback when the
    preferred one's weights cannot be had.
    weights: a file to take instead of looking for one.   folder: FOCAL_MODEL_STORE or model_store/ unless given.
    people: the folder with the files of the networks that find people, instead of looking for them. They are part of
    the archive unless FOCAL_PEOPLE is off or, said loudly, they cannot be had.
    Raises CommandError.
    """
    folder = folder or Path(os.environ.get("FOCAL_MODEL_STORE") or REPOSITORY / "model_store").absolute()
    path = folder / "focal.mar"
    stamp_file = folder / "focal.mar.json"
    backbone = backbone or os.environ.get("FOCAL_BACKBONE")
    name = backbone or PREFERRED
    with lock(folder / ".lock"):
        stamp = Stamp.read(stamp_file)
        sources = sources_sha256()
        inside = provenance(path) if stamp and stamp.sources_sha256 == sources else {}
        built = inside.get("backbone")
        lacks_people = are_people_wanted() and not inside.get("people")
        if built == name and not lacks_people and weights is None and people is None:
            return path
        preferred = stamp.preferred if stamp and built else declared_weights(PREFERRED)
        try:
            found = obtain(preferred if name == PREFERRED else declared_weights(name), weights)
        except WeightsUnavailableError as reason:
            if backbone is not None:
                raise
            warn(f"AlexNet's weights cannot be had, so Focal serves EfficientNet-Lite0 instead. {reason}")
            name, found = FALLBACK, None
        finders = find_people(people) if built != name or lacks_people or people else None
        if built != name or finders:
            say(f"Building {path.name} with {name}{' and the networks that find people' if finders else ''}")
            build(path, name, found or obtain(declared_weights(name)), finders)
            stamp_file.write_text(json.dumps(asdict(Stamp(sources, preferred)), indent=2) + "\n")
    return path


def declared_weights(backbone: str) -> WeightsFile:
    """The weights file that a backbone of focal declares. Imports torch: seconds."""
    from focal.network import backbones

    try:
        return WeightsFile(**asdict(backbones.find(backbone).weights))
    except ValueError as error:
        raise CommandError(str(error)) from error


def provenance(archive: Path) -> dict[str, Any]:
    """provenance.json of an archive: the fields of focal.network.model.Provenance; empty if it is none."""
    try:
        with zipfile.ZipFile(archive) as mar:
            values: dict[str, Any] = json.loads(mar.read("provenance.json"))
            return values
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return {}


def unpack(archive: Path, folder: Path) -> None:
    """Write what is in an archive to `folder`. Raises CommandError if it is damaged."""
    try:
        with zipfile.ZipFile(archive) as mar:
            mar.extractall(folder)
    except zipfile.BadZipFile as error:
        raise CommandError(f"{archive} is damaged ({error}); build it again.") from error


def sources_sha256() -> str:
    """One digest of all that decides the archive's bytes, apart from the backbone's weights."""
    digest = hashlib.sha256()
    for file in [*_handler_files(), RUNTIME_PINS, Path(__file__)]:
        digest.update(f"{file.relative_to(REPOSITORY)}\0{sha256_of(file)}\n".encode())
    return digest.hexdigest()


def build(target: Path, backbone: str, weights: Path, people: Path | None = None) -> None:
    """Pack `target` with torch-model-archiver, then make it reproducible.

    people: the folder with the files of the networks that find people, if they are to be part of it.
    Raises CommandError.
    """
    declared = declared_weights(backbone)
    from focal import __version__
    from focal.network.model import Provenance

    with tempfile.TemporaryDirectory(prefix="focal-archive-") as folder:
        root = Path(folder)
        extra, packed, own_tmp = root / "extra", root / "packed", root / "tmp"
        for made in (extra, packed, own_tmp):
            made.mkdir()
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
        (root / "weights.pth").symlink_to(weights.absolute())
        arguments = {
            "model-name": "focal",
            "version": __version__,
            "handler": HANDLER / "focal_handler.py",
            "config-file": HANDLER / "model-config.yaml",
            "serialized-file": root / "weights.pth",
            "extra-files": extra,
            "export-path": packed,
            "archive-format": "zip-store",  # weights do not shrink: deflating them costs half a minute
        }
        done = subprocess.run(
            [sys.executable, "-m", "model_archiver.model_packaging"]
            + [f"--{name}={value}" for name, value in arguments.items()],
            env=os.environ | {"TMPDIR": str(own_tmp)},  # it deletes $TMPDIR/<model name>, whosever that is
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CommandError(f"torch-model-archiver failed: {done.stderr.strip().splitlines()[-1:]}")
        partial = target.with_name(f"{target.name}.partial")
        _rewrite(packed / "focal.mar", partial)
        partial.replace(target)


def _rewrite(packed: Path, target: Path) -> None:
    """Copy a zip, its entries ordered by name, uncompressed, with fixed dates: nothing in it tells when it was made."""
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
    """The files under handler/ that are part of the service, in a fixed order."""
    files = (path for path in HANDLER.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sorted(files, key=lambda path: path.relative_to(HANDLER).as_posix())
