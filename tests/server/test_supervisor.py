"""What is restarted, how often, and how it ends; with stand-ins for TorchServe and the gateway."""

from __future__ import annotations

import errno
import functools
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from focal.settings import Settings
from server import readiness, restarts, supervisor
from server.client_keys import ClientKey, WatchedKeys, as_text
from server.gateway import StuckReloadError
from server.gateway_keys import KeyLimits
from server.gateway_settings import GatewaySettings
from server.key_check import KeyCheck
from server.ports import Addresses
from server.probe import RefusedError
from server.restarts import MOST_SLOW_STARTS, PAUSES_S
from server.supervisor import DRAIN_MARGIN_S, Supervisor
from server.tokens import Keys
from setup.console import CommandError

from tests.helpers.waiting import wait_until


class Child:
    """A process that does as it is told."""

    def __init__(self, happened: list[str], name: str) -> None:
        self.happened = happened
        self.name = name
        self.running = False
        self.process = SimpleNamespace(pid=1)
        self.dies_at_once = False

    def start(self) -> None:
        self.happened.append(f"{self.name} started")
        self.running = not self.dies_at_once

    def is_running(self) -> bool:
        return self.running

    def answers(self, timeout_s: float) -> bool:
        return self.running

    def go_on(self) -> None:
        pass

    def kill(self) -> None:
        self.happened.append(f"{self.name} killed")
        self.running = False

    def stop(self) -> None:
        if self.running:
            self.happened.append(f"{self.name} stopped")
        self.running = False


class StandInTorchServe(Child):
    key_file = Path("key_file.json")
    archive = Path("none.mar")
    addresses = Addresses(metrics_port=8083)
    limits = Settings()
    workers = 1

    def keys(self) -> Keys:
        return Keys(f"inference{self.happened.count('torchserve started')}", "management", "api")

    lost_workers = 0

    def is_ready(self) -> bool:
        return self.running and not self.lost_workers

    def dead_workers(self) -> int:
        return self.lost_workers

    def worker_pids(self) -> list[int]:
        return []

    refused_scalings = 0

    def scale(self) -> bool:
        self.refused_scalings -= 1
        return self.refused_scalings < 0


class StandInGateway(Child):
    def reload(self, settings: GatewaySettings) -> None:
        self.settings = settings
        self.happened.append(f"gateway reloaded with {settings.inference_key}")

    def drain(self, timeout_s: float) -> bool:
        self.happened.append("gateway drained")
        self.drained_within_s = timeout_s
        self.running = False
        return True


@pytest.fixture
def happened() -> list[str]:
    return []


@pytest.fixture
def server(tmp_path: Path, happened: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    gateway = StandInGateway(happened, "gateway")
    monkeypatch.setattr(supervisor, "Gateway", lambda settings, folder, note, own_request_id: gateway)
    monkeypatch.setattr(readiness, "predict", lambda url, **sent: {})
    for module in (supervisor, readiness):
        monkeypatch.setattr(module, "TICK_S", 0.001)
    monkeypatch.setattr(restarts, "PAUSES_S", (0.0,) * len(PAUSES_S))
    handlers = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    yield Supervisor(Addresses(), tmp_path, StandInTorchServe(happened, "torchserve"))
    for number, handler in handlers:
        signal.signal(number, handler)


def terminate_when(enough: Callable[[], bool]) -> None:
    """Have this process told to end, as its operator would, as soon as there was enough to see."""

    def terminate() -> None:
        try:
            wait_until(enough)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=terminate).start()


def terminate() -> None:
    terminate_when(lambda: True)


def test_it_starts_serves_drains_and_stops(server: Any, happened: list[str]) -> None:
    server.run(terminate)

    assert happened == ["torchserve started", "gateway started", "gateway drained", "torchserve stopped"]


