"""The baseline against the published figures' own reproduction, the compatibility mode."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
import torch
from focal.options import Options
from focal.photo.photo import Photo
from focal.pipeline import develop
from lab.benchmark.published_code import PublishedFocal, blur_around, fresh_alexnet
from lab.benchmark.published_process import PublishedProcess
from PIL import Image

CLASS = 219


@pytest.fixture
def network(seeded_alexnet):
    """AlexNet whose weights take gradients, as the published code leaves them; as before afterwards."""
    yield seeded_alexnet.network.requires_grad_(True)
    seeded_alexnet.network.requires_grad_(False).zero_grad()


@pytest.fixture
def photo():
    return skimage.data.coffee()


def test_its_images_are_those_of_the_classic_mode(seeded_alexnet, network, photo, tmp_path):
    Image.fromarray(photo).save(tmp_path / "photo.png")
    files = [tmp_path / f"{name}.png" for name in ("blurred", "mask", "saliency")]

    blur_around(tmp_path / "photo.png", CLASS, lambda: network, *files)

    options = Options(mask="classic", target=CLASS)
    found = develop(Photo(photo, None, "PNG"), options, seeded_alexnet, wants_saliency=True)
    classic = (found.picture, found.subject.alpha, found.saliency)
    for file, ours, tolerance in zip(files, classic, (2, 2, 1), strict=True):
        theirs = cv2.imread(str(file), cv2.IMREAD_COLOR_RGB if ours.ndim == 3 else cv2.IMREAD_GRAYSCALE)
        assert np.mean(np.abs(theirs.astype(int) - ours) <= tolerance) >= 0.999, file.name


def test_its_answer_has_the_wires_fields_and_the_photos_size(network, photo):
    body = json.dumps({"img": base64.b64encode(encoded(photo)).decode()}).encode()

    answer = json.loads(PublishedFocal(lambda: network).answer(body))

    assert set(answer) == {"class", "probability", "blurredImage", "maskImage", "unblurredMask"}
    for name in ("blurredImage", "maskImage", "unblurredMask"):
        image = Image.open(io.BytesIO(base64.b64decode(answer[name])))
        assert (image.format, image.size) == ("JPEG", photo.shape[1::-1])


@pytest.mark.slow
@pytest.mark.parametrize("resident", [False, True])
def test_in_a_process_of_its_own_it_answers_the_same_with_memory_as_the_c_library_has_it(
    network, photo, tmp_path, monkeypatch, resident
):
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1")
    torch.save(network.state_dict(), tmp_path / "weights.pth")
    body = json.dumps({"img": base64.b64encode(encoded(photo[100:250, 150:350])).decode()}).encode()

    with PublishedProcess(tmp_path / "weights.pth", resident=resident) as published:
        answers = [published.answer(body) for _ in range(2)]
        environment = Path(f"/proc/{published.process.pid}/environ").read_bytes()

    assert answers == 2 * [PublishedFocal(lambda: network).answer(body)]
    assert b"GLIBC_TUNABLES" not in environment
    assert published.process.returncode == 0


def test_each_load_is_a_network_of_its_own_with_the_files_weights(network, tmp_path):
    torch.save(network.state_dict(), tmp_path / "weights.pth")

    first, second = fresh_alexnet(tmp_path / "weights.pth"), fresh_alexnet(tmp_path / "weights.pth")

    assert first is not second
    for ours, theirs in zip(first.parameters(), network.parameters(), strict=True):
        assert ours.requires_grad
        assert torch.equal(ours, theirs)


def encoded(photo):
    buffer = io.BytesIO()
    Image.fromarray(photo).save(buffer, "JPEG")
    return buffer.getvalue()
