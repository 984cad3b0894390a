"""scripts/ops against a real server under load: every photo sent meanwhile gets its right answer."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from lab.load.clients import RIGHT, UNANSWERED, Load, calm_replies
from server.probe import ready

from tests.helpers.running_server import ROOT, Server, launch
from tests.helpers.under_load import CALLS, answered, ready_workers, wait_for_right_answers
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def steered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with two workers at first, for this file's tests in their order.

    Its folder's path is too long for sockets, so each TorchServe's workers listen on ports, which must not collide.
    """
    folder = tmp_path_factory.mktemp("steered")
    runtime = Path(tempfile.mkdtemp(prefix="focal-")) / ("x" * 100)
    server = launch(folder / "serve.log", FOCAL_WORKERS="2", FOCAL_RUNTIME=str(runtime)).wait_until_ready()
    yield server
    if server.process.poll() is None:
        server.stop()
    server.runtime.parent.rmdir()


@pytest.fixture(scope="module")
def calm(steered: Server) -> Any:
    return calm_replies(steered.url, CALLS)


@pytest.fixture
def load(steered: Server, calm: Any) -> Iterator[Load]:
    """Two clients, whose every photo must get its right answer, whatever the test does to the server."""
    with Load(steered.url, CALLS, calm, clients=2) as load:
        wait_for_right_answers(load, 2)
        yield load
    assert {outcome.verdict for outcome in load.outcomes} == {RIGHT}


def run_ops(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "scripts" / "ops", *arguments, "--json"]
    environment = os.environ | server.variables
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def ops(server: Server, *arguments: str) -> dict[str, Any]:
    """The state of the server after a command that must succeed."""
    done = run_ops(server, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def ask_with(key: str, url: str) -> None:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})
    urllib.request.urlopen(request, timeout=10).close()


def torchserves(server: Server) -> list[psutil.Process]:
    children = psutil.Process(server.process.pid).children()
    return [child for child in children if "org.pytorch.serve.ModelServer" in child.cmdline()]


def test_status_says_what_is_served_and_how_it_went(steered: Server, calm: Any) -> None:
    wait_until(lambda: run_ops(steered, "status").returncode == 0)
    status = ops(steered, "status")

    current = status["current"]
    assert (status["url"], status["ready"], status["candidate"]) == (steered.url, True, None)
    assert current["workers"] == {"wanted": 2, "ready": 2, "pids": sorted(ready_workers(steered))}
    assert current["outcomes"]["ok"] >= len(calm)
    assert current["mean_seconds"] > 0
    assert current["memory_mb"] > 100
    assert current["cpu_seconds"] > 1


def test_a_worker_less_loses_no_photo(steered: Server, load: Load) -> None:
    status = ops(steered, "scale", "1")
    wait_for_right_answers(load, 2)

    assert (status["current"]["workers"]["ready"], len(torchserves(steered))) == (1, 1)


@pytest.fixture(scope="module")
def next_version(steered: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second archive, which answers the same and has another digest."""
    archive = tmp_path_factory.mktemp("next") / "next.mar"
    shutil.copyfile(ops(steered, "status")["current"]["archive"], archive)
    with zipfile.ZipFile(archive, "a") as mar:
        mar.writestr("next", "")
    return archive


def test_a_version_that_cannot_be_served_changes_nothing(steered: Server, load: Load, tmp_path: Path) -> None:
    before = ops(steered, "status")
    refused = run_ops(steered, "rollout", str(ROOT / "README.md"))

    assert refused.returncode == 1
    assert "is not an archive of Focal's" in json.loads(refused.stdout)["error"]
    assert ops(steered, "status")["current"]["archive_sha256"] == before["current"]["archive_sha256"]


def test_a_canary_is_rolled_back_without_losing_a_photo(steered: Server, load: Load, next_version: Path) -> None:
    before = ops(steered, "status")["current"]["archive_sha256"]

    rolled_out = ops(steered, "rollout", str(next_version))
    shared = ops(steered, "canary", "50")
    wait_until(lambda: ops(steered, "status")["candidate"]["outcomes"]["ok"] > 2)
    back = ops(steered, "rollback")

    assert (rolled_out["current"]["percent"], rolled_out["candidate"]["percent"]) == (100, 0)
    assert rolled_out["candidate"]["archive_sha256"] != before
    assert (shared["current"]["percent"], shared["candidate"]["percent"]) == (50, 50)
    assert (back["current"]["archive_sha256"], back["candidate"]) == (before, None)
    assert len(torchserves(steered)) == 1


def test_a_version_is_promoted_without_losing_a_photo(steered: Server, load: Load, next_version: Path) -> None:
    digest = ops(steered, "rollout", str(next_version))["candidate"]["archive_sha256"]
    ops(steered, "canary", "100")
    wait_for_right_answers(load, 2)

    status = ops(steered, "promote")
    wait_for_right_answers(load, 2)

    assert (status["current"]["archive_sha256"], status["candidate"]) == (digest, None)
    assert len(torchserves(steered)) == 1
    ready(steered.url)


def test_keys_are_rotated_without_losing_a_photo(steered: Server, load: Load) -> None:
    old = steered.keys

    ops(steered, "rotate-keys")
    wait_for_right_answers(load, 2)

    assert ready_workers(steered)  # through the management API, with the new key
    for key in vars(old).values():
        for url in (f"{steered.management_url}/models", f"{steered.inference_url}/ping"):
            with pytest.raises(urllib.error.HTTPError, match="400") as refused:
                ask_with(key, url)
            refused.value.close()


def test_draining_ends_the_server_after_its_last_photo(steered: Server, calm: Any) -> None:
    with Load(steered.url, CALLS, calm, clients=2) as load:
        wait_for_right_answers(load, 2)
        drained = run_ops(steered, "drain", "--notice", "2")

    assert (drained.returncode, json.loads(drained.stdout)) == (0, {})
    assert steered.process.wait(60) == 0
    assert not steered.runtime.exists()
    assert {outcome.verdict for outcome in load.outcomes} == {RIGHT, UNANSWERED}
    assert {one.verdict for one in load.outcomes if one.request_id in answered(steered)} == {RIGHT}
