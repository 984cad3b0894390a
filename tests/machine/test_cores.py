"""Idle cores: who gets one, that nobody keeps one, and that a photo has the same bytes with one as with two."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from focal.inspection import explain
from focal.machine import cores
from focal.machine.cores import at_work, side_by_side
from focal.network.model import Model
from focal.options import Options
from focal.photo.photo import Photo
from focal.pipeline import develop

from tests.conftest import ROOT

# Holds a seat of this machine until it is killed.
NEIGHBOUR = """
import sys
from pathlib import Path
from focal.machine import cores

cores.SEATS = Path(sys.argv[1])
cores._cores = lambda: [0, 1]
with cores.at_work():
    print(cores._this_thread.seat is not None, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def two_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of two cores, of its own, on which nothing else runs."""
    set_running(1, tmp_path)
    monkeypatch.setattr(cores, "LOAD", tmp_path / "loadavg")
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr(cores, "SEATS", tmp_path / "seats")
    monkeypatch.setattr(cores, "_cores", lambda: [0, 1])


def set_running(threads: int, folder: Path) -> None:
    (folder / "loadavg").write_text(f"0.71 0.64 0.58 {threads}/170 4242\n")


@contextmanager
def neighbour() -> Iterator[subprocess.Popen[str]]:
    """Another process at work on the same machine."""
    command = [sys.executable, "-c", NEIGHBOUR, str(cores.SEATS)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "handler")}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, text=True, stdin=pipe, stdout=pipe) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "True\n"
            yield process
        finally:
            process.kill()


def threads_at_work(patience_s: float = 60) -> int:
    """In how many threads two calls run, each of which waits so long for the other: 1 if neither sees the other."""
    together = threading.Barrier(2)

    def meet() -> int:
        try:
            together.wait(patience_s)
        except threading.BrokenBarrierError:
            return 1
        return 2

    return min(side_by_side(meet, meet))


def free_seats() -> int:
    taken = [seat for seat in (cores._free_seat(), cores._free_seat(), cores._free_seat()) if seat is not None]
    for seat in taken:
        os.close(seat)
    return len(taken)


def test_an_idle_core_takes_a_part_of_the_work() -> None:
    assert threads_at_work() == 2


def test_results_come_in_the_order_of_the_calls() -> None:
    assert side_by_side(*(partial(pow, n, 2) for n in range(50))) == [n**2 for n in range(50)]
    assert side_by_side() == []


def test_beside_a_neighbour_at_work_a_photo_keeps_to_one_core() -> None:
    with neighbour():
        assert threads_at_work(0.5) == 1


def test_where_something_else_keeps_the_other_core_busy_a_photo_keeps_to_one(tmp_path: Path) -> None:
    set_running(2, tmp_path)

    assert threads_at_work(0.5) == 1


def test_a_killed_neighbour_frees_its_core() -> None:
    with neighbour() as process:
        process.kill()
        process.wait()
        assert threads_at_work() == 2


def test_a_core_that_becomes_idle_helps_from_the_next_call_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "PAUSE_S", 0)
    seen, start = [], threading.Event()

    def first() -> None:
        process.kill()
        process.wait()

    def wait_for_the_other() -> None:
        seen.append(threading.get_ident())
        if len(seen) == 2:
            start.set()
        start.wait(60)

    with neighbour() as process:
        side_by_side(first, wait_for_the_other, wait_for_the_other)

    assert len(set(seen)) == 2


def test_where_no_seat_can_be_made_everybody_keeps_to_one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "SEATS", Path("/proc/no-such-folder/seats"))

    assert threads_at_work(0.5) == 1


def test_seats_in_a_folder_of_somebody_else_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 4242)

    assert threads_at_work(0.5) == 1


@pytest.mark.parametrize("fails", [0, 1])
def test_an_error_arrives_as_itself_once_nothing_runs_any_more(fails: int) -> None:
    started, ended = threading.Barrier(2), []

    def fail() -> None:
        started.wait(60)
        raise FileNotFoundError("the one")

    def work() -> None:
        started.wait(60)
        ended.append(True)

    calls = [fail, work] if fails == 0 else [work, fail]
    with pytest.raises(FileNotFoundError, match="the one"):
        side_by_side(*calls)

    assert ended == [True]
    assert free_seats() == 2


def test_of_several_errors_the_first_in_order_counts_and_what_has_not_begun_is_left_out() -> None:
    both, begun = threading.Barrier(2), []

    def fail(name: str) -> None:
        both.wait(60)
        raise ValueError(name)

    with pytest.raises(ValueError, match="first"):
        side_by_side(partial(fail, "first"), partial(fail, "second"), partial(begun.append, 1))

    assert begun == []


def test_a_seat_is_given_back_with_the_work_and_held_as_long_as_it() -> None:
    with at_work():
        side_by_side(int, int)
        with at_work():
            assert free_seats() == 1
        assert free_seats() == 1
    assert free_seats() == 2


def test_calls_inside_a_call_may_go_side_by_side_too() -> None:
    def inner() -> list[int]:
        return side_by_side(lambda: 1, lambda: 2)

    assert side_by_side(inner, inner, inner) == [[1, 2]] * 3
    assert free_seats() == 2


def test_no_thread_and_no_open_file_is_left_over_by_many_calls() -> None:
    def files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    side_by_side(int, int)
    threads, opened = threading.active_count(), files()
    for _ in range(200):
        side_by_side(int, int, int)

    assert files() == opened
    assert threading.active_count() <= max(threads, 1 + (os.cpu_count() or 1))


def blurred(pixels: np.ndarray, model: Model) -> list[bytes]:
    result = develop(Photo(pixels, None, "PNG"), Options(), model, wants_saliency=True)
    return [array.tobytes() for array in (result.picture, result.subject.alpha, result.saliency)]


def explained(pixels: np.ndarray, model: Model) -> list[object]:
    results = explain(Photo(pixels, None, "PNG"), Options(), model)
    return [(each.classification, each.confidence, each.attribution.tobytes()) for each in results]


@pytest.mark.parametrize(("made", "shape"), [(blurred, (300, 451)), (blurred, (1100, 1500)), (explained, (300, 451))])
def test_an_answer_has_the_same_bits_with_one_core_as_with_two(lite0, made, shape, monkeypatch) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    pixels[shape[0] // 4 : -shape[0] // 4, shape[1] // 4 : -shape[1] // 4] //= 3

    helped = []
    monkeypatch.setattr(cores, "_pool", lambda pool=cores._pool: helped.append(True) or pool())
    two = [made(pixels, lite0) for _ in range(2)]
    assert helped
    monkeypatch.setattr(cores, "_cores", lambda: [0])

    one = made(pixels, lite0)
    assert two == [one, one]
