"""A bulk job without Ray: what it does, what it leaves, what it takes up again."""

import csv
import json
import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from batch.bulk.job import finish, photos_in, room_for
from batch.bulk.maps import maps_at
from batch.bulk.report import Report
from batch.bulk.storage import Storage
from batch.bulk.task import Task
from batch.bulk.worker import Worker
from focal.options import Options
from focal.settings import Settings
from setup.console import CommandError

from tests.helpers.photo_files import write_balls


@pytest.fixture
def job(tmp_path, lite0_weights):
    """Runs a job from in/ to out/ in this very process; returns its counts and the rows of its table."""
    write_balls(tmp_path / "in", 2)

    def run_job(options=None, target=None, save_masks=False, run=None, maps=None, place=None):
        target = target or tmp_path / "out"
        source = Storage.at(str(tmp_path / "in"))
        source = replace(source, place=place or source.place)
        task = Task(source, Storage.at(str(target)), tmp_path / "out" / "report.jsonl",
                    options or Options(), Settings(), "efficientnet_lite0", lite0_weights,
                    save_masks=save_masks, maps=maps)  # fmt: skip
        report = Report.begin(task.report)
        try:
            counts = finish(task, photos_in(task.source, task.target), report, run or in_this_process)
        finally:
            report.close()
        with (tmp_path / "out" / "report.csv").open(newline="", encoding="utf-8") as file:
            return counts, {row["file"]: row for row in csv.DictReader(file)}

    return run_job


def in_this_process(task, photos):
    report = Report(task.report)
    worker = Worker(task, report.append)
    for photo in photos:
        yield worker.work(*photo).ok
    worker.close()
    report.close()


def test_every_photo_has_a_result_of_its_name_and_a_row(job, tmp_path):
    write_balls(tmp_path / "in" / "deep", 1, ".png")
    (tmp_path / "in" / "notes.txt").write_text("no photo")

    counts, rows = job(save_masks=True)

    assert (counts.ok, counts.failed) == (3, 0)
    assert {row["file"]: row["output"] for row in rows.values()} == {
        "ball-000.jpg": "ball-000.jpg",
        "ball-001.jpg": "ball-001.jpg",
        "deep/ball-000.png": "deep/ball-000.jpg",
    }
    assert all((tmp_path / "out" / row["output"]).read_bytes()[:2] == b"\xff\xd8" for row in rows.values())
    assert (tmp_path / "out" / "deep" / "ball-000.mask.jpg").exists()
    assert (tmp_path / "out" / "deep" / "ball-000.saliency.jpg").exists()
    assert all(0 <= float(row["probability"]) <= 1 and row["class"] for row in rows.values())


def test_photos_are_blurred_by_maps_of_their_depth(job, tmp_path):
    (tmp_path / "maps").mkdir()
    cv2.imwrite(str(tmp_path / "maps" / "ball-000.png"), np.zeros((60, 80), np.uint8))

    counts, rows = job(Options(mask="none"), maps=maps_at(str(tmp_path / "maps")))

    assert (counts.ok, counts.failed) == (1, 1)
    assert (rows["ball-000.jpg"]["depth"], rows["ball-000.jpg"]["class"]) == ("image", "")
    assert rows["ball-001.jpg"]["message"].startswith("There is no map of ball-001.jpg")


