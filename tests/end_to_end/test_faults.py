"""What clients see, and for how long, when a part of a running server is killed, stopped or starved."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from focal.settings import Settings
from lab.load.clients import RIGHT, Calm, Client, Load, attempt, calm_replies
from lab.load.traffic import Call, encode, photo
from server.processes import ServerProcesses
from server.torchserve_config import memory_megabytes
from setup.archive import ensure_archive

from tests.helpers.running_server import Server
from tests.helpers.under_load import (
    CALLS,
    TORCHSERVE_BACK_S,
    WORKER_AWAY_S,
    WORKER_BACK_S,
    assert_only_right_answers_and_refusals,
    ready_workers,
    seconds_until,
    slowness,
    wait_for_right_answers,
)
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow

StartServer = Callable[..., Server]

JAVA_BESIDE_MB = 200  # its own code and threads


@pytest.fixture(scope="module")
def hurt(start_server: StartServer) -> Server:
    """A server of two workers; each test hurts it and leaves it recovered."""
    return start_server(FOCAL_WORKERS="2")


@pytest.fixture(scope="module")
def calm(hurt: Server) -> Calm:
    """What each call is answered when nothing is wrong; the same from every server of these sources."""
    return calm_replies(hurt.url, CALLS)


def get(url: str, path: str) -> tuple[int, dict[str, object], float]:
    """Status and JSON that a GET is answered, and the seconds it took."""
    started_s = time.monotonic()
    try:
        with urllib.request.urlopen(url + path, timeout=30) as answer:
            return answer.status, json.load(answer), time.monotonic() - started_s
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error), time.monotonic() - started_s


def test_a_killed_worker_costs_refusals_only_and_is_back_in_time(
    hurt: Server, calm: Calm, record_property: Callable[[str, object], None]
) -> None:
    wait_until(lambda: len(ready_workers(hurt)) == 2, WORKER_BACK_S)
    with Load(hurt.url, CALLS, calm, clients=6) as load:
        wait_for_right_answers(load, 10)
        busy = slowness()
        victim, other = ready_workers(hurt)
        decoders = psutil.Process(victim).children()
        killed_s = time.monotonic()
        os.kill(victim, signal.SIGKILL)
        back_s = seconds_until(lambda: len(set(ready_workers(hurt)) - {victim}) == 2, WORKER_BACK_S)
        meanwhile = [
            one for one in load.outcomes if one.verdict == RIGHT and killed_s < one.ended_s < killed_s + back_s
        ]
        wait_for_right_answers(load, 10)

    record_property("worker_back_s", round(back_s, 1))
    record_property("slowness", round(busy, 1))
    assert back_s < WORKER_AWAY_S * busy
    assert_only_right_answers_and_refusals(load)
    assert meanwhile, "the other worker should have gone on answering"
    assert other in ready_workers(hurt)
    assert "A worker has died and is started again" in hurt.log.read_text()
    assert psutil.wait_procs(decoders, timeout=30)[1] == []


def test_a_killed_decoder_costs_nobody_an_answer(hurt: Server, calm: Calm) -> None:
    with Load(hurt.url, CALLS, calm, clients=4) as load:
        for _ in range(5):
            wait_for_right_answers(load, 4)
            for worker in ready_workers(hurt):
                for decoder in psutil.Process(worker).children():
                    decoder.kill()
        wait_for_right_answers(load, 4)

    assert {outcome.verdict for outcome in load.outcomes} == {RIGHT}


def test_stopped_workers_are_not_ready_and_lose_nothing_when_they_go_on(hurt: Server, calm: Calm) -> None:
    workers = ready_workers(hurt)
    with Load(hurt.url, CALLS, calm, clients=4) as load:
        wait_for_right_answers(load, 4)
        try:
            for pid in workers:
                os.kill(pid, signal.SIGSTOP)
            alive, ready = get(hurt.url, "/healthz"), get(hurt.url, "/readyz")
        finally:
            for pid in workers:
                os.kill(pid, signal.SIGCONT)
        wait_for_right_answers(load, 8)

    assert alive[0] == 200
    assert alive[2] < Settings().max_probe_s  # it asked no worker
    assert (ready[0], ready[1]["type"]) == (503, "NotReady")
    assert {outcome.verdict for outcome in load.outcomes} == {RIGHT}
    assert ready_workers(hurt) == workers


def test_many_long_bodies_at_once_cost_others_no_answer_and_stay_within_javas_memory(
    hurt: Server, calm: Calm, record_property: Callable[[str, object], None]
) -> None:
    long, let_in = Call("60 MB", bytes(60_000_000), "image/jpeg"), 2 * Settings().max_large_bodies_per_worker
    workers = ready_workers(hurt)
    with Load(hurt.url, CALLS, calm, clients=4) as load, ThreadPoolExecutor(12) as pool:
        wait_for_right_answers(load, 4)
        try:
            for pid in workers:
                os.kill(pid, signal.SIGSTOP)
            sent = [pool.submit(Client(hurt.url, f"127.0.1.{n + 1}").send, long, f"long-body-{n}") for n in range(12)]
            wait_until(lambda: sum(one.done() for one in sent) == len(sent) - let_in)
        finally:
            for pid in workers:
                os.kill(pid, signal.SIGCONT)
        wait_for_right_answers(load, 8)

    java_mb = ServerProcesses(hurt.runtime).megabytes()["jvm"]
    record_property("java_mb", round(java_mb))
    replies = Counter((one.result().status, one.result().error_type) for one in sent)
    assert replies == {(413, "BodyTooLarge"): let_in, (503, "Overloaded"): len(sent) - let_in}
    assert {outcome.verdict for outcome in load.outcomes} == {RIGHT}
    assert java_mb < 2 * memory_megabytes(Settings(), 2) + JAVA_BESIDE_MB


@contextmanager
def few_file_descriptors(server: Server, count: int) -> Iterator[None]:
    """Let nginx's worker open so many files only, sockets among them."""
    configuration = server.runtime / "gateway" / "nginx.conf"
    usual = configuration.read_text()
    limited = re.sub(r"worker_rlimit_nofile \d+;", f"worker_rlimit_nofile {count};", usual)
    assert limited != usual
    reload(server, configuration, limited)
    try:
        yield
    finally:
        reload(server, configuration, usual)


