"""The report of a bulk job: by it a job knows, after any end, where to go on."""

import csv
import fcntl
import multiprocessing
import os
from pathlib import Path

import pytest
from batch.bulk import report as bulk_report
from batch.bulk.report import Report
from batch.result import Result
from setup.console import CommandError

DONE = Result("a.jpg", "a.jpg", "tabby", 0.5, 0.25, 1.5)


@pytest.fixture
def report(tmp_path):
    report = Report.begin(tmp_path / "out" / "report.jsonl")
    yield report
    report.close()


def test_rows_are_read_as_they_were_appended(report):
    failed = Result("b.jpg", type="UnsupportedFormat", message='Not "this"\nnor that.')
    report.append(DONE)
    report.append(failed)
    assert list(report.rows()) == [DONE, failed]


def test_a_full_disk_is_named_by_the_report():
    full = Report(Path("/dev/full"))
    with pytest.raises(OSError, match="No space left") as refused:
        full.append(DONE)
    assert refused.value.filename == "/dev/full"
    full.close()


def test_rows_can_be_read_from_a_moment_on(report):
    report.append(DONE)
    moment = report.path.stat().st_size
    later = Result("b.jpg", type="Unreadable", message="No.")
    report.append(later)
    assert list(report.rows(moment)) == [later]


def test_a_photo_is_finished_when_its_row_and_its_result_are_there(report):
    report.append(DONE)
    assert report.finished({"a.jpg"}) == {"a.jpg": "a.jpg"}
    assert report.finished(set()) == {}


@pytest.mark.parametrize(("type", "finished"), [("UndecodablePhoto", True), ("InternalError", True),
                                                ("Unreadable", False), ("Unwritable", False),
                                                ("Interrupted", False), ("Overloaded", False)])  # fmt: skip
def test_a_photo_that_failed_is_finished_unless_the_reason_may_be_over(report, type, finished):
    report.append(Result("b.jpg", type=type, message="No."))
    assert report.finished(set()) == ({"b.jpg": None} if finished else {})


def test_the_last_row_of_a_photo_counts(report):
    report.append(Result("a.jpg", type="Unreadable", message="No."))
    report.append(DONE)
    assert report.finished({"a.jpg"}) == {"a.jpg": "a.jpg"}
    report.append(Result("a.jpg", type="Unwritable", message="No."))
    assert report.finished({"a.jpg"}) == {}


def test_the_table_has_one_line_a_photo(report, tmp_path):
    report.append(Result("a.jpg", type="Unreadable", message="No."))
    report.append(Result("b.jpg", type="UnsupportedFormat", message="No, no."))
    report.append(Result("gone.jpg", type="UnsupportedFormat", message="No, no."))
    report.append(DONE)

    counts = report.write_csv(tmp_path / "report.csv", {"b.jpg"})

    with (tmp_path / "report.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["file"]: row for row in csv.DictReader(file)}
    assert counts == {"ok": 1, "failed": 1}
    assert rows["a.jpg"] == dict(file="a.jpg", status="ok", output="a.jpg", probability="0.5", confidence="0.25",
                                 seconds="1.5", depth="", type="", message="", **{"class": "tabby"})  # fmt: skip
    assert (rows["b.jpg"]["status"], rows["b.jpg"]["message"]) == ("error", "No, no.")


def test_a_line_that_a_full_disk_cut_off_is_none_and_spoils_no_other(report):
    report.append(DONE)
    report.close()
    report.path.write_bytes(report.path.read_bytes() + b'{"file": "b.jpg", "sta')

    again = Report.begin(report.path)
    again.append(Result("c.jpg", "c.jpg", "tabby"))

    assert [row.file for row in again.rows()] == ["a.jpg", "c.jpg"]
    report._descriptor = os.dup(again._descriptor)


def append_many(path, name):
    report = Report(path)
    for n in range(200):
        report.append(Result(f"{name}-{n}.jpg", type="UnsupportedFormat", message="long " * 200))


def test_the_lines_of_several_processes_do_not_mix(report):
    writers = [multiprocessing.get_context("fork").Process(target=append_many, args=(report.path, n)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len({row.file for row in report.rows()}) == 600


def test_a_job_waits_for_what_an_earlier_one_left_behind_but_not_for_ever(report, monkeypatch):
    monkeypatch.setattr(bulk_report, "LEFTOVER_TIMEOUT_S", 0.3)
    with pytest.raises(CommandError, match="Another job is using"):
        Report.begin(report.path)

    waited = []
    monkeypatch.setattr("time.sleep", lambda _: (waited.append(1), fcntl.flock(report._descriptor, 8)))
    Report.begin(report.path).close()
    assert waited == [1]
