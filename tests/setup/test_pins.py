"""scripts/pin: the real uv, with a package index on loopback."""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from setup import pins
from setup.console import CommandError

from tests.helpers.package_index import ANY_PYTHON, PackageIndexes, package_indexes


@pytest.fixture
def indexes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndexes]:
    """An index, the only one that uv and pip know, of which every package needs torch, and torch a helper."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)  # this machine's own indexes and constraints
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    root = tmp_path / "indexes"
    root.mkdir()
    with package_indexes(root) as indexes:
        monkeypatch.setenv("PIP_INDEX_URL", f"{indexes.url}/default")
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"{indexes.url}/default")
        indexes.add("default", "torch", "9.9.9", tag=ANY_PYTHON, requires=["helper"])
        indexes.add("default", "helper", "1.0", tag=ANY_PYTHON)
        for package in ("server", "bulk", "tracer", "dashboard", "oracle"):
            indexes.add("default", package, "1.0", tag=ANY_PYTHON, requires=["torch", "helper"])
        yield indexes


@pytest.fixture
def folder(tmp_path: Path, indexes: PackageIndexes) -> Path:
    """In-files that name one package each."""
    for layer, package in {
        "": "server==1.0",
        "-torch": "torch==9.9.9",
        "-bulk": "bulk==1.0",
        "-tracing": "tracer==1.0",
        "-cluster": "dashboard==1.0",
        "-test": "oracle==1.0",
    }.items():
        (tmp_path / f"requirements{layer}.in").write_text(f"{package}  # with its reason\n")
    return tmp_path


def pinned(file: Path) -> dict[str, str]:
    """Each package of a file with its version."""
    lines = [line.split()[0] for line in file.read_text().splitlines() if line[:1].isalpha()]
    return dict(line.split("==") for line in lines)


def test_every_file_is_complete_and_torch_is_in_its_own_alone(folder: Path) -> None:
    made = list(pins.resolve(folder))

    assert {file.name: pinned(file) for file in made} == {
        "requirements.txt": {"helper": "1.0", "server": "1.0"},
        "requirements-torch.txt": {"helper": "1.0", "torch": "9.9.9"},
        "requirements-bulk.txt": {"bulk": "1.0", "helper": "1.0"},
        "requirements-tracing.txt": {"helper": "1.0", "tracer": "1.0"},
        "requirements-cluster.txt": {"dashboard": "1.0", "helper": "1.0"},
        "requirements-test.txt": {"helper": "1.0", "oracle": "1.0"},
    }


def test_every_file_that_the_index_has_of_a_version_has_its_hash(folder: Path, indexes: PackageIndexes) -> None:
    files = [indexes.add("default", "server", "1.0", tag=tag) for tag in ("cp311-none-any", "cp313-none-any")]

    list(pins.resolve(folder))

    for file in files:
        assert f"--hash=sha256:{sha256(file).hexdigest()}" in (folder / "requirements.txt").read_text()


def test_what_is_pinned_stays_until_an_upgrade_is_asked_for(folder: Path, indexes: PackageIndexes) -> None:
    list(pins.resolve(folder))
    indexes.add("default", "helper", "1.1", tag=ANY_PYTHON)

    list(pins.resolve(folder))
    assert pinned(folder / "requirements.txt")["helper"] == "1.0"

    list(pins.resolve(folder, upgrade=True))
    assert {pinned(file)["helper"] for file in folder.glob("requirements*.txt")} == {"1.1"}


def test_a_file_follows_the_one_that_it_shares_an_environment_with(folder: Path, indexes: PackageIndexes) -> None:
    indexes.add("default", "helper", "1.1", tag=ANY_PYTHON)
    (folder / "requirements.in").write_text("server==1.0\nhelper==1.0\n")

    list(pins.resolve(folder))

    assert {pinned(file)["helper"] for file in folder.glob("requirements*.txt")} == {"1.0"}


def test_what_cannot_be_resolved_is_one_sentence_and_changes_no_file(folder: Path) -> None:
    list(pins.resolve(folder))
    before = (folder / "requirements-bulk.txt").read_bytes()
    (folder / "requirements-bulk.in").write_text("bulk==2.0\n")

    with pytest.raises(CommandError, match=r"could not resolve requirements-bulk\.in"):
        list(pins.resolve(folder))

    assert (folder / "requirements-bulk.txt").read_bytes() == before


def test_a_release_that_refuses_a_newer_python_is_found_out(folder: Path, indexes: PackageIndexes) -> None:
    indexes.add("default", "server", "1.1", tag=ANY_PYTHON, python="<3.13")
    (folder / "requirements.in").write_text("server==1.1\n")
    runtime = next(pins.resolve(folder))

    pins.check(runtime, "3.12")
    with pytest.raises(CommandError, match=r"would not install requirements\.txt on Python 3\.13"):
        pins.check(runtime, "3.13")
