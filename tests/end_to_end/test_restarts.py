"""Servers that are told to end, that cannot start, or that cannot go on."""

from __future__ import annotations

import json
import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from lab.load.clients import RIGHT, WRONG, Load, calm_replies
from server.probe import FIELDS, predict
from server.processes import ServerProcesses
from setup.archive import ensure_archive

from tests.helpers.running_server import START_TIMEOUT_S, Server, launch
from tests.helpers.under_load import CALLS, answered, wait_for_right_answers

pytestmark = pytest.mark.slow


def test_after_a_killed_serve_the_next_start_takes_its_place(
    lone_server: Server, lone_servers: list[Server], start_server: Callable[..., Server]
) -> None:
    killed = lone_server
    family = [psutil.Process(killed.process.pid), *psutil.Process(killed.process.pid).children(recursive=True)]
    killed.process.kill()
    killed.process.wait()

    lone_servers.append(start_server(**killed.variables))

    assert psutil.wait_procs(family, timeout=30)[1] == []
    assert set(predict(lone_servers[-1].url)) == FIELDS


def test_a_server_that_is_told_to_end_under_load_answers_all_that_it_took(lone_server: Server) -> None:
    ended = lone_server
    calm = calm_replies(ended.url, CALLS)
    with Load(ended.url, CALLS, calm, clients=8) as load:
        wait_for_right_answers(load, 8)
        code = ended.stop()
        time.sleep(0.5)

    taken = answered(ended)
    assert code == 0
    assert load.count(WRONG) == 0
    assert {one.verdict for one in load.outcomes if one.request_id in taken} == {RIGHT}
    assert [one for one in load.outcomes if one.verdict == RIGHT and one.request_id not in taken] == []


def test_a_gateway_that_keeps_dying_is_given_up_loudly_and_leaves_nothing(lone_server: Server) -> None:
    doomed = lone_server
    family = [psutil.Process(doomed.process.pid), *psutil.Process(doomed.process.pid).children(recursive=True)]
    while doomed.process.poll() is None:
        try:
            psutil.Process(ServerProcesses(doomed.runtime).pids["front_door"]).kill()
        except (psutil.NoSuchProcess, OSError, ValueError):
            time.sleep(0.05)

    said = [json.loads(line).get("message", "") for line in doomed.log.read_text().splitlines()]
    assert doomed.process.returncode == 1
    assert [line for line in said if "restarting it in" in line][-1].endswith("in 8 s")
    assert "The gateway died again after 5 restarts; its own lines above say why." in said
    assert psutil.wait_procs(family, timeout=30)[1] == []
    assert not doomed.runtime.exists()


def last_words(log: Path, *arguments: str, **variables: str) -> str:
    """The last line of a `serve` that is expected to end by itself with exit code 1."""
    doomed = launch(log, *arguments, FOCAL_WORKERS="1", FOCAL_LOG_FORMAT="text", **variables)
    try:
        assert doomed.process.wait(START_TIMEOUT_S) == 1
    finally:
        doomed.process.kill()
    assert not doomed.runtime.exists()
    doomed.runtime.parent.rmdir()
    return log.read_text().splitlines()[-1]


def test_missing_weights_are_one_sentence(tmp_path: Path) -> None:
    said = last_words(tmp_path / "log", "--backbone", "alexnet", "--weights", str(tmp_path / "none.pth"))

    assert said == f"focal: There is no weights file {tmp_path / 'none.pth'}."


@pytest.mark.parametrize("kept_share", [0.5, 1.0], ids=["truncated", "of another network"])
def test_weights_that_are_not_the_networks_are_one_sentence(
    tmp_path: Path, lite0_weights: Path, kept_share: float
) -> None:
    given = tmp_path / "given.pth"
    content = lite0_weights.read_bytes()
    given.write_bytes(content[: int(kept_share * len(content))])
    backbone = "efficientnet_lite0" if kept_share < 1 else "alexnet"
    said = last_words(tmp_path / "log", "--backbone", backbone, "--weights", str(given))

    assert said.startswith(f"focal: {given} is not ")
    assert "its sha256 should be" in said


def test_an_archive_with_damaged_weights_ends_the_start(tmp_path: Path) -> None:
    whole = ensure_archive("efficientnet_lite0", folder=tmp_path / "whole")
    damaged = tmp_path / "damaged" / whole.name
    damaged.parent.mkdir()
    shutil.copy(whole.with_name("focal.mar.json"), damaged.parent)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(damaged, "w") as copy:
        for name in source.namelist():
            content = source.read(name)
            copy.writestr(name, content[: len(content) // 2] if name == "weights.pth" else content)

    said = last_words(tmp_path / "log", "--backbone", "efficientnet_lite0", FOCAL_MODEL_STORE=str(damaged.parent))

    assert said.startswith(
        "focal: 2 workers died while Focal waited for the model; their own lines above say why. Without "
    )
    assert "weights.pth is damaged or another file" in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"FOCAL_MAX_MEGAPIXELS": "1e9"}, "max_megapixels must be a number from 0.01 to 175."),
        ({"FOCAL_MAX_PHOTO_BYTES": "90000000"}, "max_body_bytes must be at least 120001000, for the base64 of a photo"),
        ({"FOCAL_MAX_WAIT_S": "120"}, "max_wait_s must be less than responseTimeout in model-config.yaml (120)"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_settings_out_of_range_or_against_each_other_are_one_sentence(
    tmp_path: Path, variables: dict[str, str], sentence: str
) -> None:
    assert last_words(tmp_path / "log", **variables).startswith(f"focal: {sentence}")
