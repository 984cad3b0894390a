"""Nothing that is sent breaks the core: each hostile file is a photo or an error of the contract, in bounded time."""

import base64
import json
import time
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace

import numpy as np
import pytest
from focal.api.service import DecodedRequest, decode_request
from focal.errors import FocalError, InvalidOption
from focal.network.labels import imagenet_labels
from focal.options import Options, read_options
from focal.photo.photo import Photo
from focal.settings import Settings
from focal.trace import Trace
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.hostile_photos import FILES
from tests.helpers.hostile_requests import bodies, depths, masks
from tests.helpers.in_process import InProcess
from tests.helpers.pictures import FORMATS, encoded, noise

SETTINGS = Settings(max_decode_s=5.0)


def of_the_contract(error: FocalError) -> FocalError:
    assert error.code in (400, 413, 415, 422)
    assert error.message.isprintable()
    assert len(error.message) < 300
    return error


def outcome(decode: Callable[[bytes], Photo], data: bytes) -> Photo | FocalError:
    """The photo, or the error of the contract; anything else that is raised fails the test."""
    try:
        photo = decode(data)
    except FocalError as error:
        return of_the_contract(error)
    height, width, channels = photo.pixels.shape
    assert (photo.pixels.dtype, channels) == (np.uint8, 3)
    assert height * width <= SETTINGS.max_pixels
    assert max(height, width) <= SETTINGS.max_aspect_ratio * min(height, width)
    return photo


@pytest.mark.parametrize("kind", FILES)
def test_a_hostile_file_is_a_photo_or_an_error(decoder, kind):
    files, slowest, child = list(FILES[kind]()), 0.0, decoder._process.pid
    for data in files:
        started = time.perf_counter()
        outcome(decoder.decode, data)
        slowest = max(slowest, time.perf_counter() - started)

    assert len(files) >= 4
    assert slowest < 60  # a decode is ended after 5 s; a busy machine takes its time to start the next decoder
    assert decoder._process.pid == child, "a file broke the decoder"


MODEL = SimpleNamespace(backbone=SimpleNamespace(labels=imagenet_labels()))


IN_PROCESS = InProcess(SETTINGS)
decode = IN_PROCESS.decode


def received(content_type: str, body: bytes, decoder=IN_PROCESS) -> DecodedRequest:
    row, headers = {"body": bytearray(body)}, {"content-type": content_type}
    return decode_request(row, headers, MODEL, decoder=decoder, explains=False, trace=Trace())


def test_hostile_bodies_are_refused():
    rows = list(bodies())
    assert len(rows) > 100

    for content_type, body in rows:
        with pytest.raises(FocalError) as refused:
            received(content_type, body)
        of_the_contract(refused.value)


def test_a_hostile_mask_is_an_alpha_of_the_photos_shape_or_an_error(decoder):
    child, answered = decoder._process.pid, 0
    for body in masks(one_in=40):
        try:
            request = received("application/json", body, decoder)
        except FocalError as error:
            of_the_contract(error)
        else:
            alpha = request.client_alpha
            assert (alpha.shape, alpha.dtype) == (request.photo.pixels.shape[:2], np.uint8)
            answered += 1

    assert answered > 3
    assert decoder._process.pid == child, "a mask broke the decoder"


@pytest.mark.slow
def test_a_hostile_map_of_depth_is_one_of_the_photos_shape_or_an_error_that_names_it(decoder):
    child, answered, named = decoder._process.pid, 0, True
    for body in depths(one_in=40):
        try:
            request = received("application/json", body, decoder)
        except FocalError as error:
            named &= of_the_contract(error).message.startswith("depthImage")
        else:
            disparity = request.client_depth.disparity
            assert (disparity.dtype, disparity.ndim) == (np.float32, 2)
            assert 0 <= disparity.min() <= disparity.max() <= 1
            answered += 1

    assert answered > 3
    assert named
    assert decoder._process.pid == child, "a map broke the decoder"


SEEDS = {name: encoded(noise(24, 20), name) for name in FORMATS}
BASE64 = base64.b64encode(SEEDS["PNG"]).decode()


@given(st.sampled_from(FORMATS), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_any_bytes_may_be_changed(image_format, changes):
    data = bytearray(SEEDS[image_format])
    for place, value in changes:
        data[int(place**2 * (len(data) - 1))] = value

    outcome(decode, bytes(data))


@given(st.sampled_from(FORMATS), st.lists(st.floats(0, 1), min_size=2, max_size=2), st.binary(max_size=30))
def test_any_part_may_be_replaced(image_format, ends, filling):
    data = SEEDS[image_format]
    first, last = sorted(int(end * len(data)) for end in ends)

    outcome(decode, data[:first] + filling + data[last:])


@given(st.sampled_from([data[:12] for data in SEEDS.values()]), st.binary(max_size=300))
def test_any_bytes_may_follow_a_signature(signature, rest):
    outcome(decode, signature + rest)


@given(st.binary(max_size=300))
def test_any_bytes_may_come(data):
    outcome(decode, data)


@given(
    st.dictionaries(
        st.sampled_from([*Options.__dataclass_fields__]) | st.text(max_size=5), st.text() | st.floats() | st.integers()
    )
)
def test_any_options_are_read_or_refused(values):
    for text in (False, True):
        with suppress(InvalidOption):
            options = read_options(values, text=text)
            assert 0 <= options.strength <= 0.15
            assert 1 <= options.quality <= 100


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ["maskImage", "depthImage", "class", "probability", *Options.__dataclass_fields__]


@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), ANY_JSON | st.just(BASE64), max_size=4))
def test_any_fields_beside_a_photo_are_read_or_refused(fields):
    body = json.dumps({"img": BASE64, **fields}, allow_nan=True).encode()
    try:
        job = received("application/json", body)
    except FocalError as error:
        of_the_contract(error)
    else:
        assert job.photo.pixels.shape == (20, 24, 3)
        assert (job.client_mask is not None) == (fields.get("maskImage") is not None)  # null counts as not sent
        assert (job.client_depth is not None) == (fields.get("depthImage") is not None)


@given(
    st.dictionaries(
        st.sampled_from(FIELDS) | st.text(max_size=5), st.binary(max_size=9) | st.just(b"0.5,0.5"), max_size=4
    )
)
def test_any_fields_of_a_form_are_read_or_refused(fields):
    row = {"img": bytearray(SEEDS["PNG"])} | {name: bytearray(value) for name, value in fields.items()}
    with suppress(FocalError):
        decode_request(row, {}, MODEL, decoder=IN_PROCESS, explains=False, trace=Trace())
