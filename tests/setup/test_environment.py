"""The virtual environment: filled from the pins once, torch from PyTorch's CPU index where that serves.

Tiny wheels on a package index on loopback stand for the real ones.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from setup import environment
from setup.console import CommandError


class Index:
    """Package indexes on loopback, one a folder: `add("cpu", "torch", "9.9.9+cpu")`."""

    def __init__(self, root: Path, url: str) -> None:
        self.root = root
        self.url = url

    def add(self, index: str, package: str, version: str) -> None:
        """Publish an empty wheel for exactly this Python."""
        tag = f"cp{sys.version_info.major}{sys.version_info.minor}-none-any"
        page = self.root / index / package
        page.mkdir(parents=True, exist_ok=True)
        info = f"{package}-{version}.dist-info"
        name = f"{package}-{version}-{tag}.whl"
        with zipfile.ZipFile(page / name, "w") as wheel:
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
            wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
            wheel.writestr(f"{info}/RECORD", "")
        (page / "index.html").write_text(f'<a href="{name.replace("+", "%2B")}">{name}</a>')


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: object) -> None:
            pass

    root = tmp_path / "indexes"
    root.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)  # this machine's own indexes and constraints
    monkeypatch.setenv("PIP_INDEX_URL", f"{url}/default")
    monkeypatch.setattr(environment, "TORCH_CPU_INDEX", f"{url}/cpu")
    yield Index(root, url)
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def empty_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing in it but pip."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder


@pytest.fixture
def venv(tmp_path: Path, empty_venv: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of three pins, yet to be filled, on a machine with no GPU; `enter` does not change over to it."""
    shutil.copytree(empty_venv, tmp_path / "venv", symlinks=True)
    runtime, bulk, test = (tmp_path / f"requirements{extra}.txt" for extra in ("", "-bulk", "-test"))
    runtime.write_text("torch==9.9.9  # with its reason\n")
    bulk.write_text("torchbulk==7.7.7\n")
    test.write_text("torchvision==8.8.8\n")
    monkeypatch.setattr(environment, "RUNTIME_PINS", runtime)
    monkeypatch.setattr(environment, "BULK_PINS", bulk)
    monkeypatch.setattr(environment, "TEST_PINS", test)
    monkeypatch.setattr(environment, "has_nvidia_gpu", lambda: False)
    monkeypatch.setattr("os.execv", lambda *arguments: None)
    monkeypatch.setenv("FOCAL_VENV", str(tmp_path / "venv"))
    return tmp_path / "venv"


def installed(venv: Path) -> set[str]:
    """The distributions of ours in an environment, as name-version."""
    names = (path.name.removesuffix(".dist-info") for path in venv.glob("lib/python*/site-packages/torch*.dist-info"))
    return set(names)


def test_torch_comes_from_the_cpu_index_and_torchvision_with_it(
    index: Index, venv: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    index.add("cpu", "torch", "9.9.9+cpu")
    index.add("cpu", "torchvision", "8.8.8+cpu")
    index.add("default", "torchbulk", "7.7.7")

    environment.enter(with_tests=True)

    assert installed(venv) == {"torch-9.9.9+cpu", "torchvision-8.8.8+cpu", "torchbulk-7.7.7"}
    assert "torch 9.9.9 comes from PyTorch's CPU index" in capfd.readouterr().out


def test_torch_comes_from_the_default_index_when_the_cpu_index_lacks_it(
    index: Index, venv: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    index.add("cpu", "torch", "9.9.8+cpu")
    index.add("default", "torch", "9.9.9")

    environment.enter()

    assert installed(venv) == {"torch-9.9.9"}
    assert "CPU index does not answer with torch 9.9.9: it comes from the default index" in capfd.readouterr().out


def test_with_a_gpu_torch_comes_from_the_default_index(
    index: Index, venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "has_nvidia_gpu", lambda: True)
    index.add("cpu", "torch", "9.9.9+cpu")
    index.add("default", "torch", "9.9.9")

    environment.enter()

    assert installed(venv) == {"torch-9.9.9"}


def test_bulk_jobs_bring_what_they_need_and_no_tests(index: Index, venv: Path) -> None:
    index.add("default", "torch", "9.9.9")
    index.add("default", "torchbulk", "7.7.7")

    environment.enter(with_bulk=True)

    assert installed(venv) == {"torch-9.9.9", "torchbulk-7.7.7"}


def test_what_is_installed_is_not_installed_again(
    index: Index, venv: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    index.add("default", "torch", "9.9.9")
    environment.enter()
    capfd.readouterr()

    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1")
    environment.enter()

    assert capfd.readouterr().out == ""


def test_a_failed_install_is_one_sentence_and_taken_up_again(index: Index, venv: Path) -> None:
    with pytest.raises(CommandError, match="pip could not install the pinned packages"):
        environment.enter()

    index.add("default", "torch", "9.9.9")
    environment.enter()

    assert installed(venv) == {"torch-9.9.9"}


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


@pytest.mark.parametrize("pins", [environment.RUNTIME_PINS, environment.BULK_PINS, environment.TEST_PINS])
def test_every_requirement_is_pinned(pins: Path) -> None:
    requirements = [line.split("#")[0].strip() for line in pins.read_text().splitlines()]

    assert all(
        re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9.]*", requirement) for requirement in requirements if requirement
    )


def test_no_package_is_pinned_to_two_versions() -> None:
    pins = {
        tuple(line.split("#")[0].strip().lower().split("=="))
        for file in (environment.RUNTIME_PINS, environment.BULK_PINS, environment.TEST_PINS)
        for line in file.read_text().splitlines()
        if "==" in line
    }

    assert len({package for package, _ in pins}) == len(pins)
