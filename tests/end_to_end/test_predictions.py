"""Predictions through the real server: phone photos, batches of good and bad rows, description, metrics, scaling."""

from __future__ import annotations

import base64
import io
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import requests
import skimage.data
from PIL import Image

from tests.helpers.portrait_files import MATTE, portrait_exif, portrait_heic
from tests.helpers.running_server import Server

pytestmark = pytest.mark.slow

FIVE = {"class", "probability", "blurredImage", "maskImage", "unblurredMask"}
EXIF_ORIENTATION, QUARTER_TURN, GPS = 0x0112, 6, 0x8825


def jpeg(pixels, **arguments) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=90, **arguments)
    return buffer.getvalue()


def opened(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text)))


def test_a_12_megapixel_portrait_comes_back_upright_and_blurred_without_its_gps(server: Server):
    upright = Image.fromarray(skimage.data.astronaut()).resize((3000, 4000), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = QUARTER_TURN
    exif.get_ifd(GPS)[1] = "N"
    phone_photo = jpeg(np.array(upright.transpose(Image.Transpose.ROTATE_90)), exif=exif)

    answer = requests.post(server.url, json={"img": base64.b64encode(phone_photo).decode()}, timeout=60)

    fields = answer.json()
    assert fields.keys() == FIVE
    blurred, mask = opened(fields["blurredImage"]), np.asarray(opened(fields["maskImage"]))
    assert blurred.size == upright.size == opened(fields["unblurredMask"]).size
    assert not blurred.getexif()
    difference = np.abs(np.asarray(blurred).astype(int) - np.asarray(upright)).mean(axis=2)
    assert difference[mask > 250].mean() < 4  # the subject, after JPEG twice
    corner = slice(0, 1200), slice(0, 500)  # the flag, whose edges are gone
    assert np.asarray(blurred)[corner].std() < np.asarray(upright)[corner].std()
    assert (mask < 5).mean() > 0.1 < (mask > 250).mean()


def test_an_iphones_portrait_is_blurred_by_its_own_depth_and_a_map_that_is_sent_goes_before_it(server: Server):
    person = Image.fromarray(skimage.data.astronaut())
    far, near = (Image.new("L", (128, 128), level) for level in (20, 220))
    matte = Image.new("L", (256, 256))
    matte.paste(255, (40, 20, 200, 256))
    depth = Image.composite(near, far, matte.resize((128, 128)))
    photo = portrait_heic(person, depth, {MATTE: matte}, exif=portrait_exif())
    buffer = io.BytesIO()
    depth.save(buffer, "PNG")

    def ask(**form) -> dict[str, str]:
        answer = requests.post(server.url, files={"img": photo, **form}, headers={"Accept": "image/jpeg"}, timeout=60)
        assert answer.status_code == 200, answer.text
        assert Image.open(io.BytesIO(answer.content)).size == person.size
        return {name: answer.headers.get(f"X-Focal-{name}") for name in ("Depth", "Mask", "Portrait", "Fallback")}

    assert ask() == {"Depth": "photo", "Mask": "matte", "Portrait": "rendered", "Fallback": "gentle"}
    assert ask(depthImage=buffer.getvalue(), mask=(None, "none"))["Depth"] == "image"
    assert ask(depth=(None, "flat"), fallback=(None, "never"))["Depth"] == "flat"


def test_bad_rows_get_their_own_error_and_their_neighbours_the_calm_answer(server: Server):
    photos = [jpeg(np.roll(skimage.data.chelsea(), shift, axis=1)) for shift in (0, 90, 180, 270)]
    calm = [requests.post(server.url, data=photo, timeout=60).content for photo in photos]
    assert len(set(calm)) == len(photos)
    bad = [(b"no image at all", 415), (photos[0][:2000], 422), (b'{"img": 3}', 400), (b"{", 400)]

    def send(n: int):
        if n % 2:
            body, status = bad[n // 2 % len(bad)]
            return requests.post(server.url, data=body, timeout=60), status, None
        which = n // 2 % len(photos)
        return requests.post(server.url, data=photos[which], timeout=60), 200, calm[which]

    with ThreadPoolExecutor(12) as clients:
        for answer, status, content in clients.map(send, range(48)):
            assert answer.status_code == status
            if content is None:
                assert answer.json().keys() == {"code", "type", "message"}
                assert answer.json()["code"] == status
            else:
                assert answer.content == content


def test_the_description_tells_version_backbone_weights_limits_and_options(server: Server):
    [model] = server.manage("GET", "/models/focal?customized=true")
    described = model["customizedMetadata"]
    assert described["backbone"] in ("alexnet", "efficientnet_lite0")
    assert len(described["weightsSha256"]) == 64
    assert described["device"] == "cpu"
    assert described["limits"]["max_megapixels"] == 50.0
    assert described["options"]["bokeh"]["enum"] == ["lens", "gaussian"]
    assert described["version"]
    assert described["weightsOrigin"]
    assert described["people"] == "auto"
    assert len(described["peopleWeightsSha256"]) == 2


def test_the_person_of_a_portrait_is_counted_and_nobody_in_a_cup(server: Server):
    for photo, people in ((skimage.data.astronaut(), "1"), (skimage.data.coffee(), "0")):
        answer = requests.post(server.url, data=jpeg(photo), timeout=60)

        assert answer.headers["X-Focal-People"] == people


def test_metrics_count_the_requests(server: Server):
    def requests_total() -> float:
        with urllib.request.urlopen(server.metrics_url + "/metrics", timeout=10) as page:
            lines = page.read().decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("ts_inference_requests_total{"))

    before = requests_total()
    requests.post(server.url, data=jpeg(skimage.data.coffee()), timeout=60).raise_for_status()
    assert requests_total() >= before + 1


def test_workers_are_scaled_through_the_management_api_with_its_token(server: Server):
    def workers() -> int:
        return len(server.manage("GET", "/models/focal")[0]["workers"])

    before = workers()
    try:
        server.manage("PUT", f"/models/focal?min_worker={before + 1}&max_worker={before + 1}&synchronous=true")
        assert workers() == before + 1
        requests.post(server.url, data=jpeg(skimage.data.coffee()), timeout=60).raise_for_status()
    finally:
        server.manage("PUT", f"/models/focal?min_worker={before}&max_worker={before}&synchronous=true")
    assert workers() == before


def test_the_management_api_refuses_who_has_no_token(server: Server):
    answer = requests.put(server.management_url + "/models/focal?min_worker=9", timeout=10)
    assert answer.status_code in (400, 401, 403)
