"""client.py against a real server."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

import client
from client import Focal, FocalError
from tests.helpers.running_server import Server

pytestmark = pytest.mark.slow

CAT_SIZE = (451, 300)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a cat in it."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(data.chelsea()).save("cat.jpg", quality=95)
    return tmp_path


def opened(encoded: bytes | Path) -> Image.Image:
    with Image.open(io.BytesIO(encoded) if isinstance(encoded, bytes) else encoded) as image:
        image.load()
        return image


def test_one_photo_works_as_it_always_did(server: Server, folder: Path):
    command = [sys.executable, client.__file__, server.url, "cat.jpg"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("cat.jpg: ")
    assert "cat, probability 0." in shown.stdout
    assert shown.stderr == ""
    assert opened(folder / "out.jpg").size == CAT_SIZE


def test_a_bad_file_in_a_folder_leaves_the_others_blurred(server: Server, folder: Path, capsys):
    (folder / "trip/day").mkdir(parents=True)
    Image.fromarray(data.coffee()).save("trip/day/coffee.png")
    Image.fromarray(data.astronaut()).save("trip/astronaut.webp")
    (folder / "trip/text.jpg").write_text("This is no photo.")
    (folder / "trip/broken.jpg").write_bytes((folder / "cat.jpg").read_bytes()[:300])
    assert client.main([server.url, "trip", "cat.jpg", "--out", "results", "--save-masks"]) == 1
    results = folder / "results"
    assert {str(path.relative_to(results)) for path in results.rglob("*.jpg")} == {
        f"{name}{kind}.jpg" for name in ("cat", "astronaut", "day/coffee") for kind in ("", ".mask", ".saliency")
    }
    complaints = sorted(capsys.readouterr().err.splitlines())
    assert [line.split(":")[0] for line in complaints] == ["trip/broken.jpg", "trip/text.jpg"]
    assert complaints[0].endswith("(UndecodablePhoto, 422)")
    assert complaints[1].endswith("(UnsupportedFormat, 415)")


@pytest.mark.parametrize("form", ["jpeg", "png", "webp"])
def test_all_three_images_come_in_the_format_asked_for(server: Server, folder: Path, form: client.Format):
    answer = Focal(server.url).blur("cat.jpg", format=form)
    assert answer.format == form
    for image in (answer.blurred, answer.mask, answer.saliency):
        assert (opened(image).format, opened(image).size) == (form.upper(), CAT_SIZE)


@pytest.mark.parametrize(
    "options",
    [{"strength": 0.1}, {"bokeh": "gaussian"}, {"mask": "classic"}, {"target": 968}, {"quality": 10}],
    ids=str,
)
def test_each_option_changes_the_picture(server: Server, folder: Path, options: client.Options):
    focal = Focal(server.url)
    assert focal.blur("cat.jpg", **options).blurred != focal.blur("cat.jpg").blurred


def test_the_subject_stays_sharp_where_the_mask_says_so(server: Server, folder: Path):
    answer = Focal(server.url).blur("cat.jpg", format="png")
    sharp = np.asarray(opened(answer.mask).convert("L")) == 255
    assert sharp.any()
    changed = np.asarray(opened(answer.blurred)) != np.asarray(opened(folder / "cat.jpg"))
    assert not changed[sharp].any()


def test_an_unknown_option_is_refused_in_the_servers_words(server: Server, folder: Path, capsys):
    assert client.main([server.url, "cat.jpg", "--options", "strenght=0.1"]) == 1
    complaint = capsys.readouterr().err
    assert complaint.endswith("(InvalidOption, 400)\n")
    assert "strength" in complaint


def test_an_explanation_names_five_classes_most_probable_first(server: Server, folder: Path):
    explanations = Focal(server.url).explain("cat.jpg")
    probabilities = [each.probability for each in explanations]
    assert len(explanations) == 5
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(opened(each.saliency).size == CAT_SIZE for each in explanations)


def test_torchserve_itself_answers_to_its_key_only(server: Server, folder: Path):
    key = {"Authorization": f"Bearer {server.keys.inference}"}
    assert "cat" in Focal(server.inference_url, headers=key).blur("cat.jpg").label
    with pytest.raises(FocalError):
        Focal(server.inference_url).blur("cat.jpg")
