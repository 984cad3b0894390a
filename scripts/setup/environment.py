"""The virtual environment: made once for each set of pins, outside the checkout, shared by all commands.

Each step leaves a file behind when it is complete, so that a step that was interrupted is never taken for done.

Uses the standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from focal.machine.process import variables_for

from .console import CommandError, heartbeat, no_space, say
from .locks import lock
from .switches import is_offline

REPOSITORY = Path(__file__).resolve().parents[2]
PYTHON_PATH = os.pathsep.join(str(REPOSITORY / folder) for folder in ("scripts", "handler"))  # of processes of ours
RUNTIME_PINS = REPOSITORY / "requirements.txt"
TORCH_PINS = REPOSITORY / "requirements-torch.txt"
BULK_PINS = REPOSITORY / "requirements-bulk.txt"
TRACING_PINS = REPOSITORY / "requirements-tracing.txt"
TEST_PINS = REPOSITORY / "requirements-test.txt"

# PyTorch's own index of CPU builds: 200 MB instead of the 5.6 GB that the default index's CUDA build brings along.
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
TORCH_CPU_INDEX_TIMEOUT_S = 4.0

MADE = "made-by-focal"  # a file in an environment that was made to the end


def cache_dir() -> Path:
    """Focal's folder for what can be made again: $XDG_CACHE_HOME/focal."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "focal"


def venv_dir() -> Path:
    """Where the virtual environment of these pins and this Python lives; FOCAL_VENV overrides."""
    if chosen := os.environ.get("FOCAL_VENV"):
        return Path(chosen).absolute()
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return cache_dir() / f"venv-{_digest([python, *requirements(RUNTIME_PINS), *requirements(TORCH_PINS)])}"


def requirements(pins: Path) -> list[str]:
    """What a file pins, one line each: without hashes, comments and line breaks, which change nothing of it."""
    joined = pins.read_text().replace("\\\n", " ")
    lines = (re.sub(r"(^|\s)#.*|--hash=\S+", " ", line).split() for line in joined.splitlines())
    return sorted(" ".join(words) for words in lines if words)


def enter(*, with_bulk: bool = False, with_tests: bool = False, works_on_photos: bool = False) -> None:
    """Go on inside the virtual environment, made and filled first if need be; returns only when it is the interpreter.

    with_bulk: with what bulk jobs need as well.   with_tests: with that and what the tests need.   What sends spans is
    there with the tests and where FOCAL_OTLP_ENDPOINT is set.
    works_on_photos: with the environment variables of a process that does.
    Raises CommandError if the packages cannot be installed.
    """
    if works_on_photos:
        os.environ.update(variables_for(os.environ.get("FOCAL_TORCH_THREADS") or 1))
    venv = venv_dir()
    with_tracing = with_tests or bool(os.environ.get("FOCAL_OTLP_ENDPOINT"))
    layers = {BULK_PINS: with_bulk or with_tests, TRACING_PINS: with_tracing, TEST_PINS: with_tests}
    pins = [RUNTIME_PINS, TORCH_PINS, *(file for file, is_wanted in layers.items() if is_wanted)]
    python = venv / "bin" / "python"
    if not python.exists() or any(not _is_installed(venv, file) for file in pins):
        _require_writable(venv)
        with lock(venv.with_name(f"{venv.name}.lock")):
            _fill(venv, pins)
    if Path(sys.prefix).resolve() != venv.resolve():
        go_on_in(python)


def go_on_in(python: Path | str, variables: Mapping[str, str] = os.environ) -> NoReturn:
    """Become this command in another Python, or with other environment variables.

    Ctrl-C waits meanwhile, which a Python that is just starting answers with a traceback: setup/__init__.py lets it in.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    os.execve(python, [str(python), *sys.argv], variables)  # noqa: S606 (no shell is wanted)


def pinned(package: str) -> str:
    """The version that the in-files name for `package`. Raises CommandError where none of them does."""
    for file in (TORCH_PINS, RUNTIME_PINS, BULK_PINS, TEST_PINS):
        if found := re.search(rf"^{re.escape(package)}==(\S+)", file.with_suffix(".in").read_text(), re.MULTILINE):
            return found[1]
    raise CommandError(f"No requirements*.in names {package}.")


def torch_cpu_index(torch_version: str) -> str | None:
    """PyTorch's CPU index if it may be asked, answers at once and has this version for this Python, else None."""
    if is_offline():
        return None
    wheel = f"torch-{torch_version}%2Bcpu-cp{sys.version_info.major}{sys.version_info.minor}-"
    try:
        with urllib.request.urlopen(f"{TORCH_CPU_INDEX}/torch/", timeout=TORCH_CPU_INDEX_TIMEOUT_S) as answer:  # noqa: S310
            return TORCH_CPU_INDEX if wheel in answer.read().decode() else None
    except urllib.error.HTTPError as error:
        error.close()
        return None
    except (OSError, ValueError):
        return None


def has_nvidia_gpu() -> bool:
    """Whether an NVIDIA driver answers with at least one GPU."""
    tool = shutil.which("nvidia-smi")
    return tool is not None and b"GPU 0" in subprocess.run([tool, "-L"], capture_output=True, check=False).stdout


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def _stamp(venv: Path, pins: Path) -> Path:
    return venv / f"installed-{pins.stem}-{_digest(requirements(pins))}"


def _is_installed(venv: Path, pins: Path) -> bool:
    return _stamp(venv, pins).exists()