def reload(server: Server, configuration: Path, text: str) -> None:
    """Let nginx go on with this configuration, in a new worker."""
    master = psutil.Process(server.state["pids"]["front_door"])
    before = master.children()
    configuration.write_text(text)
    master.send_signal(signal.SIGHUP)
    wait_until(lambda: any(child not in before for child in master.children()))


@pytest.mark.long
def test_a_torchserve_that_hangs_is_killed_and_comes_back(hurt: Server, calm: Calm) -> None:
    java = ServerProcesses(hurt.runtime).pids["torchserve"]
    with Load(hurt.url, CALLS, calm, clients=2) as load:
        wait_for_right_answers(load, 4)
        os.kill(java, signal.SIGSTOP)
        try:
            wait_until(lambda: ServerProcesses(hurt.runtime).pids["torchserve"] != java, 2 * TORCHSERVE_BACK_S)
        finally:
            with suppress(ProcessLookupError):
                os.kill(java, signal.SIGCONT)
        wait_for_right_answers(load, 4)

    assert "TorchServe has answered nothing for a minute; killing it" in hurt.log.read_text()
    assert_only_right_answers_and_refusals(load)


@pytest.mark.long
def test_a_gateway_that_hangs_is_killed_and_comes_back(hurt: Server, calm: Calm) -> None:
    gateway = ServerProcesses(hurt.runtime).pids["front_door"]
    family = [psutil.Process(gateway), *psutil.Process(gateway).children()]
    for process in family:
        process.suspend()
    wait_until(lambda: ServerProcesses(hurt.runtime).pids["front_door"] != gateway, 2 * TORCHSERVE_BACK_S)
    with Load(hurt.url, CALLS, calm, clients=2) as load:
        wait_for_right_answers(load, 4)

    assert "The gateway has answered nothing for a minute; killing it" in hurt.log.read_text()
    assert psutil.wait_procs(family, timeout=30)[1] == []
    assert {outcome.verdict for outcome in load.outcomes} == {RIGHT}


