"""What clients see, and for how long, when a part of a running server is killed, stopped, starved or replaced."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from support.load import RIGHT, UNANSWERED, WRONG, Calm, Load, calm_replies
from support.memory import ServerProcesses
from support.traffic import small_calls

from tests.end_to_end.running_server import Server, wait_until

pytestmark = pytest.mark.slow

CALLS = small_calls(16)
# A calm machine of two cores needs a third of each.
WORKER_BACK_S = 30.0
TORCHSERVE_BACK_S = 60.0

StartServer = Callable[..., Server]


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


def ready_workers(server: Server) -> list[int]:
    """The process ids of the workers that TorchServe calls READY."""
    workers = server.manage("GET", "/models/focal")[0]["workers"]
    return [worker["pid"] for worker in workers if worker["status"] == "READY"]


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


def test_a_killed_worker_costs_refusals_only_and_is_back_in_time(
    hurt: Server, calm: Calm, record_property: Callable[[str, object], None]
) -> None:
    wait_until(lambda: len(ready_workers(hurt)) == 2, WORKER_BACK_S)
    with Load(hurt.url, CALLS, calm, clients=6) as load:
        wait_for_right_answers(load, 10)
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
    assert_only_right_answers_and_refusals(load)
    assert meanwhile, "the other worker should have gone on answering"
    assert other in ready_workers(hurt)
    assert psutil.wait_procs(decoders, timeout=5)[1] == []


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
    assert alive[2] < 2
    assert (ready[0], ready[1]["type"]) == (503, "NotReady")
    assert {outcome.verdict for outcome in load.outcomes} == {RIGHT}
    assert ready_workers(hurt) == workers


@contextmanager
def few_file_descriptors(server: Server, count: int) -> Iterator[None]:
    """Let nginx's worker open so many files only, sockets among them."""
    configuration = server.runtime / "front-door" / "nginx.conf"
    usual = configuration.read_text()
    limited = usual.replace("worker_rlimit_nofile 8192;", f"worker_rlimit_nofile {count};")
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
    wait_until(lambda: any(child not in before for child in master.children()), 10)


def test_a_front_door_without_file_descriptors_refuses_and_recovers_at_once(hurt: Server, calm: Calm) -> None:
    with few_file_descriptors(hurt, 20), Load(hurt.url, CALLS, calm, clients=16) as starved:
        wait_until(lambda: starved.count("NotReady") >= 4 and starved.count(RIGHT) >= 4, 30)
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
        wait_until(lambda: load.outcomes[-1].verdict == "NotReady", 10)
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
    assert psutil.wait_procs(family, timeout=5)[1] == []
    assert "TorchServe died; restarting it" in hurt.log.read_text()


def answered(server: Server) -> set[str]:
    """The request ids that the front door's log says were answered."""
    lines = (line for line in server.log.read_text().splitlines() if line.startswith('{"time"'))
    return {entry["request_id"] for entry in map(json.loads, lines) if entry["status"] == 200}


def test_a_server_that_is_told_to_end_under_load_answers_all_that_it_took(
    start_server: StartServer, calm: Calm
) -> None:
    ended = start_server(FOCAL_WORKERS="1")
    with Load(ended.url, CALLS, calm, clients=8) as load:
        wait_for_right_answers(load, 8)
        code = ended.stop()
        time.sleep(0.5)

    taken = answered(ended)
    assert code == 0
    assert load.count(WRONG) == 0
    assert {one.verdict for one in load.outcomes if one.request_id in taken} == {RIGHT}
    assert [one for one in load.outcomes if one.verdict == RIGHT and one.request_id not in taken] == []


def test_a_rolling_restart_of_two_servers_loses_no_request(start_server: StartServer, calm: Calm) -> None:
    servers = [start_server(FOCAL_WORKERS="1") for _ in range(2)]
    with Load([server.url for server in servers], CALLS, calm, clients=4) as load:
        for n, server in enumerate(servers):
            wait_for_right_answers(load, 4)
            assert server.stop() == 0
            wait_for_right_answers(load, 4)
            servers[n] = start_server(**server.variables)
        wait_for_right_answers(load, 4)
    for server in servers:
        assert server.stop() == 0

    assert {outcome.verdict for outcome in load.outcomes} == {RIGHT}


def test_a_front_door_that_keeps_dying_is_given_up_loudly_and_leaves_nothing(start_server: StartServer) -> None:
    doomed = start_server(FOCAL_WORKERS="1")
    family = [psutil.Process(doomed.process.pid), *psutil.Process(doomed.process.pid).children(recursive=True)]
    while doomed.process.poll() is None:
        try:
            psutil.Process(ServerProcesses(doomed.runtime).pids["front_door"]).kill()
        except (psutil.NoSuchProcess, OSError, ValueError):
            time.sleep(0.05)

    said = doomed.log.read_text()
    assert doomed.process.returncode == 1
    assert [line for line in said.splitlines() if "restarting it in" in line][-1].endswith("in 8 s")
    assert "focal: The front door died again after 5 restarts; its own lines above say why." in said
    assert psutil.wait_procs(family, timeout=5)[1] == []
    assert not doomed.runtime.exists()
