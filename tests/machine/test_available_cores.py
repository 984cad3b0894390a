"""Which cores of this machine a process may use."""

from __future__ import annotations

from pathlib import Path

import pytest
from focal.machine import cores
from focal.machine.cores import available_cores


@pytest.mark.parametrize(
    ("own", "quotas", "count"),
    [
        ("0::/", {}, 8),
        ("0::/", {"": "max 100000"}, 8),
        ("0::/", {"": "250000 100000"}, 2),  # a container, in a name space of its own
        ("0::/a/b", {"a": "400000 100000", "a/b": "max 100000"}, 4),
        ("0::/a/b", {"a": "400000 100000", "a/b": "300000 100000"}, 3),
        ("0::/a", {"a": "50000 100000"}, 1),
        ("0::/a", {"a": "1600000 100000"}, 8),
        ("1:cpu:/a", {"": "100000 100000"}, 8),
    ],
)
def test_cores_are_those_of_the_affinity_within_every_quota_above(
    own: str, quotas: dict[str, str], count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(8)))
    monkeypatch.setattr(cores, "_quotas", cores._quotas.__wrapped__)  # which are read once
    monkeypatch.setattr(cores, "CONTROL_GROUP", tmp_path / "own")
    monkeypatch.setattr(cores, "CONTROL_GROUPS", tmp_path / "groups")
    (tmp_path / "own").write_text(f"9:memory:/x\n{own}\n")
    for group, quota in quotas.items():
        (tmp_path / "groups" / group).mkdir(parents=True, exist_ok=True)
        (tmp_path / "groups" / group / "cpu.max").write_text(f"{quota}\n")

    assert available_cores() == count


def test_there_is_a_core() -> None:
    assert available_cores() >= 1
