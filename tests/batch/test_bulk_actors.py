"""What the loop over Ray's actors does with the photos of one that died; test_bulk_ray.py kills real ones."""

from __future__ import annotations

from collections import Counter, deque
from pathlib import Path

import pytest
import ray
from batch.bulk.actors import ATTEMPTS, ActorPool, Member
from batch.bulk.report import Report
from batch.bulk.storage import Storage
from batch.result import INTERRUPTED, UNREADABLE, Result
from setup.console import CommandError


@pytest.fixture
def report(tmp_path: Path) -> Report:
    report = Report(tmp_path / "report.jsonl")
    report.append(Result("a.jpg", type=INTERRUPTED, message="By an earlier call."))
    return report


@pytest.fixture
def pool(report: Report, monkeypatch: pytest.MonkeyPatch) -> ActorPool:
    """One whose actors append their lines themselves, and all die before they have answered."""

    def lost(reference: object, **_: object) -> None:
        raise ray.exceptions.RayActorError

    monkeypatch.setattr(ray, "get", lost)
    monkeypatch.setattr(ray, "kill", lambda actor: None)
    pool = ActorPool.__new__(ActorPool)
    pool._members, pool._of, pool._queue, pool._interruptions = [], {}, deque(), Counter()
    pool._report, pool._begun_bytes = report, report.path.stat().st_size
    pool._at_once, pool._at_most, pool._unborn = 2, 2, 0
    pool._target = Storage.at(str(report.path.parent))
    return pool


def test_a_process_that_ran_out_of_memory_is_a_dead_one_unless_it_could_not_even_begin(
    pool: ActorPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_memory(reference: object, **_: object) -> None:
        raise ray.exceptions.OutOfMemoryError("much\nto read about memory")

    monkeypatch.setattr(ray, "get", out_of_memory)
    for is_ready in (True, False):
        member = Member(None, "ready", is_ready, calls={"call": ("a.jpg", "a.jpg")} if is_ready else {})
        pool._members, pool._of = [member], {"call" if is_ready else "ready": member}
        if is_ready:
            assert list(pool._take("call")) == []
            assert list(pool._queue) == [("a.jpg", "a.jpg")]
        else:
            with pytest.raises(CommandError, match=r"^Ray gave up: a process ran out of memory; the same"):
                list(pool._take("ready"))


def test_a_job_none_of_whose_processes_lives_to_begin_gives_up(pool: ActorPool) -> None:
    def dies_before_it_is_ready(*others: Member) -> None:
        member = Member(None, "ready")
        pool._members, pool._of = [member, *others], {"ready": member}
        assert list(pool._take("ready")) == []

    for _ in range(2 * ATTEMPTS - 1):
        dies_before_it_is_ready()
    dies_before_it_is_ready(Member(None, "other", is_ready=True))
    with pytest.raises(CommandError, match=r"^Ray gave up: its processes die before they can begin; the same command"):
        dies_before_it_is_ready()


def died(pool: ActorPool, *names: str) -> list[Result]:
    """The lines of a dead actor's photos that nobody has to do again."""
    member = Member(None, "ready", is_ready=True, calls={f"call of {name}": (name, name) for name in names})
    pool._members.append(member)
    pool._of = dict.fromkeys(member.calls, member)
    pool._queue.clear()
    return list(pool._bury(member))


def test_what_a_dead_process_had_a_line_for_is_done_and_the_rest_is_anothers(pool: ActorPool, report: Report) -> None:
    finished = Result("b.jpg", "b.jpg", "cat", 0.5, 0.5, 0.1, "flat")
    report.append(finished)
    report.path.with_name("b.jpg").touch()

    assert died(pool, "b.jpg", "a.jpg", "c.jpg") == [finished]
    assert list(pool._queue) == [("a.jpg", "a.jpg"), ("c.jpg", "c.jpg")]
    assert (pool._members, pool._of) == ([], {})


def test_a_photo_whose_process_died_between_its_line_and_its_result_is_done_again(
    pool: ActorPool, report: Report
) -> None:
    report.append(Result("b.jpg", "b.jpg", "cat", 0.5, 0.5, 0.1, "flat"))
    failed = Result("c.jpg", type=UNREADABLE, message="It is no photo.")
    report.append(failed)

    assert died(pool, "b.jpg", "c.jpg") == [failed]
    assert list(pool._queue) == [("b.jpg", "b.jpg")]


def test_a_photo_whose_processes_die_again_and_again_gets_a_line_and_the_others_go_on(
    pool: ActorPool, report: Report
) -> None:
    for _ in range(ATTEMPTS - 1):
        assert died(pool, "a.jpg", "b.jpg") == []

    (row,) = died(pool, "a.jpg", "b.jpg")

    assert (row.file, row.type) == ("a.jpg", INTERRUPTED)
    assert list(report.rows())[1:] == [row]
    assert list(pool._queue) == [("b.jpg", "b.jpg")]
