"""Answers: five fields or a picture, nothing of the photo's metadata but its colour profile, never over the limit."""

import io
import json
import re
import tracemalloc

import cv2
import numpy as np
import pytest
from focal.api.response import error_answer, json_answer, picture_answer
from focal.errors import AnswerTooLarge, FocalError, InvalidOption, PhotoTooLarge
from focal.network.labels import imagenet_labels
from focal.photo.decode import decode_photo
from focal.photo.encode import MOST_TRANSPARENT_WEBP_PIXELS, encode_image
from focal.settings import Settings
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.helpers.pictures import encoded, four_colours, noise, rgb_profile
from tests.helpers.scarce_memory import at_most_more

PIXELS = np.asarray(four_colours())
GREY = np.asarray(four_colours().convert("L"))


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


# ---- images


@pytest.mark.parametrize("image_format", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("pixels", [PIXELS, GREY], ids=["colour", "grey"])
def test_an_image_is_encoded_in_the_format_asked_for(image_format, pixels):
    image = opened(encode_image(pixels, image_format, quality=95))

    assert image.format == image_format.upper()
    decoded = np.asarray(image.convert("RGB" if pixels.ndim == 3 else "L"))
    np.testing.assert_allclose(decoded[12::24, 20::40], pixels[12::24, 20::40], atol=12)


def test_png_keeps_every_pixel():
    np.testing.assert_array_equal(np.asarray(opened(encode_image(PIXELS, "png", quality=1))), PIXELS)


@pytest.mark.parametrize("quality", [1, 50, 90, 100])
@pytest.mark.parametrize("pixels", [PIXELS, GREY, np.asarray(noise(83, 61))], ids=["colour", "grey", "noise"])
def test_a_jpeg_is_as_pillow_writes_it(pixels, quality):
    data = encode_image(pixels, "jpeg", quality)

    assert data == encoded(Image.fromarray(pixels), "JPEG", quality=quality)


@pytest.mark.parametrize("colours", [True, False], ids=["colour", "grey"])
@pytest.mark.parametrize(("height", "width"), [(1700, 1300), (5001, 700), (200, 12_001), (1024, 1024)])
def test_a_large_jpeg_has_pillows_pixels_though_its_strips_were_encoded_one_by_one(height, width, colours):
    pixels = np.add.outer(np.arange(height), np.arange(width) * 3).astype(np.uint8)
    pixels[height // 3 :, width // 2 :] = np.asarray(noise(width - width // 2, height - height // 3))[..., 0]
    pixels = np.dstack([pixels, pixels.T.reshape(height, width), 255 - pixels]) if colours else pixels

    data = encode_image(pixels, "jpeg", 90)

    whole = encoded(Image.fromarray(pixels), "JPEG", quality=90)
    assert abs(len(data) - len(whole)) < 0.001 * len(whole) + 100
    np.testing.assert_array_equal(np.asarray(opened(data)), np.asarray(opened(whole)))
    np.testing.assert_array_equal(
        cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED),
        cv2.imdecode(np.frombuffer(whole, np.uint8), cv2.IMREAD_UNCHANGED),
    )


@pytest.mark.parametrize("image_format", ["jpeg", "webp"])
def test_quality_decides_the_size(image_format):
    pixels = np.asarray(noise(64, 64))

    assert len(encode_image(pixels, image_format, quality=20)) < len(encode_image(pixels, image_format, quality=95))


@pytest.mark.parametrize("image_format", ["jpeg", "png", "webp"])
def test_the_colour_profile_is_kept(image_format):
    data = encode_image(PIXELS, image_format, quality=90, icc_profile=rgb_profile())

    assert opened(data).info["icc_profile"] == rgb_profile()


def test_a_grey_image_carries_no_profile_of_colour():
    assert "icc_profile" not in opened(encode_image(GREY, "jpeg", quality=90, icc_profile=rgb_profile())).info


@pytest.mark.parametrize("image_format", ["jpeg", "png", "webp"])
def test_the_largest_profile_that_a_photo_may_carry_fits_the_answer(image_format):
    profile = rgb_profile().ljust(1_000_000, b"\0")
    photo = decode_photo(encoded(icc_profile=profile), Settings())

    assert opened(encode_image(photo.pixels, image_format, 90, photo.icc_profile)).info["icc_profile"] == profile


@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("image_format", ["jpeg", "png", "webp"])
def test_no_secret_of_the_photo_is_passed_on(source, image_format):
    exif = Image.Exif()
    exif[0x010E] = "SECRET description"
    exif.get_ifd(0x8825)[1] = "SECRET place"
    more = {"JPEG": {"comment": b"SECRET"}, "TIFF": {}}.get(source, {})
    data = encoded(image_format=source, exif=exif.tobytes(), xmp=b"<x>SECRET</x>", **more)
    assert b"SECRET" in data

    photo = decode_photo(data, Settings())

    assert b"SECRET" not in encode_image(photo.pixels, image_format, 90, photo.icc_profile)


@pytest.mark.parametrize("image_format", ["jpeg", "png", "webp"])
def test_an_image_over_the_limit_is_given_up(image_format):
    with pytest.raises(
        AnswerTooLarge, match=r"The answer would have \d+ bytes or more; the limit is 5000: ask for jpeg"
    ):
        encode_image(np.asarray(noise(200, 200)), image_format, quality=95, max_bytes=5000)


def test_a_png_over_the_limit_is_given_up_before_it_is_whole():
    pixels = np.asarray(noise(2000, 1000))
    tracemalloc.start()

    with pytest.raises(AnswerTooLarge):
        encode_image(pixels, "png", quality=90, max_bytes=100_000)

    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_a_picture_that_webp_cannot_hold_is_refused():
    with pytest.raises(AnswerTooLarge, match="too detailed for WebP at this quality"):
        encode_image(np.asarray(noise(4200, 4000)), "webp", quality=100)


def test_a_webp_that_there_is_too_little_memory_for_is_not_called_too_detailed():
    cutout = np.full((4000, 6000, 4), 90, np.uint8)
    with at_most_more(130_000_000), pytest.raises(MemoryError):  # a copy fits, and no more
        encode_image(cutout, "webp", quality=90)


def test_a_transparent_webp_that_takes_more_memory_than_a_worker_may_is_refused_at_once():
    with pytest.raises(AnswerTooLarge, match="A transparent WebP may have at most 25 megapixels: ask for png, a"):
        encode_image(np.broadcast_to(np.uint8(0), (6000, 8000, 4)), "webp", quality=90)


def test_a_refusal_of_a_transparent_webp_names_the_longest_side_that_would_do():
    with pytest.raises(AnswerTooLarge) as refused:
        encode_image(np.broadcast_to(np.uint8(0), (7000, 4000, 4)), "webp", quality=90)

    longest_px = int(re.search(r"or a smaller picture \(maxSide=(\d+)\)\.", refused.value.message)[1])
    short_px = round(longest_px * 4000 / 7000)
    assert 0.999 * MOST_TRANSPARENT_WEBP_PIXELS < longest_px * short_px <= MOST_TRANSPARENT_WEBP_PIXELS


# ---- JSON

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), JSON_VALUES, max_size=4))
def test_json_is_what_the_standard_library_reads_back(values):
    assert json.loads(json_answer(values, Settings()).body) == values


