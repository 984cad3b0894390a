"""What commands do to a running server; with stand-ins for TorchServe and the gateway."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from focal.settings import Settings
from server import readiness, supervisor
from server.gateway_settings import GatewaySettings
from server.ops import commands
from server.ops.commands import Commands
from server.ports import Addresses
from server.server_metrics import ServerMetrics
from server.supervisor import Supervisor
from setup.console import CommandError

from tests.helpers.stand_ins import StandInGateway, StandInTorchServe, make_archive
from tests.helpers.waiting import wait_until


@pytest.fixture
def gateway() -> StandInGateway:
    return StandInGateway()


@pytest.fixture
def server(tmp_path: Path, gateway: StandInGateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    """A supervised server that is up, with one worker."""

    def make_gateway(settings: GatewaySettings, folder: Path, *noting: object) -> StandInGateway:
        gateway.settings = settings
        return gateway

    monkeypatch.setattr(StandInTorchServe, "started", [], raising=False)
    monkeypatch.setattr(supervisor, "Gateway", make_gateway)
    monkeypatch.setattr(supervisor, "TICK_S", 0.001)
    monkeypatch.setattr(commands, "TICK_S", 0.001)
    monkeypatch.setattr(readiness, "predict", lambda url, **sent: {})
    monkeypatch.setattr("signal.signal", lambda number, handler: None)  # a thread may not
    monkeypatch.setattr(commands, "TorchServe", StandInTorchServe)
    monkeypatch.setattr(ServerMetrics, "shown", lambda metrics, server: nullcontext())  # its end takes long
    own = Addresses().of_torchserve()
    supervised = Supervisor(
        Addresses(), tmp_path, StandInTorchServe("java", own, tmp_path / "first", tmp_path, 1, Settings())
    )
    make_archive(tmp_path / "focal.mar")
    up = threading.Event()
    thread = threading.Thread(target=supervised.run, args=(up.set,))
    thread.start()
    assert up.wait(60)
    yield supervised
    supervised.end()
    thread.join()


@pytest.fixture
def command(server: Supervisor) -> Callable[..., list[str]]:
    """Run a command; returns what it logged."""
    by_name = Commands(server).by_name()

    def carry_out(name: str, **arguments: object) -> list[str]:
        logged: list[str] = []
        by_name[name](logged.append, **arguments)
        return logged

    return carry_out


def test_more_workers_than_memory_allows_are_refused_unless_forced(
    server: Supervisor, command: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.memory.memory_bytes", lambda: 24 * 10**9)

    with pytest.raises(CommandError, match=r"^99 workers may need .* choose 5, or insist with --force\.$"):
        command("scale", workers=99)

    assert server.torchserve.workers == 1
    command("scale", workers=99, force=True)
    assert server.torchserve.workers == 99


def test_a_server_that_is_still_starting_takes_no_command(server: Supervisor, command: Callable) -> None:
    server.is_up = False

    with pytest.raises(CommandError, match=r"^The server is still starting\.$"):
        command("scale", workers=1)


def test_a_rollout_starts_a_second_version_and_gives_it_no_photos(
    server: Supervisor, gateway: StandInGateway, command: Callable, tmp_path: Path
) -> None:
    archive = make_archive(tmp_path / "v2.mar")

    command("rollout", archive=str(archive))

    first, second = StandInTorchServe.started
    assert server.torchserve is first
    assert (first.running, second.running) == (True, True)
    assert (gateway.loads[-1].candidate.percent, gateway.loads[-1].candidate.inference_key) == (0, "inference2")
    assert second.archive.read_bytes() == archive.read_bytes()
    assert second.folder.stat().st_mode & 0o777 == 0o700


def test_what_is_rolled_out_stays_what_it_was_when_its_file_is_replaced(command: Callable, tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "v2.mar")
    before = archive.read_bytes()

    command("rollout", archive=str(archive))
    (tmp_path / "v3.mar").write_bytes(b"another")
    (tmp_path / "v3.mar").replace(archive)

    assert StandInTorchServe.started[1].archive.read_bytes() == before


def test_a_canary_gets_its_share(gateway: StandInGateway, command: Callable, tmp_path: Path) -> None:
    command("rollout", archive=str(make_archive(tmp_path / "v2.mar")))

    command("canary", percent=25)

    assert gateway.loads[-1].candidate.percent == 25


def test_promoting_ends_the_version_before_and_its_folder(
    server: Supervisor, gateway: StandInGateway, command: Callable, tmp_path: Path
) -> None:
    command("rollout", archive=str(make_archive(tmp_path / "v2.mar")))

    command("promote")

    first, second = StandInTorchServe.started
    assert (server.torchserve, server.standby) == (second, None)
    assert (first.running, second.running) == (False, True)
    assert (gateway.loads[-1].inference_key, gateway.loads[-1].candidate) == ("inference2", None)
    assert second.archive.exists()


def test_rolling_back_ends_the_candidate_and_leaves_nothing_of_it(
    server: Supervisor, gateway: StandInGateway, command: Callable, tmp_path: Path
) -> None:
    command("rollout", archive=str(make_archive(tmp_path / "v2.mar")))
    command("canary", percent=100)

    command("rollback")

    first, second = StandInTorchServe.started
    assert (server.torchserve, server.standby) == (first, None)
    assert (first.running, second.running) == (True, False)
    assert (gateway.loads[-1].inference_key, gateway.loads[-1].candidate) == ("inference1", None)
    assert not second.folder.exists()


def test_the_version_before_is_not_ended_while_the_gateway_has_photos_for_it(
    gateway: StandInGateway, command: Callable, tmp_path: Path
) -> None:
    command("rollout", archive=str(make_archive(tmp_path / "v2.mar")))
    gateway.old_workers_stay = True
    promoting = threading.Thread(target=command, args=("promote",))
    promoting.start()
    time.sleep(0.1)
    waiting = StandInTorchServe.started[0].running

    gateway.old_workers_stay = False
    promoting.join()

    assert waiting
    assert not StandInTorchServe.started[0].running


def test_rotating_keys_serves_the_same_archive_with_new_keys(
    server: Supervisor, gateway: StandInGateway, command: Callable, tmp_path: Path
) -> None:
    command("rotate-keys")

    first, second = StandInTorchServe.started
    assert (first.running, server.torchserve) == (False, second)
    assert (gateway.loads[0].inference_key, gateway.loads[-1].inference_key) == ("inference1", "inference2")
    assert second.archive.read_bytes() == (tmp_path / "focal.mar").read_bytes()


def test_a_versions_own_limits_hold_once_it_is_promoted(
    gateway: StandInGateway, command: Callable, tmp_path: Path
) -> None:
    command("rollout", archive=str(make_archive(tmp_path / "v2.mar", max_megapixels=12)))
    before = gateway.loads[-1].limits.max_megapixels

    command("promote")

    assert (before, gateway.loads[-1].limits.max_megapixels) == (50, 12)


def test_a_version_whose_limits_are_out_of_range_is_refused_before_it_is_started(
    server: Supervisor, command: Callable, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match="max_megapixels"):
        command("rollout", archive=str(make_archive(tmp_path / "v2.mar", max_megapixels=-1)))

    assert (len(StandInTorchServe.started), server.standby) == (1, None)


@pytest.mark.parametrize("workers", [3, 1])
def test_more_or_fewer_workers_are_another_torchserve_made_for_them(
    server: Supervisor, gateway: StandInGateway, command: Callable, workers: int
) -> None:
    command("scale", workers=2)

    command("scale", workers=workers)

    *ended, third = StandInTorchServe.started
    assert ([one.running for one in ended], third.running) == ([False, False], True)
    assert (server.torchserve.workers, third.asked_for, gateway.loads[-1].workers) == (workers, [workers], workers)


def test_draining_tells_load_balancers_first_and_then_ends_the_server(
    server: Supervisor, gateway: StandInGateway, command: Callable
) -> None:
    started_s = time.monotonic()

    command("drain", notice_s=0.2)

    assert gateway.loads[-1].draining
    assert time.monotonic() - started_s >= 0.2
    assert server.stopping


def test_a_candidate_that_dies_is_dropped(
    server: Supervisor, gateway: StandInGateway, command: Callable, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    command("rollout", archive=str(make_archive(tmp_path / "v2.mar")))
    command("canary", percent=50)

    StandInTorchServe.started[1].running = False
    wait_until(lambda: server.standby is None)

    assert gateway.loads[-1].candidate is None
    assert len(StandInTorchServe.started) == 2
    assert "!!! The candidate died; all photos go to the current version" in capfd.readouterr().err


def test_a_gateway_that_cannot_be_told_of_a_dead_candidate_is_started_anew(
    server: Supervisor, gateway: StandInGateway, command: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("rollout", archive=str(make_archive(tmp_path / "v2.mar")))
    command("canary", percent=50)
    monkeypatch.setattr(gateway, "reload", refusing)

    StandInTorchServe.started[1].running = False
    wait_until(lambda: gateway.loads[-1].candidate is None)

    assert server.gateway is gateway
    assert gateway.running
    assert len(StandInTorchServe.started) == 2


@pytest.mark.parametrize("name", ["canary", "promote", "rollback"])
def test_without_a_candidate_there_is_nothing_to_do(command: Callable, name: str) -> None:
    with pytest.raises(CommandError, match="There is no candidate; `rollout` starts one"):
        command(name, **({"percent": 5} if name == "canary" else {}))


@pytest.mark.parametrize(
    ("name", "arguments"), [("rollout", {"archive": "v2.mar"}), ("rotate-keys", {}), ("scale", {"workers": 1})]
)
def test_one_change_of_version_is_finished_before_the_next(
    command: Callable, tmp_path: Path, name: str, arguments: dict
) -> None:
    command("rollout", archive=str(make_archive(tmp_path / "v2.mar")))

    with pytest.raises(CommandError, match="There is a candidate already; `promote` it or `rollback` first"):
        command(name, **arguments)


def test_of_two_commands_at_once_the_second_is_refused(
    server: Supervisor, gateway: StandInGateway, command: Callable
) -> None:
    draining = threading.Thread(target=command, args=("drain",), kwargs={"notice_s": 60})
    draining.start()
    wait_until(lambda: gateway.loads[-1].draining)

    with pytest.raises(CommandError, match="Another command is running"):
        command("scale", workers=2)
    server.end()  # which ends the notice
    draining.join()


def test_a_file_that_is_no_archive_starts_nothing(command: Callable, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"no archive")

    with pytest.raises(CommandError, match=r"photo\.jpg is not an archive of Focal's"):
        command("rollout", archive=str(tmp_path / "photo.jpg"))
    assert len(StandInTorchServe.started) == 1


def test_a_version_that_does_not_come_up_is_ended_and_leaves_the_current_one_serving(
    server: Supervisor, gateway: StandInGateway, command: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads = len(gateway.loads)
    monkeypatch.setattr(readiness, "START_TIMEOUT_S", 0.05)
    monkeypatch.setattr(StandInTorchServe, "is_ready", lambda standby: False)

    with pytest.raises(CommandError, match="gave up after waiting"):
        command("rollout", archive=str(make_archive(tmp_path / "v2.mar")))

    first, second = StandInTorchServe.started
    assert (first.running, second.running, server.standby) == (True, False, None)
    assert not second.folder.exists()
    assert len(gateway.loads) == loads


def test_an_end_of_the_server_ends_a_running_command(
    server: Supervisor, command: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(standby: StandInTorchServe) -> bool:
        server.end()
        return False

    monkeypatch.setattr(StandInTorchServe, "is_ready", end)

    with pytest.raises(CommandError, match="The server is ending"):
        command("rollout", archive=str(make_archive(tmp_path / "v2.mar")))

    assert not StandInTorchServe.started[1].running


def refusing(settings: GatewaySettings) -> None:
    """What a reload does while the files of the certificate do not belong together."""
    raise CommandError("nginx refuses its configuration: key values mismatch")


def test_keys_that_the_gateway_does_not_take_change_nothing_and_leave_no_torchserve(
    server: Supervisor, gateway: StandInGateway, command: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as renewing:
        renewing.setattr(gateway, "reload", refusing)
        with pytest.raises(CommandError, match="nginx refuses its configuration"):
            command("rotate-keys")

    first, second = StandInTorchServe.started
    assert (server.torchserve, server.standby) == (first, None)
    assert (first.running, second.running) == (True, False)
    assert not second.folder.exists()
    command("rotate-keys")
    assert [each.running for each in StandInTorchServe.started] == [False, False, True]


@pytest.mark.parametrize(
    ("name", "arguments"), [("canary", {"percent": 100}), ("promote", {}), ("rollback", {}), ("drain", {"notice_s": 0})]
)
def test_what_the_gateway_refuses_leaves_versions_shares_and_readiness_as_they_were(
    server: Supervisor,
    gateway: StandInGateway,
    command: Callable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    arguments: dict[str, int],
) -> None:
    command("rollout", archive=str(make_archive(tmp_path / "v2.mar")))
    command("canary", percent=10)
    first, second = StandInTorchServe.started

    with monkeypatch.context() as renewing:
        renewing.setattr(gateway, "reload", refusing)
        with pytest.raises(CommandError, match="nginx refuses its configuration"):
            command(name, **arguments)

    assert (server.torchserve, server.standby, server.candidate_percent) == (first, second, 10)
    assert (first.running, second.running) == (True, True)
    assert (server.draining, server.stopping) == (False, False)
