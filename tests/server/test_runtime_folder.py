"""The private folder of a running server."""

from __future__ import annotations

import errno
import json
import re
import signal
import subprocess
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from server.ports import Addresses
from server.runtime_folder import OWN, remove_leftovers, running_url, runtime_folder, runtime_folder_path
from setup.console import CommandError


@pytest.fixture(autouse=True)
def own_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "run"
    monkeypatch.setenv("FOCAL_RUNTIME", str(folder))
    return folder


def test_it_is_there_while_the_server_runs_and_gone_after(own_runtime: Path) -> None:
    with runtime_folder(8000) as folder:
        (folder / "key_file.json").write_text("secret")
        assert folder == own_runtime

    assert not own_runtime.exists()


def test_who_asks_finds_the_server_by_its_folder_whatever_address_it_listens_on(own_runtime: Path) -> None:
    asked = Addresses(port=8000)
    with runtime_folder(8000) as folder:
        assert running_url(asked) == "http://127.0.0.1:8000"  # it has not said yet
        (folder / "server.json").write_text(json.dumps({"url": "https://[::1]:8443"}))
        assert running_url(asked) == "https://[::1]:8443"

    assert running_url(asked) == "http://127.0.0.1:8000"


def test_it_is_gone_after_a_failure_too(own_runtime: Path) -> None:
    with pytest.raises(RuntimeError), runtime_folder(8000):
        raise RuntimeError

    assert not own_runtime.exists()


def test_a_disk_that_it_fills_is_named_though_its_end_makes_room_again(
    own_runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write to an open file names none."""
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=0 if own_runtime.exists() else 10**12))

    full = pytest.raises(CommandError, match=f"^No space is left on the disk of {re.escape(str(own_runtime))}: free")
    with full, runtime_folder(8000):
        raise OSError(errno.ENOSPC, "No space left on device")

    assert not own_runtime.exists()


def test_others_cannot_list_it(own_runtime: Path) -> None:
    with runtime_folder(8000) as folder:
        assert folder.stat().st_mode & 0o777 == 0o711


def test_what_a_killed_server_left_is_removed(own_runtime: Path) -> None:
    (own_runtime / "tmp" / "models").mkdir(parents=True)
    (own_runtime / "key_file.json").write_text("old")
    (own_runtime / OWN).touch()

    with runtime_folder(8000) as folder:
        assert [entry.name for entry in folder.iterdir()] == [OWN]


@pytest.mark.parametrize("damaged", ["", "{", "[]", "null", '{"pids": [1]}', '{"pids": {"torchserve": "1"}}', "{}"])
def test_a_damaged_word_of_a_killed_server_hinders_nobody(own_runtime: Path, damaged: str) -> None:
    own_runtime.mkdir()
    (own_runtime / OWN).touch()
    (own_runtime / "server.json").write_text(damaged)

    assert running_url(Addresses(port=8000)) == "http://127.0.0.1:8000"
    with runtime_folder(8000) as folder:
        assert [entry.name for entry in folder.iterdir()] == [OWN]


def test_a_folder_of_somebody_elses_files_is_refused_and_left_as_it_is(own_runtime: Path) -> None:
    (own_runtime / "photos").mkdir(parents=True)
    (own_runtime / "photos" / "holiday.jpg").write_bytes(b"dear")
    mode = own_runtime.stat().st_mode

    for start in (remove_leftovers, lambda port: runtime_folder(port).__enter__()):
        with pytest.raises(CommandError, match=r"holds files that are not a server's; name an empty folder or a new"):
            start(8000)

    assert (own_runtime / "photos" / "holiday.jpg").read_bytes() == b"dear"
    assert own_runtime.stat().st_mode == mode


def test_an_empty_folder_that_is_there_already_serves(own_runtime: Path) -> None:
    own_runtime.mkdir()

    with runtime_folder(8000) as folder:
        assert folder == own_runtime


@pytest.mark.parametrize(
    ("part", "processes"),
    [("torchserve", "/proc"), ("beside", "/proc"), ("front_door", "/proc"), ("torchserve", "/no")],
)
def test_what_a_killed_server_left_running_is_ended(
    own_runtime: Path, part: str, processes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setup.process_list.PROCESSES", Path(processes))  # as on macOS, if it is nowhere
    own_runtime.mkdir()
    (own_runtime / OWN).touch()
    left = subprocess.Popen(["/bin/sh", "-c", "sleep 60; true", str(own_runtime)], start_new_session=True)
    (own_runtime / "server.json").write_text(json.dumps({"pids": {"serve": 1, part: left.pid}}))
    burial = threading.Thread(target=left.wait)
    burial.start()
    while not Path(f"/proc/{left.pid}/cmdline").read_bytes():  # empty for a moment after the program has begun
        time.sleep(0.01)

    remove_leftovers(8000)

    burial.join()
    assert left.returncode == -signal.SIGKILL
    assert not own_runtime.exists()


def test_a_process_that_has_got_a_dead_ones_number_is_left_alone(own_runtime: Path) -> None:
    own_runtime.mkdir()
    (own_runtime / OWN).touch()
    with subprocess.Popen(["/bin/sh", "-c", "sleep 60"], start_new_session=True) as another:
        (own_runtime / "server.json").write_text(json.dumps({"pids": {"torchserve": another.pid}}))

        remove_leftovers(8000)

        assert another.poll() is None
        another.kill()


def test_a_living_server_is_left_alone(own_runtime: Path) -> None:
    with runtime_folder(8000) as folder:
        remove_leftovers(8000)

        assert folder.exists()


def test_a_second_server_is_refused_and_disturbs_nothing(own_runtime: Path) -> None:
    with runtime_folder(8000) as folder:
        (folder / "key_file.json").write_text("in use")

        refused = pytest.raises(
            CommandError, match=r"^A Focal server already runs with .* another FOCAL_PORT or FOCAL_RUNTI"
        )
        with refused, runtime_folder(8000):
            pass

        assert (folder / "key_file.json").read_text() == "in use"


def test_a_link_into_another_folder_is_refused(own_runtime: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    own_runtime.symlink_to(tmp_path / "elsewhere")

    refused = pytest.raises(CommandError, match=r"belongs to another user; choose another folder with FOCAL_RUNTIME\.$")
    with refused, runtime_folder(8000):
        pass


def test_two_ports_have_two_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOCAL_RUNTIME")

    assert runtime_folder_path(8000) != runtime_folder_path(8001)


def test_a_relative_folder_is_the_same_from_every_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOCAL_RUNTIME", "run")
    monkeypatch.chdir(tmp_path)
    chosen = runtime_folder_path(8000)
    monkeypatch.chdir("/")

    assert chosen == tmp_path / "run"
