"""The sentences with which bulk and focal end, as far as no other test provokes them."""

from __future__ import annotations

import argparse
import importlib.machinery
import importlib.util
import multiprocessing
import signal
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pyarrow.fs as fs
import pytest
from batch.bulk import pool
from batch.bulk.actors import ActorPool, Member
from batch.bulk.storage import Storage
from batch.pictures import save_sheet
from focal.options import Options
from PIL import Image
from setup.console import CommandError

from tests.conftest import ROOT


def command(name: str) -> ModuleType:
    """A command as a module."""
    loader = importlib.machinery.SourceFileLoader(f"command_{name}", str(ROOT / "scripts" / name))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_a_report_needs_a_file_on_this_machine(tmp_path: Path) -> None:
    arguments = argparse.Namespace(input=str(tmp_path), output="memory://blurred", report=None)

    with pytest.raises(CommandError, match=r"^memory://blurred is not on this machine; name a file for the report"):
        command("bulk")._run(arguments, Options(), None)


@pytest.mark.parametrize("workers", ["0", "1_0"])
def test_workers_are_a_number_and_one_at_least(
    workers: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bulk = command("bulk")
    monkeypatch.setattr(bulk.environment, "enter", lambda **wanted: None)
    monkeypatch.setattr(sys, "argv", ["bulk", "photos", "blurred", "--workers", workers])

    with pytest.raises(SystemExit, match="2"):
        bulk.main()

    assert f"argument --workers: '{workers}' is not a" in capsys.readouterr().err


def test_a_pool_works_on_no_cluster(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    bulk = command("bulk")
    monkeypatch.setattr(bulk.environment, "enter", lambda **wanted: None)
    monkeypatch.setattr(sys, "argv", ["bulk", "photos", "blurred", "--engine", "pool", "--cluster", "10.0.0.1:6379"])

    with pytest.raises(SystemExit, match="2"):
        bulk.main()

    assert "--engine pool works on this machine only; leave out --cluster." in capsys.readouterr().err


def test_the_processes_of_a_pool_end_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "Worker", lambda *_: None)
    monkeypatch.setattr(pool, "Report", lambda path: SimpleNamespace(append=None))
    ending, task = (signal.SIGINT, signal.SIGTERM), SimpleNamespace(report=None)
    before = [signal.signal(number, signal.default_int_handler) for number in ending]  # as console.run does
    try:
        with multiprocessing.get_context("fork").Pool(1, pool._begin, (task,)) as processes:
            handlers = [processes.apply(signal.getsignal, (number,)) for number in ending]
    finally:
        for number, handler in zip(ending, before, strict=True):
            signal.signal(number, handler)
    assert handlers == [signal.SIG_IGN, signal.SIG_DFL]


class Closed:
    """A file system that lets nobody in."""

    def get_file_info(self, selector: fs.FileSelector) -> list[fs.FileInfo]:
        raise OSError("access denied")


class Bucket(Storage):
    """A storage that is not on this machine."""

    folder = None


def test_a_bucket_that_cannot_be_listed_is_one_sentence() -> None:
    with pytest.raises(CommandError, match=r"^s3://closed cannot be listed: access denied\.$"):
        list(Bucket("s3://closed", Closed(), "closed").names())


def test_if_ray_gives_up_its_reason_is_said_and_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    def fail(reference: str) -> None:
        raise ray.exceptions.RayError("a traceback\nthe disk is full")

    monkeypatch.setattr(ray, "get", fail)
    actors = ActorPool.__new__(ActorPool)
    actors._of = {"a call": Member(None, "ready")}

    with pytest.raises(CommandError, match=r"^Ray gave up: the disk is full; the same command continues from here\.$"):
        list(actors._take("a call"))


def test_a_sheet_of_no_image_format_is_one_sentence(tmp_path: Path) -> None:
    pixels = np.zeros((4, 4, 3), np.uint8)

    with pytest.raises(CommandError, match=r"^sheet\.txt does not have the suffix of an image format; name it sheet"):
        save_sheet([(("", pixels), ("", pixels))], tmp_path / "sheet.txt")


def test_a_sheet_is_written_into_a_new_folder_and_where_it_cannot_be_the_reason_is_said(tmp_path: Path) -> None:
    pixels = np.zeros((4, 4, 3), np.uint8)
    save_sheet([(("", pixels), ("", pixels))], tmp_path / "new" / "sheet.PNG")
    with Image.open(tmp_path / "new" / "sheet.PNG") as image:
        assert image.format == "PNG"

    within_a_file = tmp_path / "new" / "sheet.PNG" / "sheet.jpg"
    with pytest.raises(CommandError, match=rf"^{within_a_file} cannot be written: File exists\.$"):
        save_sheet([(("", pixels), ("", pixels))], within_a_file)


def test_steps_of_the_tests_that_failed_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    test = command("test")
    monkeypatch.setattr(test.environment, "enter", lambda **wanted: None)
    monkeypatch.setattr(test, "run", lambda steps: ["tests"])
    monkeypatch.setattr(sys, "argv", ["test", "tests/blur"])

    with pytest.raises(CommandError, match=r"^tests failed; see above\.$"):
        test.main()