def test_a_server_that_asks_for_keys_has_one_itself_and_its_gateway_knows_new_limits(
    server: Any, happened: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, sent = tmp_path / "client-keys.json", []
    file.write_text("{}")
    server.key_check = KeyCheck(WatchedKeys(file))
    monkeypatch.setattr(readiness, "predict", lambda url, **said: sent.append(said))

    def give_a_limit() -> None:
        assert server.gateway.settings.client_keys == KeyLimits()
        assert (tmp_path / "gateway" / "keys.sock").is_socket()
        file.write_text(as_text((ClientKey("a", "0" * 64, rate=7),)))
        terminate_when(lambda: len(happened) >= 3)

    server.run(give_a_limit)

    own = tmp_path / "own_key"
    assert sent == [{"key": own.read_text(), "request_id": server.metrics.own_request_id}]
    assert server.key_check.owner(own.read_text(), "").name == "serve"
    assert own.stat().st_mode & 0o777 == 0o600
    assert happened[2] == "gateway reloaded with inference1"
    assert server.gateway.settings.client_keys == KeyLimits(rates=(7,))


def test_what_it_is_busy_with_when_told_to_end_counts_as_draining(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def take_long(settings: GatewaySettings) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.2)

    def hang_up() -> None:
        monkeypatch.setattr(server.gateway, "reload", take_long)
        os.kill(os.getpid(), signal.SIGHUP)

    server.run(hang_up)

    assert DRAIN_MARGIN_S < server.gateway.drained_within_s < Settings().max_wait_s + DRAIN_MARGIN_S - 0.1


def test_what_somebody_has_halted_answers_its_photos_before_the_server_ends(server: Any, happened: list[str]) -> None:
    server.standby = StandInTorchServe(happened, "standby")
    for one in (server.torchserve, server.standby):
        one.go_on = functools.partial(happened.append, f"{one.name} goes on")

    server.run(terminate)

    assert happened[-4:] == ["torchserve goes on", "standby goes on", "gateway drained", "torchserve stopped"]


def test_two_torchserves_end_at_the_same_time(server: Any, happened: list[str], tmp_path: Path) -> None:
    both = threading.Barrier(2, timeout=60)
    server.standby = StandInTorchServe(happened, "standby")
    for one in (server.torchserve, server.standby):
        one.stop = both.wait

    server.run(terminate)


def test_what_it_has_started_is_told_before_anything_is_waited_for(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the next server ends it if this one is killed meanwhile."""

    def told() -> None:
        assert json.loads((tmp_path / "server.json").read_text())["pids"]["torchserve"] == server.torchserve.process.pid
        raise CommandError("enough")

    monkeypatch.setattr(server.torchserve, "keys", told)

    with pytest.raises(CommandError, match="enough"):
        server.run(lambda: None)


def test_workers_are_asked_for_until_torchserve_grants_them(server: Any) -> None:
    server.torchserve.refused_scalings = 3

    server.run(lambda: terminate_when(lambda: server.torchserve.refused_scalings < 0))

    assert server.torchserve.refused_scalings == -1


def test_a_dead_torchserve_is_started_again_and_the_gateway_gets_its_new_key(server: Any, happened: list[str]) -> None:
    def kill() -> None:
        server.torchserve.running = False
        terminate_when(lambda: len(happened) >= 4)

    server.run(kill)

    assert happened[2:4] == ["torchserve started", "gateway reloaded with inference2"]


def test_a_torchserve_that_hangs_is_killed_and_started_again(
    server: Any, happened: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    def hang() -> None:
        server.pulse.has_stopped = lambda part: part is server.torchserve and "torchserve killed" not in happened
        terminate_when(lambda: len(happened) >= 5)

    server.run(hang)

    assert happened[2:5] == ["torchserve killed", "torchserve started", "gateway reloaded with inference2"]
    assert "TorchServe has answered nothing for a minute; killing it" in capsys.readouterr().err


def test_a_gateway_that_hangs_is_killed_and_started_again(
    server: Any, happened: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    def hang() -> None:
        server.pulse.has_stopped = lambda part: part is server.gateway and "gateway killed" not in happened
        terminate_when(lambda: len(happened) >= 4)

    server.run(hang)

    assert happened[2:4] == ["gateway killed", "gateway started"]
    assert "The gateway has answered nothing for a minute; killing it" in capsys.readouterr().err


def test_a_candidate_that_hangs_is_killed_and_removed(server: Any, happened: list[str], tmp_path: Path) -> None:
    def hang() -> None:
        with server.lock:
            server.standby, server.candidate_percent = StandInTorchServe(happened, "candidate"), 10
            server.standby.folder, server.standby.running = tmp_path / "candidate", True
            server.pulse.has_stopped = lambda part: part is server.standby
        terminate_when(lambda: server.standby is None)

    server.run(hang)

    assert happened[2:4] == ["candidate killed", "gateway reloaded with inference1"]


def test_a_dead_gateway_is_started_again(server: Any, happened: list[str]) -> None:
    def kill() -> None:
        server.gateway.running = False
        terminate_when(lambda: len(happened) >= 3)

    server.run(kill)

    assert happened[2:3] == ["gateway started"]
    assert "torchserve started" not in happened[1:]


def test_a_torchserve_that_keeps_dying_is_given_up_loudly(server: Any, happened: list[str]) -> None:
    def doom() -> None:
        server.torchserve.running = False
        server.torchserve.dies_at_once = True

    with pytest.raises(CommandError, match=f"TorchServe died again after {len(PAUSES_S)} restarts"):
        server.run(doom)

    assert happened.count("torchserve started") == 1 + len(PAUSES_S)
    assert happened[-1] == "gateway drained"


def test_a_gateway_that_keeps_dying_is_given_up_loudly(server: Any, happened: list[str]) -> None:
    def doom() -> None:
        server.gateway.running = False
        server.gateway.dies_at_once = True

    with pytest.raises(CommandError, match=f"The gateway died again after {len(PAUSES_S)} restarts"):
        server.run(doom)

    assert happened.count("gateway started") == 1 + len(PAUSES_S)
    assert happened[-1] == "torchserve stopped"


def refusing(call: Callable[..., None], happened: list[str], times: int) -> Callable[..., None]:
    """A call that at first refuses, as nginx does while the files of a certificate are being renewed."""
    reasons = [CommandError("nginx refuses its configuration: no such file"), OSError(errno.ENOSPC, "No space left")]

    def refuse_or_call(*arguments: Any) -> None:
        if happened.count("gateway refused") == times:
            call(*arguments)
            return
        happened.append("gateway refused")
        raise reasons[happened.count("gateway refused") % len(reasons)]

    return refuse_or_call


def test_a_dead_gateway_that_cannot_be_started_yet_is_tried_again_with_the_usual_pauses(
    server: Any, happened: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def kill() -> None:
        monkeypatch.setattr(server.gateway, "start", refusing(server.gateway.start, happened, times=2))
        server.gateway.running = False
        terminate_when(lambda: len(happened) >= 5)

    server.run(kill)

    assert happened[2:5] == ["gateway refused", "gateway refused", "gateway started"]
    assert len(server.restarts.deaths_s) == 3
    told = capsys.readouterr().err
    assert "The gateway cannot take its settings. nginx refuses its configuration: no such file" in told
    assert "The gateway cannot take its settings. [Errno 28] No space left" in told


def test_a_torchserve_whose_new_keys_the_gateway_cannot_take_yet_is_started_again(
    server: Any, happened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill() -> None:
        monkeypatch.setattr(server.gateway, "reload", refusing(server.gateway.reload, happened, times=1))
        server.torchserve.running = False
        terminate_when(lambda: len(happened) >= 7)

    server.run(kill)

    assert happened[2:7] == [
        *("torchserve started", "gateway refused", "torchserve stopped"),
        *("torchserve started", "gateway reloaded with inference3"),
    ]


@pytest.mark.parametrize(
    "reason", [CommandError("2 workers died while Focal waited for the model"), OSError(errno.ENOSPC, "No space left")]
)
def test_a_torchserve_that_cannot_be_restarted_yet_is_tried_again_with_the_usual_pauses(
    server: Any,
    happened: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    reason: Exception,
) -> None:
    start = server.torchserve.start

    def refuse_twice() -> None:
        if happened.count("refused") == 2:
            start()
            return
        happened.append("refused")
        raise reason

    def kill() -> None:
        monkeypatch.setattr(server.torchserve, "start", refuse_twice)
        server.torchserve.running = False
        terminate_when(lambda: len(happened) >= 6)

    server.run(kill)

    assert happened[2:6] == ["refused", "refused", "torchserve started", "gateway reloaded with inference2"]
    assert capsys.readouterr().err.count(f"TorchServe cannot be restarted. {reason}") == 2


def test_a_gateway_that_does_not_read_the_new_keys_of_a_restarted_torchserve_is_replaced(
    server: Any, happened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(settings: GatewaySettings) -> None:
        raise StuckReloadError("nginx has not taken its new settings")

    def kill() -> None:
        monkeypatch.setattr(server.gateway, "reload", hang)
        server.torchserve.running = False
        terminate_when(lambda: len(happened) >= 7)

    server.run(kill)

    assert happened[2:7] == [
        *("torchserve started", "gateway killed", "torchserve stopped"),
        *("torchserve started", "gateway started"),
    ]


def test_a_gateway_that_dies_while_torchserve_restarts_is_not_waited_for(
    server: Any, happened: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def die_at_first(url: str, **sent: str | None) -> None:
        if "gateway died" not in happened:
            happened.append("gateway died")
            server.gateway.running = False
        if not server.gateway.running:
            raise ConnectionError("refused")

    def kill() -> None:
        monkeypatch.setattr(readiness, "predict", die_at_first)
        server.torchserve.running = False
        terminate_when(lambda: len(happened) >= 8)

    server.run(kill)

    assert happened[2:8] == [
        *("torchserve started", "gateway reloaded with inference2", "gateway died", "torchserve stopped"),
        *("torchserve started", "gateway started"),
    ]
    assert "The gateway ended before the first prediction" in capsys.readouterr().err


def test_a_gateway_that_hangs_while_torchserve_restarts_is_killed_and_not_waited_for(
    server: Any, happened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang_at_first(url: str, **sent: str | None) -> None:
        if "gateway hangs" not in happened:
            happened.append("gateway hangs")
        if "gateway killed" not in happened:
            raise ConnectionError("timed out")

    def kill() -> None:
        server.pulse.has_stopped = lambda part: (
            part is server.gateway and "gateway hangs" in happened and "gateway killed" not in happened
        )
        monkeypatch.setattr(readiness, "predict", hang_at_first)
        server.torchserve.running = False
        terminate_when(lambda: len(happened) >= 9)

    server.run(kill)

    assert happened[2:9] == [
        *("torchserve started", "gateway reloaded with inference2", "gateway hangs", "gateway killed"),
        *("torchserve stopped", "torchserve started", "gateway started"),
    ]


def test_where_it_is_stays_as_told_while_it_cannot_be_written_anew(
    server: Any, happened: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As on a full disk: what runs, goes on."""

    def hinder() -> None:
        (tmp_path / "server.json.partial").mkdir()
        server.torchserve.running = False
        terminate_when(lambda: len(happened) >= 4)

    server.run(hinder)

    assert happened[2:4] == ["torchserve started", "gateway reloaded with inference2"]
    assert json.loads((tmp_path / "server.json").read_text())["pids"]["serve"] == os.getpid()
    assert "server.json stays as it was" in capsys.readouterr().err


def test_a_torchserve_that_dies_at_the_start_ends_it(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server.torchserve.dies_at_once = True
    monkeypatch.setattr(server.torchserve, "keys", lambda: None)

    with pytest.raises(CommandError, match="TorchServe ended while Focal waited for TorchServe's keys"):
        server.run(lambda: None)


def test_a_model_that_does_not_load_in_time_ends_it(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "START_TIMEOUT_S", 0.05)
    monkeypatch.setattr(server.torchserve, "is_ready", lambda: False)

    with pytest.raises(CommandError, match="gave up after waiting"):
        server.run(lambda: None)


def test_a_torchserve_that_becomes_ready_too_late_when_restarted_is_tried_once_more_and_given_up(
    server: Any, happened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def doom() -> None:
        monkeypatch.setattr(readiness, "START_TIMEOUT_S", 0.05)
        monkeypatch.setattr(server.torchserve, "is_ready", lambda: False)
        server.torchserve.running = False

    with pytest.raises(CommandError, match="gave up after waiting"):
        server.run(doom)

    assert happened.count("torchserve started") == 1 + MOST_SLOW_STARTS < 1 + len(PAUSES_S)


def test_a_hang_up_has_the_gateway_read_its_certificate_again(server: Any, happened: list[str]) -> None:
    def hang_up() -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        terminate_when(lambda: len(happened) >= 3)

    server.run(hang_up)

    assert happened[2] == "gateway reloaded with inference1"


@pytest.mark.parametrize(
    "reason", [CommandError("nginx refuses its configuration: no such file"), OSError(errno.ENOSPC, "No space left")]
)
def test_a_certificate_that_is_refused_ends_nothing(
    server: Any,
    happened: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    reason: Exception,
) -> None:
    def refuse(settings: GatewaySettings) -> None:
        happened.append("gateway refused")
        raise reason

    def hang_up() -> None:
        monkeypatch.setattr(server.gateway, "reload", refuse)
        os.kill(os.getpid(), signal.SIGHUP)
        terminate_when(lambda: "gateway refused" in happened)

    server.run(hang_up)

    assert happened[-2:] == ["gateway drained", "torchserve stopped"]
    assert f"SIGHUP: the gateway keeps its certificate and key. {reason}" in capsys.readouterr().err


def test_new_limits_that_the_gateway_cannot_take_yet_end_nothing_and_warn_once(
    server: Any,
    happened: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As while the files of a certificate are being renewed."""
    file = tmp_path / "client-keys.json"
    file.write_text("{}")
    server.key_check = KeyCheck(WatchedKeys(file))
    ticks: list[None] = []

    def refuse(settings: GatewaySettings) -> None:
        happened.append("gateway refused")
        raise CommandError("nginx refuses its configuration: no such file")

    def give_a_limit() -> None:
        monkeypatch.setattr(server.gateway, "reload", refuse)
        looked = server._take_new_key_limits
        monkeypatch.setattr(server, "_take_new_key_limits", lambda: (looked(), ticks.append(None)))
        file.write_text(as_text((ClientKey("a", "0" * 64, rate=7),)))
        terminate_when(lambda: "gateway refused" in happened and len(ticks) > 20)

    server.run(give_a_limit)

    assert happened.count("gateway refused") == 1
    assert happened[-2:] == ["gateway drained", "torchserve stopped"]
    assert capsys.readouterr().err.count("The gateway does not know the keys' new limits yet. nginx refuses") == 1


def test_a_terminal_that_is_closed_ends_the_server(
    server: Any, happened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    server.run(lambda: os.kill(os.getpid(), signal.SIGHUP))

    assert happened[-2:] == ["gateway drained", "torchserve stopped"]


def test_systemd_is_told_when_it_is_ready_and_when_it_ends(
    server: Any, happened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "notify", happened.append)

    server.run(terminate)

    assert happened == [
        "torchserve started", "gateway started", "READY=1", "STOPPING=1", "gateway drained", "torchserve stopped"
    ]  # fmt: skip


def test_other_commands_are_told_where_it_is(server: Any, tmp_path: Path) -> None:
    server.run(terminate)

    state = json.loads((tmp_path / "server.json").read_text())
    assert state["url"] == "http://127.0.0.1:8000"
    assert state["pids"]["serve"] == os.getpid()


def test_a_server_that_refuses_a_photo_ends_the_start(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(url: str, **sent: str | None) -> None:
        raise RefusedError(f"{url} answered 415")

    monkeypatch.setattr(readiness, "predict", refuse)

    with pytest.raises(CommandError, match=r"^Focal refuses a photo: http://127.0.0.1:8000 answered 415$"):
        server.run(lambda: None)


def test_a_model_that_cannot_be_loaded_ends_the_start(server: Any, happened: list[str]) -> None:
    server.torchserve.lost_workers = 2

    with pytest.raises(CommandError, match=r"^2 workers died while Focal waited for the model; "):
        server.run(lambda: happened.append("ready"))

    assert "ready" not in happened
    assert happened[-1] == "torchserve stopped"