def _require_writable(venv: Path) -> None:
    """Raise CommandError if the environment cannot be written, and say what to set instead."""
    there = next(folder for folder in (venv, *venv.parents) if folder.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        raise CommandError(
            f"Focal may not write to {there}, where its packages belong: "
            "name a folder that it may write to with XDG_CACHE_HOME (for all its caches) or FOCAL_VENV."
        )


def _fill(venv: Path, pins: Sequence[Path]) -> None:
    """Create the environment and install the pins whose stamps are missing; an interrupted fill is resumed."""
    if not _is_made(venv):
        _make(venv)
    _remove_unfinished_packages(venv)
    for file in pins:
        if not _is_installed(venv, file):
            _install(venv, file)
            _stamp(venv, file).touch()


def _is_made(venv: Path) -> bool:
    """Whether the environment was made to the end: by us, or by whoever chose it with FOCAL_VENV."""
    python = venv / "bin" / "python"
    if (venv / MADE).exists() or not os.environ.get("FOCAL_VENV"):
        return (venv / MADE).exists() and python.exists()
    asked = [str(python), "-m", "pip", "--version"]
    return python.exists() and subprocess.run(asked, capture_output=True, check=False).returncode == 0


def _make(venv: Path) -> None:
    """Make an environment with nothing but pip, in place of one that was not finished. Raises CommandError."""
    say(f"Making a virtual environment in {venv}")
    if others := sorted(path.name for path in venv.parent.glob("venv-*") if path.is_dir() and path != venv):
        say(f"  of other pins: {', '.join(others)}; ./scripts/serve --prune deletes those that nothing uses")
    if not os.environ.get("FOCAL_VENV"):  # a folder that somebody chose may hold more than an environment
        shutil.rmtree(venv, ignore_errors=True)
    with _temporary_folder(venv) as variables:
        command = [sys.executable, "-m", "venv", str(venv)]
        made = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        if made.returncode and (full := no_space(venv)):
            raise CommandError(full)
    if made.returncode:
        reason = (made.stderr or made.stdout).strip().splitlines()[-1:]
        hint = "on Debian, install python3-venv" if "ensurepip" in made.stdout + made.stderr else "see its reason"
        raise CommandError(f"Python could not make a virtual environment in {venv} ({hint}): {' '.join(reason)}")
    (venv / MADE).touch()


@contextmanager
def _temporary_folder(venv: Path) -> Iterator[dict[str, str]]:
    """Environment variables with a temporary folder for pip, which leaves its files there when it is killed."""
    temporary = venv / "pip-temporary"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        yield os.environ | {"TMPDIR": str(temporary)}
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _remove_unfinished_packages(venv: Path) -> None:
    """Have pip install again what it had not finished when it was killed: it writes the file INSTALLER near the end."""
    for described in venv.glob("lib/python*/site-packages/*.dist-info"):
        if not (described / "INSTALLER").exists():
            shutil.rmtree(described)


def _install(venv: Path, pins: Path) -> None:
    """Install what a file pins: torch from PyTorch's CPU index where that serves, torchvision from wherever torch came.

    All else comes from the default index, each file held against its hash. The CPU index has files of its own, whose
    hashes are not pinned.
    """
    say(f"Installing what {pins.name} pins")
    if pins == TORCH_PINS:
        if _has_package(venv, "torch", pinned("torch")) or _install_torch_from_cpu_index(venv):
            return
    elif pins == TEST_PINS and _has_package(venv, "torch", "*+cpu"):
        _pip(venv, "--no-deps", "--index-url", TORCH_CPU_INDEX, f"torchvision=={pinned('torchvision')}")
    _pip(venv, "--no-deps", "--require-hashes", "-r", str(pins))


def _install_torch_from_cpu_index(venv: Path) -> bool:
    """Whether PyTorch's CPU index was the one to take torch from; then it is installed."""
    version = pinned("torch")
    if has_nvidia_gpu():
        say("An NVIDIA GPU is here: torch comes from the default index, with CUDA")
        return False
    index = torch_cpu_index(version)
    if index is None:
        if is_offline():
            return False
        say(
            f"PyTorch's CPU index does not answer with torch {version}: "
            "it comes from the default index, the same version (on Linux with CUDA, 5.6 GB)"
        )
        return False
    say(f"No NVIDIA GPU: torch {version} comes from PyTorch's CPU index")
    _pip(venv, "--no-deps", "--index-url", index, f"torch=={version}")
    return True


def _has_package(venv: Path, package: str, version: str) -> bool:
    """Whether a package is installed in this version; any build of it counts."""
    folder = "lib/python*/site-packages"
    return any(any(venv.glob(f"{folder}/{package}-{build}.dist-info")) for build in (version, f"{version}+*"))


def _pip(venv: Path, *arguments: str) -> None:
    """Install with pip, its own progress shown. Raises CommandError."""
    command = [str(venv / "bin" / "python"), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    command += ["--no-index"] * is_offline()
    with _temporary_folder(venv) as variables, heartbeat("installing"):
        code = subprocess.run([*command, *arguments], env=variables, check=False).returncode
    if code and (full := no_space(venv)):
        raise CommandError(full)
    if code and is_offline():
        raise CommandError(
            "FOCAL_OFFLINE is set, and packages are missing (pip names the first one above): name a folder with their "
            "wheels in PIP_FIND_LINKS, or unset FOCAL_OFFLINE once."
        )
    if code:
        raise CommandError(
            "pip could not install the pinned packages (its reason is above); "
            "if this machine is offline, connect it once: later starts need no network."
        )
