"""The virtual environment: filled from the pins once, torch from PyTorch's CPU index where that serves.

Tiny wheels on a package index on loopback stand for the real ones.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from setup import environment
from setup.console import CommandError

from tests.helpers.package_index import THIS_PYTHON, PackageIndexes, package_indexes, wheel


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndexes]:
    """Empty indexes, which pip and the environment take for the default one and for PyTorch's."""
    root = tmp_path / "indexes"
    root.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)  # this machine's own indexes and constraints
    with package_indexes(root) as indexes:
        monkeypatch.setenv("PIP_INDEX_URL", f"{indexes.url}/default")
        monkeypatch.setattr(environment, "TORCH_CPU_INDEX", f"{indexes.url}/cpu")
        yield indexes


@pytest.fixture(scope="module")
def empty_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing in it but pip."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder


@pytest.fixture
def venv(index: PackageIndexes, tmp_path: Path, empty_venv: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of four pins, yet to be filled, on a machine with no GPU; `enter` does not change over to it."""
    shutil.copytree(empty_venv, tmp_path / "venv", symlinks=True)
    pins = {
        "RUNTIME_PINS": ("requirements.txt", "torchserve", "6.6.6"),
        "TORCH_PINS": ("requirements-torch.txt", "torch", "9.9.9"),
        "BULK_PINS": ("requirements-bulk.txt", "torchbulk", "7.7.7"),
        "TEST_PINS": ("requirements-test.txt", "torchvision", "8.8.8"),
    }
    for constant, (name, package, version) in pins.items():
        file = tmp_path / name
        file.write_text(
            f"{package}=={version} --hash=sha256:{sha256(wheel(package, version, THIS_PYTHON)).hexdigest()}\n"
        )
        file.with_suffix(".in").write_text(f"{package}=={version}  # with its reason\n")
        monkeypatch.setattr(environment, constant, file)
    index.add("default", "torchserve", "6.6.6")
    monkeypatch.setattr(environment, "has_nvidia_gpu", lambda: False)
    monkeypatch.setattr("os.execv", lambda *arguments: None)
    monkeypatch.setenv("FOCAL_VENV", str(tmp_path / "venv"))
    return tmp_path / "venv"


def installed(venv: Path) -> set[str]:
    """The distributions of ours in an environment, as name-version."""
    names = (path.name.removesuffix(".dist-info") for path in venv.glob("lib/python*/site-packages/torch*.dist-info"))
    return set(names)


def test_torch_comes_from_the_cpu_index_and_torchvision_with_it(
    index: PackageIndexes, venv: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    index.add("cpu", "torch", "9.9.9+cpu")
    index.add("cpu", "torchvision", "8.8.8+cpu")
    index.add("default", "torchbulk", "7.7.7")

    environment.enter(with_tests=True)

    assert installed(venv) == {"torchserve-6.6.6", "torch-9.9.9+cpu", "torchvision-8.8.8+cpu", "torchbulk-7.7.7"}
    assert "torch 9.9.9 comes from PyTorch's CPU index" in capfd.readouterr().out


def test_torch_comes_from_the_default_index_when_the_cpu_index_lacks_it(
    index: PackageIndexes, venv: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    index.add("cpu", "torch", "9.9.8+cpu")
    index.add("default", "torch", "9.9.9")

    environment.enter()

    assert installed(venv) == {"torchserve-6.6.6", "torch-9.9.9"}
    assert "CPU index does not answer with torch 9.9.9: it comes from the default index" in capfd.readouterr().out


def test_with_a_gpu_torch_comes_from_the_default_index(
    index: PackageIndexes, venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "has_nvidia_gpu", lambda: True)
    index.add("cpu", "torch", "9.9.9+cpu")
    index.add("default", "torch", "9.9.9")

    environment.enter()

    assert installed(venv) == {"torchserve-6.6.6", "torch-9.9.9"}


def test_a_file_of_another_hash_is_not_installed(
    index: PackageIndexes, venv: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    index.add("default", "torch", "9.9.9", summary="of somebody else")

    with pytest.raises(CommandError, match="pip could not install the pinned packages"):
        environment.enter()

    assert "DO NOT MATCH THE HASHES" in capfd.readouterr().err
    assert installed(venv) == {"torchserve-6.6.6"}


@pytest.mark.parametrize("build", ["9.9.9", "9.9.9+cpu"])
def test_a_torch_that_is_there_stays(index: PackageIndexes, venv: Path, build: str) -> None:
    index.add("default", "torch", build)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--no-cache-dir"]
    subprocess.run([*pip, f"torch=={build}"], check=True)
    index.add("cpu", "torch", "9.9.9+other")

    environment.enter()

    assert installed(venv) == {"torchserve-6.6.6", f"torch-{build}"}


def test_bulk_jobs_bring_what_they_need_and_no_tests(index: PackageIndexes, venv: Path) -> None:
    index.add("default", "torch", "9.9.9")
    index.add("default", "torchbulk", "7.7.7")

    environment.enter(with_bulk=True)

    assert installed(venv) == {"torchserve-6.6.6", "torch-9.9.9", "torchbulk-7.7.7"}


def test_what_is_installed_is_not_installed_again(
    index: PackageIndexes, venv: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    index.add("default", "torch", "9.9.9")
    environment.enter()
    capfd.readouterr()

    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1")
    environment.enter()

    assert capfd.readouterr().out == ""


def test_a_failed_install_is_one_sentence_and_taken_up_again(index: PackageIndexes, venv: Path) -> None:
    with pytest.raises(CommandError, match="pip could not install the pinned packages"):
        environment.enter()

    index.add("default", "torch", "9.9.9")
    environment.enter()

    assert installed(venv) == {"torchserve-6.6.6", "torch-9.9.9"}


def test_a_cpu_index_that_does_not_answer_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "TORCH_CPU_INDEX", "http://127.0.0.1:1")

    assert environment.torch_cpu_index("9.9.9") is None


def test_other_pins_have_another_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOCAL_VENV", raising=False)
    before = environment.venv_dir()
    (tmp_path / "requirements.txt").write_text("torch==1\n")
    monkeypatch.setattr(environment, "RUNTIME_PINS", tmp_path / "requirements.txt")

    assert environment.venv_dir() != before
    assert environment.REPOSITORY not in before.parents


def test_an_old_python_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "hexversion", 0x030A0FF0)

    with pytest.raises(CommandError, match=r"needs Python 3\.11 or newer"):
        environment.enter()


PINS = sorted(environment.REPOSITORY.glob("requirements*.txt"))


def pinned_in(file: Path) -> dict[str, str]:
    """Each package of a file with its version."""
    found = re.findall(r"^([\w.-]+)==([\w.]+)(?= |$)", file.read_text(), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", package).lower(): version for package, version in found}


@pytest.mark.parametrize("file", PINS, ids=lambda file: file.name)
def test_every_requirement_is_pinned_to_a_version_and_to_hashes(file: Path) -> None:
    text = re.sub(r"(?m)^ *#.*\n", "", file.read_text()).replace("\\\n", "")
    requirements = text.splitlines()

    assert len(requirements) == len(pinned_in(file)) > 0
    for requirement in requirements:
        assert re.fullmatch(r"\S+==\S+ (; [^#]+?)?( +--hash=sha256:[0-9a-f]{64})+", requirement), requirement


@pytest.mark.parametrize("file", PINS, ids=lambda file: file.name)
def test_what_is_asked_for_is_what_is_pinned(file: Path) -> None:
    lines = (line.partition("#")[0].strip() for line in file.with_suffix(".in").read_text().splitlines())
    asked = pinned_in(file.with_suffix(".in"))

    assert asked.items() <= pinned_in(file).items(), "make the pins anew: ./scripts/pin"
    assert len(asked) == len([line for line in lines if line]), "name one version of each with =="


def test_no_package_is_pinned_to_two_versions() -> None:
    pins = {pin for file in PINS for pin in pinned_in(file).items()}

    assert len({package for package, _ in pins}) == len(pins)


def test_what_torch_needs_beside_cuda_is_pinned_where_torch_is_not() -> None:
    needed = {
        re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-")
        for requirement in importlib.metadata.requires("torch") or ()
        if "extra ==" not in requirement
    }
    cuda = {package for package in needed if package.startswith(("cuda-", "nvidia-", "triton"))}

    assert needed - cuda <= pinned_in(environment.RUNTIME_PINS).keys()
