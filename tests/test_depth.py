"""The way of a photo with depth: where it is taken from, in which order, and what an answer says of it."""

import base64
import json
from dataclasses import replace

import numpy as np
import pytest
import skimage.data
from focal.api.service import respond
from focal.errors import FocalError, InvalidOption
from focal.options import Options
from focal.photo.decode import decode_photo
from focal.photo.depth import DepthMap, Portrait
from focal.photo.photo import Photo
from focal.pipeline import develop
from focal.settings import Settings
from focal.trace import Trace
from PIL import Image

from tests.helpers.in_process import InProcess
from tests.helpers.pictures import encoded
from tests.helpers.portrait_files import MATTE, portrait_exif, portrait_heic

CAT = skimage.data.chelsea()
HEIGHT, WIDTH = CAT.shape[:2]
X = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (43, 1))  # near at the right


def base64_of(pixels: np.ndarray, image_format: str = "PNG") -> str:
    return base64.b64encode(encoded(Image.fromarray(pixels), image_format)).decode()


MAP = base64_of(np.rint(65_535 * X).astype(np.uint16))


def ask(model, *, photo: bytes | None = None, trace: Trace | None = None, **fields):
    sent = photo or encoded(Image.fromarray(CAT), "PNG")
    row = {"body": {"img": base64.b64encode(sent).decode(), "format": "png", **fields}}
    return respond(row, {}, model, Settings(), decoder=InProcess(), trace=trace or Trace())


def picture(reply) -> np.ndarray:
    """The blurred picture, as numbers that can be subtracted."""
    return decode_photo(base64.b64decode(json.loads(reply.body)["blurredImage"])).pixels.astype(int)


def change(reply, place: slice) -> float:
    """How much the picture differs from the photo in some of its columns."""
    return float(np.abs(picture(reply) - CAT)[:, place].mean())