def test_images_are_base64_at_any_depth():
    answer = json_answer({"a": b"\xff\xd8", "b": [{"c": b"", "d": 0.5}]}, Settings())

    assert answer.body == b'{"a":"/9g=","b":[{"c":"","d":0.5}]}'
    assert (answer.code, answer.content_type) == (200, "application/json")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_json_is_never_sent(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_answer({"probability": value}, Settings())


def test_json_over_the_limit_is_refused_with_both_numbers():
    with pytest.raises(AnswerTooLarge, match=r"The answer would have 40008 bytes or more; the limit is 40007"):
        json_answer({"a": bytes(30_000)}, Settings(max_answer_bytes=40_007))


def test_json_at_the_limit_is_sent():
    assert len(json_answer({"a": bytes(30_000)}, Settings(max_answer_bytes=40_008)).body) == 40_008


def test_images_are_copied_no_more_often_than_they_must_be():
    image = bytes(3_000_000)
    tracemalloc.start()

    json_answer({"a": image}, Settings())

    assert tracemalloc.get_traced_memory()[1] < 8_100_000  # its base64, and the body
    tracemalloc.stop()


# ---- the picture itself, and errors


def test_the_picture_itself_carries_class_and_probability_in_headers():
    answer = picture_answer(b"\xff\xd8", "jpeg", "tabby", 0.123456789, Settings())

    assert (answer.code, answer.content_type, answer.body) == (200, "image/jpeg", b"\xff\xd8")
    assert answer.headers == {"X-Focal-Class": "tabby", "X-Focal-Probability": "0.123457"}


def test_a_picture_over_the_limit_is_refused():
    with pytest.raises(AnswerTooLarge, match="would have 10001 bytes or more; the limit is 10000"):
        picture_answer(bytes(10_001), "png", "tabby", 0.5, Settings(max_answer_bytes=10_000))


def test_every_label_may_stand_in_a_header():
    assert all(label.isascii() and label.isprintable() for label in imagenet_labels())


def test_an_error_is_the_contracts_object_and_the_gateways_header():
    answer = error_answer(InvalidOption("Option x is not known."))

    assert (answer.code, answer.content_type) == (400, "application/json")
    assert json.loads(answer.body) == {"code": 400, "type": "InvalidOption", "message": "Option x is not known."}
    assert answer.headers == {"X-Focal-Error": answer.body.decode()}


@given(st.text(max_size=50), st.sampled_from([InvalidOption, PhotoTooLarge]))
def test_no_message_can_forge_a_header(message, kind: type[FocalError]):
    header = error_answer(kind(message)).headers["X-Focal-Error"]

    assert header.isascii()
    assert header.isprintable()
