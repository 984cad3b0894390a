"""A server under load: small photos, each unlike the others, and what may become of them when something breaks."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable

from lab.load.clients import RIGHT, UNANSWERED, WRONG, Load

from tests.helpers.running_server import Server
from tests.helpers.small_calls import small_calls
from tests.helpers.waiting import wait_until

CALLS = small_calls(16)
# How long a killed worker may be away. Most of it is the import of torch, whose time tells how busy a machine is.
WORKER_AWAY_S, TORCH_IMPORT_S = 10.0, 3.0
# A calm machine of two cores needs a tenth of each.
WORKER_BACK_S = 90.0
TORCHSERVE_BACK_S = 120.0


def ready_workers(server: Server) -> list[int]:
    """The process ids of the workers that TorchServe calls READY."""
    workers = server.manage("GET", "/models/focal")[0]["workers"]
    return [worker["pid"] for worker in workers if worker["status"] == "READY"]


def answered(server: Server) -> set[str]:
    """The request ids that the gateway's log says were answered."""
    lines = (line for line in server.log.read_text().splitlines() if line.startswith('{"time"') and '"status":' in line)
    return {entry["request_id"] for entry in map(json.loads, lines) if entry["status"] == 200}


def slowness() -> float:
    """How many times longer than on a core of its own a worker takes to start here and now; at least 1."""
    started_s = time.monotonic()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    return max(1.0, (time.monotonic() - started_s) / TORCH_IMPORT_S)


def seconds_until(happened: Callable[[], bool], timeout_s: float) -> float:
    started_s = time.monotonic()
    wait_until(happened, timeout_s)
    return time.monotonic() - started_s


def assert_only_right_answers_and_refusals(load: Load) -> None:
    assert [outcome for outcome in load.outcomes if outcome.verdict in (WRONG, UNANSWERED)] == []
    assert load.count(RIGHT) > 0


def wait_for_right_answers(load: Load, count: int) -> None:
    """Wait for so many more, or for a wrong one."""
    before = load.count(RIGHT)
    wait_until(lambda: load.count(RIGHT) >= before + count or load.count(WRONG) > 0, TORCHSERVE_BACK_S)
