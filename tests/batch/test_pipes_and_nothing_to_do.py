"""scripts/focal with a named picture and pipes; and calls of both commands that find nothing left to do."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from batch.options import argument_of
from batch.wording import for_command
from focal.errors import InvalidOption
from focal.options import read_options
from PIL import Image
from setup.environment import PYTHON_PATH

from tests.conftest import ROOT
from tests.helpers.photo_files import write_balls

# Runs a command as `python3 COMMAND …` does, and says at its end which heavy modules it has imported.
WATCHED = """
import atexit, runpy, sys
heavy = ("torch", "ray", "cv2", "ai_edge_litert")
atexit.register(lambda: print("heavy:", *(name for name in heavy if name in sys.modules), file=sys.stderr))
sys.argv = sys.argv[1:]
sys.path.insert(0, sys.argv[0].rpartition("/")[0])
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def call(
    name: str, *arguments: object, cwd: Path, given: bytes = b"", watched: bool = False
) -> subprocess.CompletedProcess[bytes]:
    variables = os.environ | {"FOCAL_VENV": sys.prefix, "FOCAL_BACKBONE": "efficientnet_lite0"}
    start = [sys.executable, *(["-c", WATCHED] if watched else [])]
    command = [*start, str(ROOT / "scripts" / name), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=variables, input=given, capture_output=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one photo, photo.jpg."""
    write_balls(tmp_path, 1)
    (tmp_path / "ball-000.jpg").rename(tmp_path / "photo.jpg")
    return tmp_path


@pytest.mark.slow
def test_a_picture_is_named_or_goes_through_pipes(folder: Path) -> None:
    photo = (folder / "photo.jpg").read_bytes()

    named = call("focal", "photo.jpg", "--output", "out.png", cwd=folder)
    piped = call("focal", "-", "--output", "-", "--format", "png", cwd=folder, given=photo)

    assert (named.returncode, named.stdout.rpartition(b" in ")[2]) == (0, b"out.png\n"), named.stderr
    assert (piped.returncode, piped.stdout) == (0, (folder / "out.png").read_bytes()), piped.stderr
    assert re.search(rb"^-: .*, in -$", piped.stderr, re.MULTILINE)
    with Image.open(io.BytesIO(piped.stdout)) as image:
        assert image.format == "PNG"
    assert {file.name for file in folder.iterdir()} == {"photo.jpg", "out.png"}


# A file that has no room for more than a part of the picture, as on a full disk; unbuffered, as in containers.
CRAMPED = """
import resource
from pathlib import Path
from batch.one_picture import PIPE, one_picture
with one_picture(Path("photo.jpg"), PIPE, 1000) as one:
    one.result.write_bytes(bytes(9000))
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
"""


def test_a_picture_of_which_only_a_part_has_room_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(bytes(5000))
    variables = os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": PYTHON_PATH}
    with (tmp_path / "out").open("ab") as out:
        run = subprocess.run(
            [sys.executable, "-c", CRAMPED], env=variables, stdout=out, stderr=subprocess.PIPE, check=False
        )
    assert (run.returncode, run.stderr.splitlines()[-1]) == (1, b"OSError: [Errno 27] File too large")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["photo.jpg", "other.jpg", "--output", "out.jpg"], "out.jpg is the name of one picture; name one photo"),
        (["photo.jpg", "--output", "-", "--save-masks"], "A pipe takes one picture; leave out --save-masks"),
        (["photo.jpg", "--output", "out.png", "--format", "webp"], "out.png is not the name of a webp; name another"),
        (["photo.jpg", "--output", "out.gif"], "out.gif has the suffix of no picture that is made here; name it .jpg"),
        (["photo.jpg", "--output", "out.jpg", "--contact-sheet", "photo.jpg"], "photo.jpg is itself one of the photos"),
        (["photo.jpg", "--output", "out", "--contact-sheet", "sheet"], "sheet does not have the suffix of an image"),
        (["-", "--output", "done"], "A photo from a pipe has no name; name its picture with --output out.jpg."),
    ],
)
def test_what_does_not_fit_together_is_one_sentence(folder: Path, arguments: list[str], sentence: str) -> None:
    before = (folder / "photo.jpg").read_bytes()

    run = call("focal", *arguments, cwd=folder)

    assert run.returncode == 1
    assert sentence in run.stderr.decode()
    assert {file.name for file in folder.iterdir()} == {"photo.jpg"}
    assert (folder / "photo.jpg").read_bytes() == before


def test_a_bulk_job_without_a_folder_of_photos_is_one_sentence_and_makes_nothing(folder: Path) -> None:
    for name in ("nowhere", "photo.jpg"):
        run = call("bulk", name, "done", cwd=folder, watched=True)

        said = f"focal: {name} is not a folder of this machine.\nheavy:\n"
        assert (run.returncode, run.stderr.decode()) == (1, said)
    assert {file.name for file in folder.iterdir()} == {"photo.jpg"}


@pytest.mark.parametrize(("place", "told"), [(".", "{0}"), ("local://{0}", "local://{0}")])
def test_a_bulk_job_without_a_photo_starts_no_engine_and_makes_nothing(folder: Path, place: str, told: str) -> None:
    (folder / "photo.jpg").rename(folder / "notes.txt")

    run = call("bulk", place.format(folder), "done", cwd=folder, watched=True)

    assert run.returncode == 1
    assert run.stdout.decode() == "Passed over notes.txt: not named like a photo, or no file.\n"
    assert run.stderr.decode() == f"focal: There is no photo in {told.format(folder)}.\nheavy:\n"
    assert {file.name for file in folder.iterdir()} == {"notes.txt"}


def test_a_bulk_job_for_a_class_that_nobody_knows_ends_before_anything_starts(folder: Path) -> None:
    run = call("bulk", ".", "done", "--target", "gribble", cwd=folder, watched=True)

    assert run.returncode == 2
    assert "bulk: error: --target: no class is called" in run.stderr.decode()
    assert run.stderr.decode().endswith("\nheavy:\n")


def test_photos_that_are_there_already_need_no_network(folder: Path) -> None:
    (folder / "blurred").mkdir()
    (folder / "blurred" / "photo.jpg").touch()

    run = call("focal", "photo.jpg", cwd=folder, watched=True)

    said = "photo.jpg: blurred/photo.jpg is already there; --overwrite replaces it.\nheavy:\n"
    assert (run.returncode, run.stderr.decode()) == (1, said)


@pytest.mark.parametrize("engine", ["ray", "pool"])
def test_a_bulk_job_that_is_done_starts_no_engine(folder: Path, engine: str) -> None:
    (folder / "photos").mkdir()
    (folder / "photo.jpg").rename(folder / "photos" / "photo.jpg")
    from batch.bulk.job import _described
    from batch.bulk.report import Report
    from batch.bulk.storage import Storage
    from batch.bulk.task import Task
    from batch.options import local_settings
    from batch.result import Result
    from focal.options import Options

    (folder / "done").mkdir()
    (folder / "done" / "photo.jpg").touch()
    path = folder / "done" / "report.jsonl"
    source, target = (Storage.at(str(folder / name)) for name in ("photos", "done"))
    report = Report.begin(path)
    report.append(Result("photo.jpg", "photo.jpg", "tabby", 0.5))
    report.close()
    task = Task(source, target, path, Options(), local_settings(), "efficientnet_lite0", Path())
    path.with_suffix(".options.json").write_text(json.dumps(_described(task)))

    run = call("bulk", source.place, target.place, "--engine", engine, cwd=folder, watched=True)

    assert run.returncode == 0, run.stderr
    assert run.stdout.decode() == f"1 blurred, 0 failed: {path.with_suffix('.csv')}\n"
    assert run.stderr.decode() == "heavy:\n"
    assert path.with_suffix(".csv").exists()


def test_a_command_does_not_speak_of_sending() -> None:
    text = "\n".join(file.read_text() for file in (ROOT / "handler" / "focal").rglob("*.py"))
    sentences = [said for said in re.findall(r'"([^"\n]*\bsen[dt]\b[^"\n]*)"', text) if "{" in said or " " in said]
    assert len(sentences) > 10
    for sentence in sentences:
        assert not re.search(r"\bsen[dt]\b", for_command(sentence))
    assert for_command("The photo is damaged; send it again.") == "The photo is damaged; use another copy."
    assert for_command("depthImage is of another shape; send one.") == "The map of depth is of another shape; use one."
    assert for_command("There is none; send a depthImage.") == "There is none; use --depth MAPS."
    assert for_command("The limit is 50: send a smaller one.") == "The limit is 50: use a smaller one."
    assert for_command("Ask for less (maxSide=16).") == "Ask for less (--max-side=16)."


def test_a_command_names_options_by_their_arguments() -> None:
    for name, value in {"output": "all", "background": "green", "maxSide": "3", "quality": "0"}.items():
        with pytest.raises(InvalidOption) as refused:
            read_options({name: value}, text=True)
        assert for_command(refused.value.message).startswith(f"{argument_of(name)} must be")
    assert for_command("Option background is for output=cutout alone.") == "--background is for --picture=cutout alone."
