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
from types import SimpleNamespace
from typing import Any

import pytest
from setup import environment
from setup.console import CommandError
from setup.switches import is_offline

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
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    pip = importlib.metadata.distribution("pip")
    for name in ("pip", f"pip-{pip.version}.dist-info"):  # as venv would install it, in a tenth of the time
        shutil.copytree(pip.locate_file(name), packages / name)
    return folder


@pytest.fixture(scope="module")
def begun_venv(empty_venv: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment in which what requirements.txt pins is installed, and nothing else."""
    folder = tmp_path_factory.mktemp("begun")
    begun = Path(shutil.copytree(empty_venv, folder / "venv", symlinks=True, copy_function=os.link))
    file = folder / f"torchserve-6.6.6-{THIS_PYTHON}.whl"
    file.write_bytes(wheel("torchserve", "6.6.6", THIS_PYTHON))
    subprocess.run([begun / "bin" / "python", "-m", "pip", "install", "--no-index", file], check=True)
    pins = folder / "requirements.txt"
    pins.write_text("torchserve==6.6.6\n")
    environment._stamp(begun, pins).touch()
    return begun


@pytest.fixture
def venv(index: PackageIndexes, tmp_path: Path, begun_venv: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of five pins, the first installed, on a machine with no GPU; `enter` does not go on inside it."""
    shutil.copytree(begun_venv, tmp_path / "venv", symlinks=True, copy_function=os.link)  # as fast as it goes
    pins = {
        "RUNTIME_PINS": ("requirements.txt", "torchserve", "6.6.6"),
        "TORCH_PINS": ("requirements-torch.txt", "torch", "9.9.9"),
        "BULK_PINS": ("requirements-bulk.txt", "torchbulk", "7.7.7"),
        "TRACING_PINS": ("requirements-tracing.txt", "torchtracing", "5.5.5"),
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
    monkeypatch.setattr(environment, "go_on_in", lambda python: None)
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
    index.add("default", "torchtracing", "5.5.5")

    environment.enter(with_tests=True)

    of_tests = {"torchvision-8.8.8+cpu", "torchbulk-7.7.7", "torchtracing-5.5.5"}
    assert installed(venv) == {"torchserve-6.6.6", "torch-9.9.9+cpu"} | of_tests
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


def test_what_sends_spans_is_installed_where_a_collector_is_named(
    index: PackageIndexes, venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOCAL_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    for package, version in (("torch", "9.9.9"), ("torchtracing", "5.5.5")):
        index.add("default", package, version)

    environment.enter()

    assert installed(venv) == {"torchserve-6.6.6", "torch-9.9.9", "torchtracing-5.5.5"}


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


def test_a_changed_comment_or_hash_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOCAL_VENV", raising=False)
    before = environment.venv_dir()
    text = environment.RUNTIME_PINS.read_text()
    changed = re.sub(r"(?m)^ +# via.*\n", "", text).replace("--hash=sha256:", "--hash=sha256:0", 1)
    (tmp_path / "requirements.txt").write_text(f"# a comment\n{changed}")
    monkeypatch.setattr(environment, "RUNTIME_PINS", tmp_path / "requirements.txt")

    assert changed != text
    assert environment.venv_dir() == before


def test_what_a_file_pins_is_read_whatever_its_form(tmp_path: Path) -> None:
    pins = tmp_path / "requirements.txt"
    pins.write_text(
        "b==2 ; python_version < '3.12' \\\n    --hash=sha256:1 \\\n    --hash=sha256:2\n    # via a\n\na==1  # why\n"
    )

    assert environment.requirements(pins) == ["a==1", "b==2 ; python_version < '3.12'"]


@pytest.fixture
def own_venv(index: PackageIndexes, venv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of the five pins in a cache of the test's own, the first installed."""
    monkeypatch.delenv("FOCAL_VENV")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    index.add("default", "torch", "9.9.9")
    own = environment.venv_dir()
    own.parent.mkdir(parents=True)
    venv.rename(own)
    (own / environment.MADE).touch()
    return own


@pytest.fixture
def made_at_once(empty_venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of the empty environment stands for each that venv makes."""
    real = subprocess.run

    def run(command: list[str], **how: Any) -> subprocess.CompletedProcess[str]:
        if command[1:3] != ["-m", "venv"]:
            return real(command, **how)
        shutil.copytree(empty_venv, command[3], symlinks=True, copy_function=os.link, dirs_exist_ok=True)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)


@pytest.mark.usefixtures("made_at_once")
def test_an_environment_that_was_not_made_to_the_end_is_made_anew(own_venv: Path) -> None:
    """As without python3-venv, or after Ctrl-C in the first seconds: there is a Python, but no pip."""
    (own_venv / environment.MADE).unlink()
    shutil.rmtree(next(own_venv.glob("lib/python*/site-packages/pip")))
    (own_venv / "half").touch()

    environment.enter()

    assert installed(own_venv) == {"torchserve-6.6.6", "torch-9.9.9"}
    assert not (own_venv / "half").exists()


@pytest.mark.usefixtures("made_at_once")
def test_an_environment_whose_python_has_gone_is_made_anew(own_venv: Path) -> None:
    (own_venv / "bin" / "python").unlink()
    (own_venv / "bin" / "python").symlink_to("/no/such/python")

    environment.enter()

    assert installed(own_venv) == {"torchserve-6.6.6", "torch-9.9.9"}
    assert (own_venv / "bin" / "python").exists()


@pytest.mark.slow
def test_a_chosen_environment_that_was_not_made_to_the_end_is_finished(
    index: PackageIndexes, venv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "mine"], check=True)
    (tmp_path / "mine" / "kept").touch()
    monkeypatch.setenv("FOCAL_VENV", str(tmp_path / "mine"))
    index.add("default", "torch", "9.9.9")

    environment.enter()

    assert installed(tmp_path / "mine") == {"torchserve-6.6.6", "torch-9.9.9"}
    assert (tmp_path / "mine" / "kept").exists()


def test_a_package_that_pip_did_not_finish_is_installed_again(own_venv: Path) -> None:
    (described,) = own_venv.glob("lib/python*/site-packages/torchserve-6.6.6.dist-info")
    (described / "INSTALLER").unlink()
    (described / "RECORD").unlink()
    next(own_venv.glob("installed-requirements-[0-9a-f]*")).unlink()

    environment.enter()

    assert (described / "RECORD").exists()


def test_pips_temporary_files_go_even_if_it_is_killed(own_venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (own_venv / "pip-temporary" / "pip-install-abc").mkdir(parents=True)
    started: list[list[Path]] = []
    real = subprocess.run

    def interrupted(command: list[str], **how: Any) -> subprocess.CompletedProcess[str]:
        if "install" not in command:
            return real(command, **how)
        started.append(list(Path(how["env"]["TMPDIR"]).parent.glob("pip-temporary/*")))
        (Path(how["env"]["TMPDIR"]) / "pip-unpack-abc").mkdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        environment.enter()

    assert started == [[]]
    assert not (own_venv / "pip-temporary").exists()


def test_venvs_temporary_files_go_even_if_it_is_killed(own_venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (own_venv / environment.MADE).unlink()
    real = subprocess.run

    def interrupted(command: list[str], **how: Any) -> subprocess.CompletedProcess[str]:
        if command[1:3] != ["-m", "venv"]:
            return real(command, **how)
        assert own_venv in Path(how["env"]["TMPDIR"]).parents
        (Path(how["env"]["TMPDIR"]) / "ensurepip").mkdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        environment.enter()

    assert not list(own_venv.rglob("ensurepip"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_cache_that_cannot_be_written_is_named_with_what_to_set(own_venv: Path) -> None:
    shutil.rmtree(own_venv)
    own_venv.parent.chmod(0o500)

    with pytest.raises(CommandError, match=r"may not write to .*/cache/focal.*XDG_CACHE_HOME.*FOCAL_VENV"):
        environment.enter()


def test_a_read_only_cache_is_named_with_what_to_set(own_venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)

    with pytest.raises(CommandError, match=r"may not write to .*XDG_CACHE_HOME.*FOCAL_VENV"):
        environment.enter()


def test_offline_nothing_is_asked_for_and_what_is_missing_is_named(
    index: PackageIndexes, own_venv: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOCAL_OFFLINE", "1")

    with pytest.raises(CommandError, match=r"^FOCAL_OFFLINE is set, and packages are missing .*PIP_FIND_LINKS"):
        environment.enter()

    assert index.requests == []
    assert "torch==9.9.9" in capfd.readouterr().err


def test_offline_wheels_of_a_folder_serve(
    index: PackageIndexes, own_venv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOCAL_OFFLINE", "1")
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for file in index.root.rglob("*.whl"):
        shutil.copy(file, wheels)
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))

    environment.enter()

    assert installed(own_venv) == {"torchserve-6.6.6", "torch-9.9.9"}
    assert index.requests == []


@pytest.mark.parametrize("value", ["yes", "2"])
def test_a_wrong_word_for_offline_is_a_sentence(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOCAL_OFFLINE", value)

    with pytest.raises(CommandError, match=f"^FOCAL_OFFLINE must be 0 or 1; it is '{value}'"):
        is_offline()


def test_a_python_without_venv_says_what_to_install(own_venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (own_venv / environment.MADE).unlink()
    broken = subprocess.CompletedProcess([], 1, "", "ensurepip is not\navailable")
    monkeypatch.setattr(subprocess, "run", lambda *command, **how: broken)

    with pytest.raises(CommandError, match=r"^Python could not make a virtual environment in .*install python3-venv\)"):
        environment.enter()


def test_a_disk_too_small_for_an_environment_is_named_and_no_package_blamed(
    own_venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own_venv / environment.MADE).unlink()
    broken = subprocess.CompletedProcess([], 1, "", "Error: Command ensurepip returned non-zero exit status 1.")
    monkeypatch.setattr(subprocess, "run", lambda *command, **how: broken)
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=0))

    with pytest.raises(CommandError, match=f"^No space is left on the disk of {re.escape(str(own_venv))}: free"):
        environment.enter()


def test_a_package_that_nobody_asked_for_has_no_version() -> None:
    with pytest.raises(CommandError, match=r"^No requirements\*\.in names no-such-package\.$"):
        environment.pinned("no-such-package")


PINS = sorted(environment.REPOSITORY.glob("requirements*.txt"))


def pinned_in(file: Path) -> dict[str, str]:
    """Each package of a file, without its extras, with its version."""
    found = re.findall(r"^([\w.-]+)(?:\[\w+\])?==([\w.]+)(?= |$)", file.read_text(), re.MULTILINE)
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
