"""How much memory of this machine a process may use."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from focal.machine import cores
from setup.machine import memory_bytes


@pytest.mark.parametrize(
    ("limits", "memory"),
    [
        ({}, 24),
        ({"": "max"}, 24),
        ({"": "8"}, 8),
        ({"a": "6", "a/b": "max"}, 6),
        ({"a": "6", "a/b": "4"}, 4),
        ({"a": "99"}, 24),
    ],
)
def test_memory_is_the_machines_within_every_limit_above(
    limits: dict[str, str], memory: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(total=24))
    monkeypatch.setattr(cores, "CONTROL_GROUP", tmp_path / "own")
    monkeypatch.setattr(cores, "CONTROL_GROUPS", tmp_path / "groups")
    (tmp_path / "own").write_text("0::/a/b\n")
    for group, limit in limits.items():
        (tmp_path / "groups" / group).mkdir(parents=True, exist_ok=True)
        (tmp_path / "groups" / group / "memory.max").write_text(f"{limit}\n")

    assert memory_bytes() == memory


@pytest.mark.parametrize(("limit", "memory"), [("8", 8), ("9223372036854771712", 24)])
def test_the_first_version_of_control_groups_limits_memory_too(
    limit: str, memory: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(total=24))
    monkeypatch.setattr(cores, "CONTROL_GROUP", tmp_path / "own")
    monkeypatch.setattr(cores, "CONTROL_GROUPS", tmp_path)
    (tmp_path / "own").write_text("4:memory:/docker/1a2b\n1:cpu:/docker/1a2b\n0::/\n")
    (tmp_path / "memory").mkdir()  # in a container, its own group is mounted as the root
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text(f"{limit}\n")

    assert memory_bytes() == memory