LEFT, RIGHT = slice(0, WIDTH // 4), slice(-WIDTH // 4, None)


def test_with_a_map_and_no_mask_no_network_runs(lite0, monkeypatch):
    monkeypatch.setattr(lite0.network, "forward", None)
    trace = Trace()

    reply = ask(lite0, trace=trace, depthImage=MAP, mask="none", focus=1.0)

    fields = json.loads(reply.body)
    assert (fields["class"], fields["probability"], fields["unblurredMask"]) == (None, None, None)
    assert (reply.headers["X-Focal-Depth"], reply.headers["X-Focal-Focus"]) == ("image", "1.000")
    assert change(reply, RIGHT) < 1 < 3 < change(reply, LEFT)
    assert {"classify", "saliency", "people"}.isdisjoint(trace.seconds)
    assert (trace.depth, trace.mask, trace.confidence) == ("image", "none", None)


def test_the_mask_of_a_photo_without_one_shows_what_is_in_focus(lite0):
    mask = json.loads(ask(lite0, depthImage=MAP, mask="none", focus=1.0).body)["maskImage"]

    alpha = decode_photo(base64.b64decode(mask)).pixels[..., 0]
    assert alpha.shape == (HEIGHT, WIDTH)
    assert (alpha[:, -WIDTH // 16 :] == 255).all()
    assert (alpha[:, : WIDTH // 2] == 0).all()


def test_black_may_be_near(lite0):
    white, black = (ask(lite0, depthImage=MAP, mask="none", depthNear=near, focus=1.0) for near in ("white", "black"))

    assert change(white, RIGHT) < 1 < 3 < change(white, LEFT)
    assert change(black, LEFT) < 2 < 3 < change(black, RIGHT)


def test_a_point_says_what_is_in_focus(lite0):
    reply = ask(lite0, depthImage=MAP, mask="none", point=[0.0, 0.5])

    assert float(reply.headers["X-Focal-Focus"]) == pytest.approx(0, abs=0.03)
    assert change(reply, LEFT) < change(reply, RIGHT)


def test_without_focus_or_point_the_subject_is_in_focus(lite0):
    reply = ask(lite0, depthImage=MAP)

    fields = json.loads(reply.body)
    assert fields["class"] == "tiger cat"
    mask = decode_photo(base64.b64decode(fields["maskImage"])).pixels[..., 0]
    columns = np.tile(np.linspace(0, 1, WIDTH), (HEIGHT, 1))
    assert float(reply.headers["X-Focal-Focus"]) == pytest.approx(np.median(columns[mask > 127]), abs=0.03)


def test_a_mask_and_a_map_go_together_without_a_network(lite0, monkeypatch):
    monkeypatch.setattr(lite0.network, "forward", None)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[:, WIDTH // 2 :] = 255

    reply = ask(lite0, depthImage=MAP, maskImage=base64_of(mask))

    assert reply.headers["X-Focal-Depth"] == "image"
    assert float(reply.headers["X-Focal-Focus"]) == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"depthImage": "!"}, '"depthImage" is not base64'),
        ({"depthImage": ""}, "depthImage: The image file is empty"),
        ({"depthImage": base64.b64encode(b"GIF89a broken").decode()}, "depthImage: The photo is damaged"),
        ({"depthImage": base64.b64encode(b"%PDF").decode()}, "depthImage: The file is a PDF file"),
        ({"depthImage": base64_of(np.zeros((300, 300), np.uint8))}, "depthImage is of another shape"),
        ({"depthImage": base64_of(CAT)}, "depthImage: The map is in colours"),
        ({"mask": "none"}, "The mask none goes by depth, of which the photo has none"),
    ],
)
def test_a_map_that_cannot_be_used_is_refused_by_its_name(lite0, fields, sentence):
    with pytest.raises(FocalError, match=sentence) as refused:
        ask(lite0, **fields)

    assert (refused.value.message.count("."), refused.value.message[-1]) in ((1, "."), (2, "."))


@pytest.mark.parametrize("size", [(301, 451), (518, 784), (150, 224)])
def test_a_map_of_nearly_the_photos_shape_is_stretched(lite0, size):
    grey = base64_of(np.full(size, 128, np.uint8))

    assert ask(lite0, depthImage=grey, mask="none").headers["X-Focal-Depth"] == "image"


def photo_with(**portrait) -> Photo:
    return Photo(CAT, None, "PNG", portrait=Portrait(**portrait))


def developed(model, photo: Photo, client_depth: DepthMap | None = None, **options):
    return develop(photo, Options(**options), model, wants_saliency=False, client_depth=client_depth)


@pytest.fixture(scope="module")
def near(lite0) -> DepthMap:
    """A map that has the cat near."""
    return DepthMap(developed(lite0, photo_with()).subject.alpha.astype(np.float32) / 255, "photo")


FACE = np.zeros((150, 226), np.uint8)
FACE[20:, 110:200] = 255


def test_a_clients_map_goes_before_the_photos_own(lite0, near):
    own, sent = (developed(lite0, photo_with(depth=near), client) for client in (None, replace(near, source="image")))

    assert (own.focus.depth.source, sent.focus.depth.source) == ("photo", "image")


@pytest.mark.parametrize(
    ("reverses", "options"),
    [
        (True, {}),  # the cat would be far
        (False, {"depth": "flat"}),
        (False, {"mask": "classic"}),
    ],
)
def test_the_photos_own_depth_is_left_alone(lite0, near, reverses, options):
    found = developed(lite0, photo_with(depth=near.reversed() if reverses else near), **options)

    np.testing.assert_array_equal(found.picture, developed(lite0, photo_with(), **options).picture)


def standing() -> tuple[Photo, np.ndarray]:
    """A figure on gravel before a sky, and its mask."""
    pixels = np.full((300, 400, 3), (150, 180, 230), np.uint8)
    gravel = np.random.default_rng(0).normal(100, 18, (150, 400, 1)).clip(0, 255)
    pixels[150:] = gravel
    mask = np.zeros((300, 400), np.uint8)
    mask[100:250, 180:220] = 255
    pixels[mask > 0] = (200, 30, 40)
    return Photo(pixels, None, "PNG"), mask


def test_without_a_map_the_ground_tells_depth_where_the_subject_stands_on_it(lite0):
    photo, mask = standing()

    found, flat = (
        develop(photo, Options(depth=depth), lite0, wants_saliency=False, client_alpha=mask)
        for depth in ("auto", "flat")
    )

    assert (found.focus.depth.source, flat.focus) == ("ground", None)
    feet = slice(243, 253), slice(0, 150)
    assert np.abs(found.picture[feet].astype(int) - photo.pixels[feet]).mean() < 4
    assert np.abs(flat.picture[feet].astype(int) - photo.pixels[feet]).mean() > 8


def test_a_map_goes_before_the_ground(lite0):
    photo, mask = standing()
    near = DepthMap(mask.astype(np.float32) / 255, "photo")

    own = develop(replace(photo, portrait=Portrait(near)), Options(), lite0, wants_saliency=False, client_alpha=mask)

    assert own.focus.depth.source == "photo"


def test_the_sign_of_a_clients_map_is_the_clients_word(lite0, near):
    assert developed(lite0, photo_with(), replace(near.reversed(), source="image")).focus.depth.source == "image"


def test_without_a_mask_the_matte_checks_the_sign(lite0):
    face = DepthMap(FACE.astype(np.float32) / 255, "photo")

    assert developed(lite0, photo_with(depth=face, matte=FACE), mask="none").focus.depth.source == "photo"
    with pytest.raises(InvalidOption, match="of which the photo has none"):
        developed(lite0, photo_with(depth=face.reversed(), matte=FACE), mask="none")


def test_a_phones_matte_is_the_mask_and_refined_overrules_it(lite0):
    photo = photo_with(matte=FACE)
    by_matte, refined = developed(lite0, photo), developed(lite0, photo, mask="refined")

    assert (by_matte.subject.source, refined.subject.source) == ("matte", "refined")
    assert (by_matte.subject.confidence, by_matte.people) == (None, None)
    assert by_matte.classification.label == "tiger cat"
    assert by_matte.subject.alpha[100, 300] == 255 > by_matte.subject.alpha[100, 50]
    np.testing.assert_array_equal(refined.picture, developed(lite0, photo_with()).picture)


@pytest.mark.parametrize(
    ("options", "source"),
    [
        ({"point": (0.6, 0.5)}, "matte"),
        ({"point": (0.1, 0.1)}, "refined"),
        ({"target": 281}, "refined"),
        ({"mask": "classic"}, "classic"),
    ],
)
def test_a_matte_is_used_for_people_only(lite0, options, source):
    assert developed(lite0, photo_with(matte=FACE), **options).subject.source == source


def test_saliency_is_made_beside_a_matte_if_it_is_wanted(lite0):
    photo = photo_with(matte=FACE)
    alone = developed(lite0, photo)
    both = develop(photo, Options(), lite0, wants_saliency=True)

    assert both.saliency.shape == (HEIGHT, WIDTH)
    np.testing.assert_array_equal(both.picture, alone.picture)


def test_a_photo_that_the_phone_has_blurred_is_blurred_gently(lite0):
    whole, held_back = developed(lite0, photo_with()), developed(lite0, photo_with(is_blurred=True))

    assert (whole.gentle, held_back.gentle) == (False, True)
    overruled = developed(lite0, photo_with(is_blurred=True), fallback="never")
    np.testing.assert_array_equal(overruled.picture, whole.picture)


def test_an_iphones_portrait_comes_back_blurred_by_its_own_depth_and_says_all_of_it(lite0):
    photo = Image.fromarray(CAT).resize((448, 300))
    depth, matte = (Image.fromarray(plane).resize((224, 150)) for plane in (np.rint(255 * X).astype(np.uint8), FACE))
    trace = Trace()

    reply = ask(lite0, photo=portrait_heic(photo, depth, {MATTE: matte}, exif=portrait_exif()), trace=trace)

    told = {name: reply.headers[name] for name in reply.headers if name != "X-Focal-Focus"}
    assert told == {
        "X-Focal-Depth": "photo",
        "X-Focal-Mask": "matte",
        "X-Focal-Portrait": "rendered",
        "X-Focal-Fallback": "gentle",
    }
    assert 0.5 < float(reply.headers["X-Focal-Focus"]) < 0.9
    assert (trace.depth, trace.mask, trace.fallback) == ("photo", "matte", True)