def test_what_is_no_photo_is_a_row_and_no_failure(job, tmp_path):
    (tmp_path / "in" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    (tmp_path / "in" / "text.png").write_bytes(b"hello")

    counts, rows = job()

    assert (counts.ok, counts.failed) == (2, 2)
    assert rows["broken.jpg"]["type"] == "UndecodablePhoto"
    assert rows["text.png"]["type"] == "UnsupportedFormat"
    assert not (tmp_path / "out" / "broken.jpg").exists()


def test_a_photo_that_failed_and_was_taken_out_of_the_input_is_forgotten(job, tmp_path):
    (tmp_path / "in" / "text.png").write_bytes(b"hello")
    assert job()[0].failed == 1
    for name in ("text.png", "ball-000.jpg"):
        (tmp_path / "in" / name).unlink()

    counts, rows = job()

    assert (counts.ok, counts.failed) == (2, 0)
    assert sorted(rows) == ["ball-000.jpg", "ball-001.jpg"]


def test_odd_names_are_as_good_as_others_and_those_that_no_report_can_hold_are_rows(job, tmp_path):
    ball = (tmp_path / "in" / "ball-000.jpg").read_bytes()
    for name in (b"\xff.jpg", "b ä\n.jpg".encode()):
        Path(os.fsdecode(bytes(tmp_path / "in") + b"/" + name)).write_bytes(ball)

    counts, rows = job()

    assert (counts.ok, counts.failed) == (3, 1)
    assert rows["b ä\n.jpg"]["status"] == "ok"
    assert rows["\\udcff.jpg"]["message"] == "Its name is not UTF-8; rename it."


def test_a_second_run_does_only_what_is_new_or_gone(job, tmp_path):
    job()
    write_balls(tmp_path / "in" / "more", 1)
    (tmp_path / "out" / "ball-001.jpg").unlink()
    worked = []

    def watched(task, photos):
        worked.extend(photos)
        return in_this_process(task, worked)

    counts, _ = job(run=watched)

    assert counts.ok == 3
    assert worked == [("ball-001.jpg", "ball-001.jpg"), ("more/ball-000.jpg", "more/ball-000.jpg")]


def test_a_photo_that_cannot_be_read_is_tried_again_at_the_end_and_by_the_next_run(job, tmp_path):
    hidden = tmp_path / "in" / "ball-000.jpg"
    photo = hidden.read_bytes()
    passes = []

    def watched(task, photos):
        passes.append(list(photos))
        if hidden.is_file() and len(passes) == 1:  # after it was listed
            hidden.unlink()
            hidden.mkdir()
        return in_this_process(task, passes[-1])

    counts, rows = job(run=watched)
    assert (counts.ok, counts.failed, rows["ball-000.jpg"]["type"]) == (1, 1, "Unreadable")
    assert [len(photos) for photos in passes] == [2, 1]

    hidden.rmdir()
    hidden.write_bytes(photo)
    counts, _ = job(run=watched)
    assert (counts.ok, counts.failed) == (2, 0)


def test_a_job_is_not_gone_on_with_in_another_way(job):
    job()
    with pytest.raises(CommandError, match="was begun with another strength and format"):
        job(Options(strength=0.1, format="png"))


def test_a_password_lies_in_no_file_and_may_change_before_a_job_goes_on(job, tmp_path):
    for password in ("first", "second"):
        counts, _ = job(place=f"s3://KEY:{password}@bucket/in")
        assert counts.ok == 2
    assert "first" not in "".join(file.read_text() for file in (tmp_path / "out").glob("report.*"))
    assert '"input": "s3://bucket/in"' in (tmp_path / "out" / "report.options.json").read_text()


def test_results_do_not_go_where_photos_are_or_strangers(job, tmp_path):
    with pytest.raises(CommandError, match="OUTPUT is INPUT"):
        job(target=tmp_path / "in")
    (tmp_path / "out").mkdir(exist_ok=True)
    (tmp_path / "out" / "letter.txt").write_text("mine")
    with pytest.raises(CommandError, match="holds files that"):
        job()


def test_results_within_the_input_are_no_photos(job, tmp_path):
    for _ in range(2):
        counts, rows = job(target=tmp_path / "in" / "blurred")
        assert (counts.ok, sorted(rows)) == (2, ["ball-000.jpg", "ball-001.jpg"])


def test_an_input_without_photos_is_said(job, tmp_path):
    for photo in (tmp_path / "in").iterdir():
        photo.unlink()
    with pytest.raises(CommandError, match="There is no photo in"):
        job()


def test_elsewhere_the_report_lies_beside_the_results_in_the_end(job, tmp_path):
    job(target=f"local://{tmp_path}/bucket")

    lines = (tmp_path / "bucket" / "report.jsonl").read_text().splitlines()
    assert [json.loads(line)["file"] for line in lines] == ["ball-000.jpg", "ball-001.jpg"]
    assert (tmp_path / "bucket" / "report.csv").read_bytes() == (tmp_path / "out" / "report.csv").read_bytes()


def test_there_are_no_more_processes_than_the_largest_photos_leave_room_for(monkeypatch):
    monkeypatch.setattr("batch.bulk.job.available_cores", lambda: 64)
    monkeypatch.setattr("batch.bulk.job.free_bytes", lambda: 10_000_000_000)
    assert room_for(Settings(max_megapixels=1)) == 11
    assert room_for(Settings(max_megapixels=50)) == 3
    assert room_for(Settings(max_megapixels=175)) == 1
    monkeypatch.setattr("batch.bulk.job.available_cores", lambda: 2)
    assert room_for(Settings(max_megapixels=1)) == 2


def test_a_map_for_all_photos_is_found_from_any_folder(tmp_path, monkeypatch):
    (tmp_path / "near.png").write_bytes(b"a map")
    monkeypatch.chdir(tmp_path)
    maps = maps_at("near.png")
    monkeypatch.chdir("/")

    assert maps.of("deep/a.jpg", 100) == b"a map"
