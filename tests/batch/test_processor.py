"""A photo file in, its results out: the command line and bulk jobs do with a photo what the server does."""

import base64
import io
import json
from contextlib import closing

import numpy as np
import pytest
from batch.processor import PhotoProcessor
from batch.result import Result
from focal.api.service import respond
from focal.options import Options
from focal.photo.decoder_process import Decoder
from focal.settings import Settings
from PIL import Image

from tests.helpers.in_process import InProcess
from tests.helpers.photo_files import ball
from tests.helpers.pictures import encoded

PHOTO = encoded(Image.fromarray(ball()), "PNG")


@pytest.fixture(scope="module")
def processor(lite0):
    with closing(Decoder(Settings())) as decoder:
        yield PhotoProcessor(lite0, Options(format="png"), Settings(), decoder, wants_saliency=True)


def pixels(image):
    return np.asarray(Image.open(io.BytesIO(image)))


def test_what_comes_out_is_what_the_server_answers(processor, lite0):
    row, settings, kept = {"img": PHOTO, "format": "png"}, Settings(), []
    answer = respond(row, {}, lite0, settings, decoder=InProcess(settings))
    theirs = json.loads(answer.body)

    result = processor.process("a.png", "a.png", lambda: PHOTO, lambda *made: kept.append(made))
    photo, developed = kept[0]
    masks = processor.encode_masks(photo, developed)

    assert (result.label, developed.classification.label) == (theirs["class"], theirs["class"])
    assert developed.classification.probability == pytest.approx(theirs["probability"])
    np.testing.assert_array_equal(developed.picture, pixels(base64.b64decode(theirs["blurredImage"])))
    np.testing.assert_array_equal(pixels(masks["mask"]), pixels(base64.b64decode(theirs["maskImage"])))
    np.testing.assert_array_equal(pixels(masks["saliency"]), pixels(base64.b64decode(theirs["unblurredMask"])))


def test_what_may_stay_of_its_metadata_stays_if_it_is_wanted(lite0):
    exif = Image.Exif()
    exif.update({0x013B: "Ada", 0x0131: "an editor"})
    photo, results = encoded(Image.fromarray(ball()), exif=exif), []
    for metadata in ("none", "basic"):
        kept = []
        with closing(Decoder(Settings())) as decoder:
            processor = PhotoProcessor(lite0, Options(metadata=metadata), Settings(), decoder)
            processor.process("a.jpg", "a.jpg", lambda: photo, lambda *made, kept=kept: kept.append(made))
        [(decoded, developed)] = kept
        results.append(processor.encode(developed.picture, decoded))

    assert [dict(Image.open(io.BytesIO(result)).getexif()) for result in results] == [{}, {0x013B: "Ada", 0x0112: 1}]


def test_a_photo_becomes_a_result(processor):
    kept = []
    result = processor.process("in/a.png", "a.png", lambda: PHOTO, lambda photo, developed: kept.append(developed))

    expected = (True, "in/a.png", "a.png", kept[0].classification.label)
    assert (result.ok, result.file, result.output, result.label) == expected
    assert 0 <= result.confidence <= 1
    assert result.seconds > 0


def test_a_saliency_map_is_made_only_if_it_is_wanted(lite0):
    kept = []

    with closing(Decoder(Settings())) as decoder:
        processor = PhotoProcessor(lite0, Options(), Settings(), decoder)
        processor.process("a.png", "a.png", lambda: PHOTO, lambda photo, developed: kept.append(developed))

    assert kept[0].saliency is None


def unreadable():
    raise PermissionError(13, "Permission denied")


def full_disk(photo, developed):
    raise OSError(28, "No space left on device")


def broken_code(photo, developed):
    raise ZeroDivisionError


def no_memory(photo, developed):
    np.empty(1 << 60, np.uint8)


@pytest.mark.parametrize(
    ("read", "save", "type", "message"),
    [
        (unreadable, None, "Unreadable", "Permission denied."),
        (lambda: b"no photo", None, "UnsupportedFormat", "The file is text, which is not supported"),
        (lambda: PHOTO[:60], None, "UndecodablePhoto", "damaged or incomplete"),
        (lambda: PHOTO, full_disk, "Unwritable", "out.png cannot be written: No space left on device."),
        (lambda: PHOTO, broken_code, "InternalError", "ZeroDivisionError in broken_code"),
        (lambda: PHOTO, no_memory, "Overloaded", "There is too little memory for the photo at the moment"),
    ],
)
def test_whatever_goes_wrong_is_in_the_result(processor, read, save, type, message):
    result = processor.process("a.png", "out.png", read, save)

    assert (result.ok, result.type, result.output) == (False, type, None)
    assert message in result.message


def test_a_result_is_read_back_as_it_was_written():
    result = Result("a.jpg", "a.jpg", "tabby", 0.5, 0.25, 1.5)
    assert Result.from_json(json.loads(json.dumps(result.as_json()))) == result
    assert result.as_json()["class"] == "tabby"
    assert result.as_json()["status"] == "ok"