def test_a_gateway_without_file_descriptors_refuses_and_recovers_at_once(hurt: Server, calm: Calm) -> None:
    with few_file_descriptors(hurt, 20), Load(hurt.url, CALLS, calm, clients=16) as starved:
        wait_until(lambda: starved.count("NotReady") >= 4 and starved.count(RIGHT) >= 4)
    with Load(hurt.url, CALLS, calm, clients=4) as after:
        wait_for_right_answers(after, 8)

    assert_only_right_answers_and_refusals(starved)
    assert {outcome.verdict for outcome in after.outcomes} == {RIGHT}


def test_a_killed_torchserve_costs_refusals_only_and_is_back_in_time(
    hurt: Server, calm: Calm, record_property: Callable[[str, object], None]
) -> None:
    java = psutil.Process(hurt.state["pids"]["torchserve"])
    family = [java, *java.children(recursive=True)]
    with Load(hurt.url, CALLS, calm, clients=6) as load:
        wait_for_right_answers(load, 10)
        killed_s = time.monotonic()
        java.kill()
        wait_until(lambda: load.outcomes[-1].verdict == "NotReady")
        alive, ready = get(hurt.url, "/healthz"), get(hurt.url, "/readyz")
        wait_for_right_answers(load, 1)
        back_s = time.monotonic() - killed_s
        wait_for_right_answers(load, 20)

    record_property("torchserve_back_s", round(back_s, 1))
    assert_only_right_answers_and_refusals(load)
    assert alive[0] == 200
    assert (ready[0], ready[1]["type"]) == (503, "NotReady")
    refusals = [one.took_s for one in load.outcomes if one.verdict == "NotReady" and one.started_s > killed_s]
    assert max(refusals) < 10, "clients should be told, not kept waiting"
    assert back_s < TORCHSERVE_BACK_S
    assert psutil.wait_procs(family, timeout=30)[1] == []
    assert "TorchServe died; restarting it" in hurt.log.read_text()


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A small file system from which nothing can be executed, as hardened machines have their /tmp."""
    folder = Path(tempfile.mkdtemp(prefix="focal-disk-"))
    size = 300_000_000 + 3 * ensure_archive().stat().st_size  # the archive, and unpacked
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=711,noexec", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        folder.rmdir()
        pytest.skip(f"needs the right to mount a file system: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)  # after a failed test its server still runs in it
    folder.rmdir()


def fill(disk: Path) -> Path:
    """A file that takes all that is left."""
    rest = disk / "rest"
    block = bytes(1 << 16)
    with rest.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(block) == len(block):
            pass
    return rest


def test_a_full_disk_costs_nobody_an_answer_and_a_killed_worker_comes_back(
    start_server: StartServer, small_disk: Path
) -> None:
    server = start_server(FOCAL_WORKERS="1", FOCAL_RUNTIME=str(small_disk / "run"))
    long = Call("27 MB", encode(photo(1, 3000, 3000), "BMP"), "image/bmp", "image/jpeg")
    calm = calm_replies(server.url, [*CALLS, long])
    (worker,) = ready_workers(server)
    assert psutil.Process(worker).net_connections("tcp"), (
        "Netty's native part, for sockets, cannot be loaded from there"
    )

    rest = fill(small_disk)
    longest = attempt(Client(server.url), long, calm[long.name])
    with Load(server.url, CALLS, calm, clients=4) as load:
        wait_for_right_answers(load, 8)
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: set(ready_workers(server)) - {worker}, WORKER_BACK_S)
        wait_for_right_answers(load, 8)
    rest.unlink()

    assert_only_right_answers_and_refusals(load)
    assert longest.verdict == RIGHT
    assert server.stop() == 0
