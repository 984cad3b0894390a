"""Several whole servers on one machine behind deploy/balancer, restarted one after the other under load."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lab.load.clients import RIGHT, Load, calm_replies
from server import probe
from server.gateway import find_nginx
from server.ports import free_ports

from tests.helpers.running_server import ROOT, Server
from tests.helpers.under_load import CALLS, wait_for_right_answers
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow

StartServer = Callable[..., Server]
BALANCER = ROOT / "deploy" / "balancer" / "nginx.conf"


@contextmanager
def balancer(servers: list[Server]) -> Iterator[str]:
    """The repository's balancer before these servers: its address."""
    (port,) = free_ports(1)
    configuration = BALANCER.read_text().replace("127.0.0.1:9000", f"127.0.0.1:{port}")
    for documented, server in zip(("127.0.0.1:8000", "127.0.0.1:8010"), servers, strict=True):
        assert configuration.count(f"server {documented} ") == 1
        configuration = configuration.replace(f"server {documented} ", f"server {server.url.removeprefix('http://')} ")
    with tempfile.TemporaryDirectory(prefix="focal-balancer-") as made:
        folder = Path(made)
        folder.chmod(0o711)
        (folder / "temp").mkdir()
        (folder / "nginx.conf").write_text(configuration)
        process = subprocess.Popen([find_nginx(), "-p", f"{folder}/", "-c", "nginx.conf", "-e", "stderr"])
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until(lambda: is_ready(url))
            yield url
        finally:
            process.terminate()
            process.wait(60)


def is_ready(url: str) -> bool:
    try:
        probe.ready(url)
    except ConnectionError:
        return False
    return True


def drain(server: Server) -> None:
    """End a server as its operator does."""
    command = [sys.executable, ROOT / "scripts" / "ops", "drain", "--notice", "1"]
    subprocess.run(command, env=os.environ | server.variables, timeout=300, check=True, stdout=subprocess.DEVNULL)
    assert server.process.wait(60) == 0


def test_a_rolling_restart_behind_the_balancer_loses_no_photo(start_server: StartServer) -> None:
    variables = {"FOCAL_WORKERS": "1", "FOCAL_TRUSTED_PROXIES": "127.0.0.1"}
    servers = [start_server(**variables) for _ in range(2)]
    calm = calm_replies(servers[0].url, CALLS)
    with balancer(servers) as url, Load(url, CALLS, calm, clients=4) as load:
        for n, server in enumerate(servers):
            wait_for_right_answers(load, 4)
            drain(server)
            wait_for_right_answers(load, 4)
            servers[n] = start_server(**server.variables)
        wait_for_right_answers(load, 4)

    assert {outcome.verdict for outcome in load.outcomes} == {RIGHT}
    for server in servers:
        assert "POST" in server.log.read_text(), "each server answers photos again"
        assert server.stop() == 0
