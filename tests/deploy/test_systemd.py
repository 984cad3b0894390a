"""The unit of systemd: verified by systemd's own tools, and in step with what it starts."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from focal.settings import Settings
from server import supervisor, torchserve
from setup import console

from tests.conftest import ROOT

UNIT = ROOT / "deploy" / "systemd" / "focal.service"
GATEWAY_STOP_S = 5
MOST_EXPOSURE = 3.0  # of 10; systemd calls what is below 5 ok


def settings() -> dict[str, str]:
    """The unit's settings; of one that is given more than once, the last."""
    return dict(re.findall(r"(?m)^(\w+)=(.*)$", UNIT.read_text()))


@pytest.fixture
def analyze(tmp_path: Path) -> tuple[str, Path]:
    """systemd-analyze, and the unit with its paths in this checkout: it wants to find what the unit starts."""
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("needs systemd-analyze")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/focal", str(ROOT)))
    return found, unit


def test_systemd_finds_nothing_wrong_with_it(analyze: tuple[str, Path]) -> None:
    command, unit = analyze
    done = subprocess.run(
        [command, "verify", "--man=no", unit], capture_output=True, text=True, timeout=60, check=False
    )

    complaints = [line for line in done.stderr.splitlines() if unit.name in line]
    assert (done.returncode, complaints) == (0, [])


def test_it_is_confined(analyze: tuple[str, Path]) -> None:
    command, unit = analyze
    asked = [command, "security", "--offline=true", f"--threshold={MOST_EXPOSURE * 10:.0f}", "--no-pager", unit]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout


def test_a_stop_during_the_first_start_is_no_failure() -> None:
    def install() -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        return 0

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        assert str(console.run(install)) == settings()["SuccessExitStatus"]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_it_waits_for_the_longest_drain() -> None:
    longest_s = Settings().max_wait_s + supervisor.DRAIN_MARGIN_S + GATEWAY_STOP_S + torchserve.STOP_TIMEOUT_S

    assert int(settings()["TimeoutStopSec"]) >= longest_s
    assert settings()["KillMode"] == "mixed"


def test_it_starts_serve_and_waits_until_it_says_that_it_is_ready() -> None:
    assert settings()["ExecStart"] == "/opt/focal/scripts/serve"
    assert settings()["Type"] == "notify"
    assert settings()["User"] in (UNIT.parent / "focal.sysusers").read_text()


def test_what_serve_writes_is_in_folders_that_the_unit_makes() -> None:
    written = dict(pair.split("=") for pair in settings()["Environment"].split())

    assert written == {
        "XDG_CACHE_HOME": f"/var/cache/{settings()['CacheDirectory']}",
        "FOCAL_MODEL_STORE": f"/var/lib/{settings()['StateDirectory']}",
        "FOCAL_RUNTIME": f"/run/{settings()['RuntimeDirectory']}/server",
    }
