"""client.py and the Python package against a real server."""

import asyncio
import base64
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import requests
from focal_client import AsyncFocal
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
    answer = Focal(server.url).blur("cat.jpg", saliency=True, format=form)
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


def test_a_picture_is_that_of_the_whole_answer(server: Server, folder: Path):
    options: client.Options = {
        "strength": 0.1,
        "format": "png",
        "points": [[0.5, 0.5], {"x": 0.1, "y": 0.1, "keep": False}],
    }
    picture, answer = (getattr(Focal(server.url), method)("cat.jpg", **options) for method in ("picture", "blur"))
    assert vars(picture) == {**{name: vars(answer)[name] for name in vars(picture)}, "probability": picture.probability}
    assert picture.probability == pytest.approx(answer.probability, abs=1e-6)


def test_a_cutout_and_a_picture_by_depth_alone_come_without_base64(server: Server, folder: Path):
    focal = Focal(server.url)
    assert focal.picture("cat.jpg", output="cutout").format == "png"
    depth = np.tile(np.linspace(0, 65_535, 451).astype(np.uint16), (300, 1))
    by_depth = focal.picture("cat.jpg", depth_image=depth, mask="none", focus=1.0)
    assert (by_depth.label, by_depth.depth, by_depth.focus) == (None, "image", 1.0)


def test_an_image_of_pil_is_turned_as_its_file_is(server: Server, folder: Path):
    with Image.open("cat.jpg") as image:
        image.getexif()[0x0112] = 6
        turned = Focal(server.url).picture(image)
    assert opened(turned.blurred).size == CAT_SIZE[::-1]


def test_the_async_client_gets_the_same_side_by_side(server: Server, folder: Path):
    focal, pixels = AsyncFocal(server.url), data.chelsea()

    async def ask():
        return await asyncio.gather(focal.blur(pixels), focal.picture(pixels), focal.explain(pixels))

    blurred, picture, explanations = asyncio.run(ask())
    assert vars(blurred) == vars(Focal(server.url).blur(pixels))
    assert picture.blurred == blurred.blurred
    assert explanations[0].label == blurred.label == picture.label


@pytest.mark.parametrize("method", ["picture", "blur"])
def test_at_twelve_megapixels_at_most_eight_tenths_of_the_bytes_of_json_travel(
    server: Server, folder: Path, method: str
):
    Image.fromarray(data.astronaut()).resize((4000, 3000), Image.Resampling.LANCZOS).save("large.jpg", quality=92)
    photo = Path("large.jpg").read_bytes()
    as_json = {"img": base64.b64encode(photo).decode()}
    answer = requests.post(f"{server.url}/predictions/focal", json=as_json, timeout=60)
    sent: dict[str, int] = {}

    result = getattr(Focal(server.url), method)(photo, progress=lambda step, done, total: sent.update({step: done}))

    assert result.blurred == base64.b64decode(answer.json()["blurredImage"])
    assert sent["sending"] <= 0.8 * len(answer.request.body)
    assert sent["receiving"] <= 0.8 * len(answer.content)
    up, down = f"{sent['sending']} of {len(answer.request.body)}", f"{sent['receiving']} of {len(answer.content)}"
    print(f"{method}: up {up}, down {down} bytes")


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
