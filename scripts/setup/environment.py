"""The virtual environment: made once for each set of pins, outside the checkout, shared by all commands.

Uses the standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from focal.process import set_environment

from .console import CommandError, heartbeat, say
from .locks import lock

REPOSITORY = Path(__file__).resolve().parents[2]
PYTHON_PATH = os.pathsep.join(str(REPOSITORY / folder) for folder in ("scripts", "handler"))  # of processes of ours
RUNTIME_PINS = REPOSITORY / "requirements.txt"
TORCH_PINS = REPOSITORY / "requirements-torch.txt"
BULK_PINS = REPOSITORY / "requirements-bulk.txt"
TEST_PINS = REPOSITORY / "requirements-test.txt"

# PyTorch's own index of CPU builds: 200 MB instead of the 5.6 GB that the default index's CUDA build brings along.
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
TORCH_CPU_INDEX_TIMEOUT_S = 4.0


def cache_dir() -> Path:
    """Focal's folder for what can be made again: $XDG_CACHE_HOME/focal."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "focal"


def venv_dir() -> Path:
    """Where the virtual environment of these pins and this Python lives; FOCAL_VENV overrides."""
    if chosen := os.environ.get("FOCAL_VENV"):
        return Path(chosen).absolute()
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    key = hashlib.sha256(python.encode() + RUNTIME_PINS.read_bytes() + TORCH_PINS.read_bytes()).hexdigest()[:12]
    return cache_dir() / f"venv-{key}"


def enter(*, with_bulk: bool = False, with_tests: bool = False, works_on_photos: bool = False) -> None:
    """Go on inside the virtual environment, made and filled first if need be; returns only when it is the interpreter.

    with_bulk: with what bulk jobs need as well.   with_tests: with that and what the tests need.
    works_on_photos: with the environment variables of a process that does.
    Raises CommandError on an old Python or when the packages cannot be installed.
    """
    if sys.hexversion < 0x030B0000:
        raise CommandError(f"Focal needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    if works_on_photos:
        set_environment()
    venv = venv_dir()
    pins = [RUNTIME_PINS, TORCH_PINS, *[BULK_PINS] * (with_bulk or with_tests), *[TEST_PINS] * with_tests]
    if any(not _is_installed(venv, file) for file in pins):
        with lock(venv.with_name(f"{venv.name}.lock")):
            _fill(venv, pins)
    if Path(sys.prefix).resolve() != venv.resolve():
        python = str(venv / "bin" / "python")
        os.execv(python, [python, *sys.argv])  # noqa: S606 (no shell is wanted)


def pinned(package: str) -> str:
    """The version that the in-files name for `package`. Raises CommandError where none of them does."""
    for file in (TORCH_PINS, RUNTIME_PINS, TEST_PINS):
        if found := re.search(rf"^{re.escape(package)}==(\S+)", file.with_suffix(".in").read_text(), re.MULTILINE):
            return found[1]
    raise CommandError(f"No requirements*.in names {package}.")


def torch_cpu_index(torch_version: str) -> str | None:
    """PyTorch's CPU index if it answers at once and has this version for this Python, else None."""
    wheel = f"torch-{torch_version}%2Bcpu-cp{sys.version_info.major}{sys.version_info.minor}-"
    try:
        with urllib.request.urlopen(f"{TORCH_CPU_INDEX}/torch/", timeout=TORCH_CPU_INDEX_TIMEOUT_S) as answer:  # noqa: S310
            return TORCH_CPU_INDEX if wheel in answer.read().decode() else None
    except (OSError, ValueError):
        return None


def has_nvidia_gpu() -> bool:
    """Whether an NVIDIA driver answers with at least one GPU."""
    tool = shutil.which("nvidia-smi")
    return tool is not None and b"GPU 0" in subprocess.run([tool, "-L"], capture_output=True, check=False).stdout


def _stamp(venv: Path, pins: Path) -> Path:
    return venv / f"installed-{pins.stem}-{hashlib.sha256(pins.read_bytes()).hexdigest()[:12]}"


def _is_installed(venv: Path, pins: Path) -> bool:
    return _stamp(venv, pins).exists()


def _fill(venv: Path, pins: Sequence[Path]) -> None:
    """Create the environment and install the pins that its stamps do not show; an interrupted fill is taken up."""
    if not (venv / "bin" / "python").exists():
        say(f"Making a virtual environment in {venv}")
        if others := sorted(path.name for path in venv.parent.glob("venv-*") if path.is_dir()):
            say(f"  of other pins, to be deleted if no other checkout uses them: {', '.join(others)}")
        made = subprocess.run([sys.executable, "-m", "venv", venv], capture_output=True, text=True, check=False)
        if made.returncode:
            reason = (made.stderr or made.stdout).strip().splitlines()[-1:]
            raise CommandError(
                f"Python could not make a virtual environment in {venv} (on Debian, install python3-venv): {reason}"
            )
    for file in pins:
        if not _is_installed(venv, file):
            _install(venv, file)
            _stamp(venv, file).touch()


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
        say(
            f"PyTorch's CPU index does not answer with torch {version}: "
            "it comes from the default index, the same version (on Linux with CUDA, 5.6 GB)"
        )
        return False
    say(f"No NVIDIA GPU: torch {version} comes from PyTorch's CPU index")
    _pip(venv, "--no-deps", "--index-url", index, f"torch=={version}")
    return True


def _has_package(venv: Path, package: str, version: str) -> bool:
    """Whether a package is installed in a version, of whichever build."""
    folder = "lib/python*/site-packages"
    return any(any(venv.glob(f"{folder}/{package}-{build}.dist-info")) for build in (version, f"{version}+*"))


def _pip(venv: Path, *arguments: str) -> None:
    """Install with pip, its own progress shown."""
    command = [str(venv / "bin" / "python"), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    with heartbeat("installing"):
        code = subprocess.run([*command, *arguments], check=False).returncode
    if code:
        raise CommandError(
            "pip could not install the pinned packages (its reason is above); "
            "if this machine is offline, connect it once: later starts need no network."
        )
