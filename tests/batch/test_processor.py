"""A photo file in, its results out: the command line and bulk jobs do with a photo what the server does."""

import base64
import io
import json

import numpy as np
import pytest
from batch.processor import Developer
from batch.result import Row
from focal.options import Options
from focal.pipeline import answer, look, receive
from focal.settings import Settings
from PIL import Image

from tests.helpers.photo_files import ball
from tests.helpers.pictures import encoded

PHOTO = encoded(Image.fromarray(ball()), "PNG")


@pytest.fixture(scope="module")
def developer(lite0):
    developer = Developer(lite0, Options(format="png"), Settings())
    yield developer
    developer.close()


def pixels(image):
    return np.asarray(Image.open(io.BytesIO(image)))


def test_what_comes_out_is_what_the_server_answers(developer, lite0):
    job = receive({"img": PHOTO, "format": "png"}, {}, lite0, Settings())
    theirs = json.loads(answer(job, look(lite0, job), Settings()).body)

    developed = developer.develop(PHOTO)
    masks = developer.encode_masks(developed)

    assert developed.found.label == theirs["class"]
    assert developed.found.probability == pytest.approx(theirs["probability"])
    np.testing.assert_array_equal(developed.picture, pixels(base64.b64decode(theirs["blurredImage"])))
    np.testing.assert_array_equal(pixels(masks["mask"]), pixels(base64.b64decode(theirs["maskImage"])))
    np.testing.assert_array_equal(pixels(masks["saliency"]), pixels(base64.b64decode(theirs["unblurredMask"])))


def test_a_photo_becomes_a_row(developer):
    kept = []
    row = developer.process("in/a.png", "a.png", lambda: PHOTO, kept.append)

    assert (row.ok, row.file, row.output, row.label) == (True, "in/a.png", "a.png", kept[0].found.label)
    assert 0 <= row.confidence <= 1
    assert row.seconds > 0


def unreadable():
    raise PermissionError(13, "Permission denied")


def full_disk(developed):
    raise OSError(28, "No space left on device")


def broken_code(developed):
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("read", "save", "type", "message"),
    [
        (unreadable, None, "Unreadable", "Permission denied."),
        (lambda: b"no photo", None, "UnsupportedFormat", "The photo is not in an accepted format"),
        (lambda: PHOTO[:60], None, "UndecodablePhoto", "damaged or incomplete"),
        (lambda: PHOTO, full_disk, "Unwritable", "No space left on device."),
        (lambda: PHOTO, broken_code, "InternalError", "ZeroDivisionError in broken_code"),
    ],
)
def test_whatever_goes_wrong_is_in_the_row(developer, read, save, type, message):
    row = developer.process("a.png", "a.png", read, save)

    assert (row.ok, row.type, row.output) == (False, type, None)
    assert message in row.message


def test_a_row_is_read_back_as_it_was_written():
    row = Row("a.jpg", "a.jpg", "tabby", 0.5, 0.25, 1.5)
    assert Row.from_json(json.loads(json.dumps(row.as_json()))) == row
    assert row.as_json()["class"] == "tabby"
    assert row.as_json()["status"] == "ok"
