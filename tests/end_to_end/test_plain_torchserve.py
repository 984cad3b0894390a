"""Plain TorchServe, without scripts/serve: `torchserve --start --ncs --ts-config config.properties`, then `--stop`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from server.java import find_java
from server.probe import FIELDS, sample_png
from server.tokens import read_keys
from server.workers import worker_pids

from tests.helpers.running_server import ROOT
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow


def torchserve(checkout: Path, *arguments: str) -> None:
    """The `torchserve` command, run as the README tells."""
    java_home = Path(find_java()).resolve().parents[1]
    own = {"JAVA_HOME": str(java_home), "TMPDIR": str(checkout / "tmp"), "TEMP": str(checkout / "tmp")}
    command = [Path(sys.executable).with_name("torchserve"), *arguments]
    with (checkout / "torchserve.log").open("a") as log:
        subprocess.run(command, cwd=checkout, env=os.environ | own, stdout=log, stderr=log, timeout=60, check=True)


@pytest.fixture
def started(checkout: Path) -> Iterator[Path]:
    """A checkout in which TorchServe was started."""
    torchserve(checkout, "--start", "--ncs", "--ts-config", "config.properties")
    yield checkout
    if (checkout / "tmp" / ".model_server.pid").exists():
        torchserve(checkout, "--stop")


def predict(checkout: Path, key: str) -> dict[str, object]:
    """POST /predictions/focal with a token."""
    address = next(
        line.split("=")[1]
        for line in (checkout / "config.properties").read_text().splitlines()
        if line.startswith("inference_address=")
    )
    request = urllib.request.Request(
        f"{address}/predictions/focal",
        data=sample_png(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "image/png"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def serves(checkout: Path) -> bool:
    """Whether TorchServe has written its tokens and its model answers."""
    try:
        return set(predict(checkout, read_keys(checkout / "key_file.json").inference)) == FIELDS
    except (OSError, ValueError):
        return False


def test_it_serves_with_its_token_and_stops(started: Path) -> None:
    wait_until(lambda: serves(started))
    pid = int((started / "tmp" / ".model_server.pid").read_text())
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]

    wait_until(lambda: len(worker_pids(pid)) == os.cpu_count())  # its own default: a worker a core
    with pytest.raises(urllib.error.HTTPError, match="400") as refused:
        predict(started, "not-the-key")
    refused.value.close()
    torchserve(started, "--stop")

    assert psutil.wait_procs(family, timeout=60)[1] == []
    assert not (started / "key_file.json").exists()
    assert list((started / "tmp" / "models").iterdir()) == []


def test_the_configuration_leaves_the_usual_ports_alone() -> None:
    assert "_address=" not in (ROOT / "config.properties").read_text()
