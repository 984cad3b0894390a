"""The Python package, built and put into an environment that holds nothing but it and what it says it needs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import focal
import pytest
from packaging.requirements import Requirement

from tests.conftest import ROOT
from tests.helpers.scripted_server import JPEG, scripted_server

SOURCE = ROOT / "clients" / "python"
NAME = f"focal_client-{focal.__version__}"
BUILD = "import setuptools.build_meta as b; b.build_sdist('dist'); b.build_wheel('dist')"
PROGRAM = """
import asyncio, sys
from focal_client import AsyncFocal, Focal
url = sys.argv[1]
print(Focal(url).picture(b"a photo").label, asyncio.run(AsyncFocal(url).blur(b"a photo")).label)
"""


def run(*command: object, cwd: Path) -> str:
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run(
        list(map(str, command)), cwd=cwd, env=variables, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that is made of it, as pip would."""
    folder = tmp_path_factory.mktemp("build")
    shutil.copytree(SOURCE, folder / "source", symlinks=False, ignore=shutil.ignore_patterns("build", "*.egg-info"))
    shutil.copy(ROOT / "client.py", folder / "client.py")
    run(sys.executable, "-c", BUILD.replace("b.build_wheel('dist')", ""), cwd=folder / "source")
    with tarfile.open(folder / "source" / "dist" / f"{NAME}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    (folder / NAME / "dist").mkdir()
    run(sys.executable, "-c", BUILD.replace("b.build_sdist('dist');", ""), cwd=folder / NAME)
    return folder / NAME / "dist"


def holds(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def needed(of: Distribution) -> dict[str, Distribution]:
    """What a distribution needs, and what that needs, from this environment."""
    found: dict[str, Distribution] = {}
    for requirement in filter(holds, map(Requirement, of.requires or [])):
        there = distribution(requirement.name)
        found |= {requirement.name: there, **needed(there)}
    return found


@pytest.fixture(scope="module")
def clean(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel and what its metadata names."""
    venv = tmp_path_factory.mktemp("clean") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=venv.parent)
    pip = [sys.executable, "-m", "pip", "--python", venv / "bin" / "python", "install", "--no-index", "--no-deps"]
    (wheel,) = built.glob("*.whl")
    run(*pip, "--quiet", "--disable-pip-version-check", wheel, cwd=venv)
    (packages,) = venv.glob("lib/python*/site-packages")
    for of in needed(Distribution.at(packages / f"{NAME}.dist-info")).values():
        for file in of.files or []:
            there = packages / file
            if ".." not in file.parts and file.suffix != ".pyc":
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(of.locate_file(file)), there)
    return venv / "bin"


def test_the_wheel_holds_the_one_file_and_its_types(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        assert archive.read("focal_client/client.py") == (ROOT / "client.py").read_bytes()
    assert names == {
        f"focal_client/{name}" for name in ("__init__.py", "__main__.py", "asynchronous.py", "client.py", "py.typed")
    }


def test_its_module_is_the_repositorys_file_itself() -> None:
    assert (SOURCE / "focal_client" / "client.py").resolve() == ROOT / "client.py"


def test_both_clients_work_with_nothing_but_what_it_names(clean: Path, tmp_path: Path) -> None:
    with scripted_server() as server:
        assert run(clean / "python", "-c", PROGRAM, server.url, cwd=tmp_path) == "tiger cat tiger cat\n"


@pytest.mark.parametrize("command", [["focal-client"], ["python", "-m", "focal_client"]], ids=" ".join)
def test_its_command_blurs_a_photo(clean: Path, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"a photo")
    with scripted_server() as server:
        said = run(clean / command[0], *command[1:], server.url, "photo.jpg", cwd=tmp_path)
    assert said == "photo.jpg: tiger cat, probability 0.562, in out.jpg\n"
    assert (tmp_path / "out.jpg").read_bytes() == JPEG + b"blurredImage "


def test_its_command_explains_itself_under_its_own_name(clean: Path, tmp_path: Path) -> None:
    said = run(clean / "focal-client", "--help", cwd=tmp_path)
    assert said.startswith("usage: focal-client ")
    assert "client.py" not in said


def test_an_array_without_pillow_is_told_what_is_missing(clean: Path, tmp_path: Path) -> None:
    program = """
from focal_client import Focal
class Array:
    __array_interface__ = {"typestr": "|u1", "shape": (2, 2)}
try:
    Focal("http://localhost").blur(Array())
except TypeError as error:
    print(error)
"""
    assert "the package Pillow, which is missing; install it." in run(clean / "python", "-c", program, cwd=tmp_path)
