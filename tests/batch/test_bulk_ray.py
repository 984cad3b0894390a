"""scripts/bulk, run as one runs it, killed as a machine would; docs/bulk.md is what it is held to."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from batch.bulk.local import ray_folder
from batch.bulk.report import Report
from focal.machine.process import variables_for

from tests.conftest import ROOT
from tests.helpers.photo_files import write_balls

pytestmark = pytest.mark.slow

DOCUMENT = (ROOT / "docs" / "bulk.md").read_text(encoding="utf-8")
EXAMPLES = [line for block in re.findall(r"```bash\n(.*?)```", DOCUMENT, re.DOTALL) for line in block.splitlines()]
PATIENCE_S = 300.0
LOOPBACK = ("127.0.0.1", "::ffff:127.0.0.1", "::1")


def begin(*arguments: object, cwd: Path, script: str = "bulk") -> subprocess.Popen[str]:
    """Start it in this very environment."""
    return subprocess.Popen(
        [sys.executable, ROOT / "scripts" / script, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | {"FOCAL_VENV": sys.prefix, "FOCAL_BACKBONE": "efficientnet_lite0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(condition: Callable[[], bool], job: subprocess.Popen[str]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert job.poll() is None, job.communicate()[1]
        assert time.monotonic() < deadline_s, "nothing happened"
        time.sleep(0.05)


def rows_of(report: Path) -> list[dict[str, object]]:
    lines = report.read_text().splitlines() if report.exists() else []
    return [json.loads(line) for line in lines]


def has_rows(report: Path, enough: int) -> bool:
    return len(rows_of(report)) >= enough


@pytest.mark.long
def test_a_job_that_is_killed_and_interrupted_repeats_no_photo_and_loses_none(tmp_path):
    names = write_balls(tmp_path / "photos", 60)
    (tmp_path / "photos" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    report, out = tmp_path / "blurred" / "report.jsonl", tmp_path / "blurred"
    command = shlex.split(EXAMPLES[0])[1:]
    finished: dict[str, int] = {}  # results that were there after a run, and when they were written

    for stop, code in ((signal.SIGKILL, -9), (signal.SIGTERM, 130)):
        job, enough = begin(*command, cwd=tmp_path), len(rows_of(report)) + 5
        wait_until(partial(has_rows, report, enough), job)
        job.send_signal(stop)
        job.communicate()
        assert job.returncode == code
        assert ray_folder(report).exists() == (stop == signal.SIGKILL)
        Report.begin(report).close()  # all that worked on it has ended
        done = {path.name: path.stat().st_mtime_ns for path in out.glob("ball-*.jpg")}
        assert finished.items() <= done.items()
        assert len(finished) < len(done) < len(names)
        finished = done

    job = begin(*command, cwd=tmp_path)
    said, errors = job.communicate(timeout=PATIENCE_S)

    assert job.returncode == 1, errors
    assert "60 blurred, 1 failed" in said
    assert finished.items() <= {path.name: path.stat().st_mtime_ns for path in out.iterdir()}.items()
    assert {path.name for path in out.iterdir()} == {
        *names,
        "report.jsonl",
        "report.csv",
        "report.options.json",
    }
    counts = Counter(row["file"] for row in rows_of(report))
    assert counts.keys() == {*names, "broken.jpg"}
    assert {counts[name] for name in finished} == {1}
    with (out / "report.csv").open(newline="") as file:
        assert Counter(row["type"] for row in csv.DictReader(file)) == {"": 60, "UndecodablePhoto": 1}
    assert not ray_folder(report).exists()


def test_the_documents_other_examples_run(tmp_path):
    names = write_balls(tmp_path / "photos", 2)
    softer, compare = (shlex.split(example)[1:] for example in EXAMPLES[1:])

    job = begin(*softer, "--engine", "pool", cwd=tmp_path)
    assert "2 blurred, 0 failed" in job.communicate(timeout=PATIENCE_S)[0]
    assert all((tmp_path / "softer" / name).with_suffix(".mask.webp").exists() for name in names)

    job = begin(*compare, cwd=tmp_path, script="compare-bulk")
    assert "for 24 photos" in job.communicate(timeout=2 * PATIENCE_S)[0]
    figures = json.loads((tmp_path / "ratio.json").read_text())
    assert figures["ratio"] == figures["seconds"]["ray"][0] / figures["seconds"]["pool"][0] > 0


@pytest.mark.long
def test_rays_processes_find_each_photos_map_of_depth(tmp_path):
    names = write_balls(tmp_path / "photos", 3)
    (tmp_path / "maps").mkdir()
    for name, side in zip(names[:2], (0, 40), strict=True):  # one half of each is near; the last photo has no map
        texture = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
        cv2.imwrite(str(tmp_path / "photos" / name), texture)
        disparity = np.zeros((60, 80), np.uint8)
        disparity[:, side : side + 40] = 255
        cv2.imwrite(str((tmp_path / "maps" / name).with_suffix(".png")), disparity)

    job = begin("photos", "out", "--depth", "maps", "--mask", "none", "--workers", 2, cwd=tmp_path)
    said, errors = job.communicate(timeout=PATIENCE_S)

    assert job.returncode == 1, errors
    assert "2 blurred, 1 failed" in said
    rows = {row["file"]: row for row in rows_of(tmp_path / "out" / "report.jsonl")}
    assert [rows[name]["depth"] for name in names[:2]] == ["image", "image"]
    assert f"There is no map of {names[2]}" in str(rows[names[2]]["message"])
    for name, near in zip(names[:2], (slice(0, 30), slice(-30, None)), strict=True):
        photo, blurred = (cv2.imread(str(tmp_path / place / name)).astype(int) for place in ("photos", "out"))
        change = np.abs(blurred - photo).mean((0, 2))
        assert change[near].mean() < change.mean() / 2, "blurred by another photo's map"


@pytest.mark.long
def test_a_process_that_is_killed_is_replaced_and_nothing_listens_beyond_loopback(tmp_path):
    names = write_balls(tmp_path / "photos", 40)
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for name in names:
            archive.write(tmp_path / "photos" / name, f"holiday/{name}")
    report, out = tmp_path / "report.jsonl", tmp_path / "bucket"
    source, target = f"zip://::file://{tmp_path}/photos.zip", f"local://{out}"

    job = begin(source, target, "--report", report, "--save-masks", "--workers", 2, cwd=tmp_path)
    wait_until(lambda: len(rows_of(report)) >= 4, job)
    processes = psutil.Process(job.pid).children(recursive=True)
    listeners = [c.laddr.ip for p in processes for c in p.net_connections() if c.status == psutil.CONN_LISTEN]
    victim = next(p for p in processes if p.name().startswith("ray::BulkActor"))
    manners, variables = victim.nice(), victim.environ()
    victim.kill()
    said, errors = job.communicate(timeout=PATIENCE_S)

    assert listeners
    assert set(listeners) <= set(LOOPBACK)
    assert manners == psutil.Process().nice()
    assert variables.items() >= variables_for(1).items()
    assert job.returncode == 0, errors
    assert said == f"40 of 40 photos to do\n40 blurred, 0 failed: {report.with_suffix('.csv')}\n", "Ray is silent"
    assert sorted(path.name for path in (out / "holiday").iterdir()) == sorted(
        name.replace(".jpg", f"{word}.jpg") for name in names for word in ("", ".mask", ".saliency")
    )
    counts = Counter((row["file"], row["status"]) for row in rows_of(report))
    assert {counts[f"holiday/{name}", "ok"] for name in names} == {1}
    assert sum(count for (_, status), count in counts.items() if status == "error") <= 1
    assert (out / "report.csv").exists()
    assert psutil.wait_procs(processes, timeout=30)[1] == []
