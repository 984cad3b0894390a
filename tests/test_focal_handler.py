"""The handler inside TorchServe's own worker code: every body, every error, every mixture of rows in a batch."""

import base64
import io
import itertools
import json
import logging
import os
import signal
import time

import numpy as np
import pytest
from focal.api import service
from focal.declarations import schema
from focal.network.people.weights import PEOPLE_WEIGHTS
from focal.options import Options
from focal.photo.decoder_process import Decoder
from focal.settings import Settings
from focal.trace import STAGES
from PIL import Image

from tests.helpers.pictures import STORED, encoded, four_colours, noise, png_chunk, png_header, rgb_profile
from tests.helpers.torchserve_worker import Row, Worker, unpacked_archive

PHOTO = encoded(four_colours(160, 120), icc_profile=rgb_profile())
OTHER_PHOTO = encoded(noise(90, 130), "PNG")
ARTIST, SOFTWARE, ORIENTATION, GPS = 0x013B, 0x0131, 0x0112, 0x8825
IN_BASE64 = base64.b64encode(PHOTO).decode()


@pytest.fixture(scope="module")
def worker(tmp_path_factory, lite0_weights, people_weights):
    folder = tmp_path_factory.mktemp("worker") / "focal"
    worker = Worker(unpacked_archive(folder, lite0_weights, {"max_megapixels": 4}, people_weights))
    yield worker
    worker.handler.decoder.close()


@pytest.fixture(scope="module")
def calm(worker):
    """The answer to a photo that is alone."""
    return worker.answer(Row.of_body(PHOTO, "image/jpeg"))[0]


def opened(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text)))


# ---- answers


def test_the_answer_has_the_contracts_five_fields(calm):
    answer = calm.json

    assert (calm.code, calm.phrase, calm.headers["content-type"]) == (200, "OK", "application/json")
    assert 0 <= float(calm.headers["X-Focal-Mask-Confidence"]) <= 1
    assert list(answer) == ["class", "probability", "blurredImage", "maskImage", "unblurredMask"]
    assert isinstance(answer["class"], str)
    assert 0 < answer["probability"] <= 1
    images = [opened(answer[name]) for name in ("blurredImage", "maskImage", "unblurredMask")]
    assert [(image.format, image.mode, image.size) for image in images] == [
        ("JPEG", "RGB", (160, 120)),
        ("JPEG", "L", (160, 120)),
        ("JPEG", "L", (160, 120)),
    ]
    assert images[0].info["icc_profile"] == rgb_profile()


@pytest.mark.parametrize(
    "row",
    [
        Row.of_json(img=IN_BASE64),
        Row.of_json(img="data:image/jpeg;base64," + IN_BASE64.rstrip("=").replace("+", "-").replace("/", "_")),
        Row.of_body(PHOTO),
        Row.of_body(PHOTO, "application/json"),
        Row.of_form(("img", "image/jpeg", PHOTO)),
        Row.of_form(("data", "", PHOTO), ("strength", "", b"0.04"), ("quality", "", b"90")),
    ],
    ids=["json", "data url", "octets", "called json", "form", "form with options"],
)
@pytest.mark.parametrize("decoded_by", ["focal", "torchserve"])
def test_every_kind_of_body_gets_the_same_bytes(worker, calm, monkeypatch, row, decoded_by):
    monkeypatch.setenv("TS_DECODE_INPUT_REQUEST", "true" if decoded_by == "torchserve" else "false")

    assert worker.answer(row) == [calm]


def test_the_worker_lets_focal_parse_json_itself(worker):
    assert os.environ["TS_DECODE_INPUT_REQUEST"] == "false"


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_the_picture_itself_is_answered_to_those_who_accept_it(worker, calm, kind):
    (reply,) = worker.answer(Row.of_body(PHOTO, "image/jpeg", accept=f"image/{kind}"))

    assert (reply.code, reply.headers["content-type"]) == (200, f"image/{kind}")
    assert reply.headers["X-Focal-Class"] == calm.json["class"]
    assert float(reply.headers["X-Focal-Probability"]) == pytest.approx(calm.json["probability"], abs=1e-6)
    assert Image.open(io.BytesIO(reply.body)).size == (160, 120)


def test_a_portrait_photo_comes_back_upright_and_blurred(worker):
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(four_colours(160, 120).transpose(STORED[6]), exif=exif)

    answer = worker.answer(Row.of_body(data))[0].json

    assert {opened(answer[name]).size for name in ("blurredImage", "maskImage", "unblurredMask")} == {(160, 120)}


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("metadata", ["none", "basic"])
def test_the_picture_alone_has_what_its_owner_wants_to_keep(worker, kind, metadata):
    exif = Image.Exif()
    exif.update({ARTIST: "Ada", SOFTWARE: "an editor"})
    exif.get_ifd(GPS)[1] = "N"
    data = base64.b64encode(encoded(four_colours(64, 48), exif=exif)).decode()

    answer = worker.answer(Row.of_json(img=data, metadata=metadata, format=kind))[0].json

    kept = [opened(answer[name]).getexif() for name in ("blurredImage", "maskImage", "unblurredMask")]
    assert dict(kept[0]) == ({ARTIST: "Ada", ORIENTATION: 1} if metadata == "basic" else {})
    assert not kept[1]
    assert not kept[2]


def test_an_hdr_photo_is_answered_without_its_gain_map_and_a_header_says_so(worker):
    hdr = encoded(four_colours(64, 48), xmp=b'<x xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/"/>')

    replies = [
        worker.answer(Row.of_body(data, accept="image/jpeg"))[0] for data in (hdr, encoded(four_colours(64, 48)))
    ]

    assert replies[0].headers["X-Focal-Dropped"] == "gain-map"
    assert "X-Focal-Dropped" not in replies[1].headers
    assert replies[0].body == replies[1].body


@pytest.mark.parametrize("size", [(1, 1), (1, 32), (32, 1), (2, 3), (63, 64), (2000, 70)])
@pytest.mark.parametrize("mask", ["refined", "classic"])
def test_photos_of_odd_sizes_are_answered(worker, size, mask):
    (reply,) = worker.answer(Row.of_json(img=base64.b64encode(encoded(noise(*size), "PNG")).decode(), mask=mask))

    assert reply.code == 200, reply.body
    assert opened(reply.json["blurredImage"]).size == size


@pytest.mark.parametrize("mask", ["refined", "classic"])
@pytest.mark.parametrize("colour", ["black", "white", "red"])
def test_photos_of_one_colour_are_answered(worker, colour, mask):
    data = encoded(Image.new("RGB", (80, 60), colour), "PNG")

    (reply,) = worker.answer(Row.of_json(img=base64.b64encode(data).decode(), mask=mask, format="png"))

    picture = opened(reply.json["blurredImage"])
    assert picture.getcolors() == [(80 * 60, Image.new("RGB", (1, 1), colour).getpixel((0, 0)))]


# ---- errors

ERRORS = {
    "no JSON": (Row.of_body(b'{"img": ', "application/json"), 400, "InvalidJson"),
    "a list": (Row.of_body(b"[]", "application/json"), 400, "InvalidJson"),
    "a string": (Row.of_body(b'"img"', "application/json"), 400, "InvalidJson"),
    "a number": (Row.of_body(b"7", "application/json"), 400, "InvalidJson"),
    "nothing called JSON": (Row.of_body(b"", "application/json"), 400, "InvalidJson"),
    "no UTF-8": (Row.of_body(b'{"img": "\xff"}', "application/json"), 400, "InvalidJson"),
    "deep JSON": (Row.of_body(b'{"img": "x", "a": ' + b"[" * 50_000 + b"}", "application/json"), 400, "InvalidJson"),
    "no base64": (Row.of_json(img="!"), 400, "InvalidBase64"),
    "a lone surrogate": (Row.of_body(rb'{"img": "\ud800"}', "application/json"), 400, "InvalidBase64"),
    "no photo": (Row.of_json(strength=0.1), 400, "MissingImage"),
    "an empty photo": (Row.of_json(img=""), 400, "MissingImage"),
    "an empty body": (Row.of_body(b""), 400, "MissingImage"),
    "a form without fields": (Row.of_form(), 400, "MissingImage"),
    "an unknown option": (Row.of_json(img=IN_BASE64, blur=1), 400, "InvalidOption"),
    "a forged option": (Row.of_json(img=IN_BASE64, **{"a\r\nX-Evil: 1": 1}), 400, "InvalidOption"),
    "an unknown class": (Row.of_json(img=IN_BASE64, target="no such class"), 400, "InvalidOption"),
    "a deep option": (
        Row.of_form(("img", "", PHOTO), ("target", "application/json", b"[" * 900 + b"]" * 900)),
        400,
        "InvalidOption",
    ),
    "too many bytes": (Row.of_body(b"\xff\xd8\xff".ljust(48_000_001)), 413, "BodyTooLarge"),
    "too many pixels": (Row.of_body(png_header(3000, 3000) + png_chunk(b"IDAT", b"")), 413, "PhotoTooLarge"),
    "too long an answer": (Row.of_body(encoded(noise(300, 300), "PNG"), accept="image/png"), 413, "AnswerTooLarge"),
    "another format": (Row.of_body(b"%PDF-1.7"), 415, "UnsupportedFormat"),
    "a broken photo": (Row.of_body(OTHER_PHOTO[:3000]), 422, "UndecodablePhoto"),
}


@pytest.fixture
def small_answers(worker, monkeypatch):
    """A limit that only the answer that is too long exceeds."""
    limited = {**vars(worker.handler.settings), "max_answer_bytes": 200_000}
    monkeypatch.setattr(worker.handler, "settings", Settings(**limited))


@pytest.mark.parametrize("decoded_by", ["focal", "torchserve"])
@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.usefixtures("small_answers")
def test_each_error_is_the_contracts(worker, monkeypatch, name, decoded_by):
    monkeypatch.setenv("TS_DECODE_INPUT_REQUEST", "true" if decoded_by == "torchserve" else "false")
    row, code, kind = ERRORS[name]

    (reply,) = worker.answer(row)

    assert (reply.code, reply.headers["content-type"]) == (code, "application/json")
    assert list(reply.json) == ["code", "type", "message"]
    assert reply.json["code"] == code
    assert reply.json["type"] == kind
    assert reply.headers["X-Focal-Error"] == reply.body.decode()
    assert len(reply.body) < 500
    assert reply.phrase.isprintable()


@pytest.mark.usefixtures("small_answers")
def test_no_error_tells_of_the_inside(worker):
    messages = " ".join(
        reply.json.get("message", "") for reply in worker.answer(*[row for row, _, _ in ERRORS.values()])
    )

    assert not any(word in messages for word in ("Traceback", ".py", "PIL", "Pillow", "Error", "torch", "numpy"))


@pytest.mark.parametrize("decoded_by", ["focal", "torchserve"])
def test_a_form_part_that_calls_itself_a_number_is_not_taken_for_a_length(worker, monkeypatch, decoded_by):
    monkeypatch.setenv("TS_DECODE_INPUT_REQUEST", "true" if decoded_by == "torchserve" else "false")

    (reply,) = worker.answer(Row.of_form(("img", "application/json", b"99999999999")))

    assert (reply.code, reply.json["type"]) in [(400, "MissingImage"), (415, "UnsupportedFormat")]


def test_what_clients_send_is_never_logged(worker, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    secret = "SECRET\r\n[METRICS]forged"

    worker.answer(
        Row.of_body(b'{"img": "SECRET', "application/json"),
        Row.of_json(img=secret, **{secret: secret}),
        Row.of_json(img=IN_BASE64, target=secret),
        Row.of_form((secret, secret, secret.encode())),
        Row.of_body(PHOTO[:700] + b"SECRET", **{"accept": "SECRET", "describe": "SECRET"}),
    )

    assert "SECRET" not in caplog.text + "".join(capfd.readouterr())
    assert not any(record.levelno > logging.INFO for record in caplog.records)


# ---- batches


@pytest.mark.usefixtures("small_answers")
def test_bad_rows_leave_their_neighbours_answered(worker, calm):
    good, other = Row.of_body(PHOTO), Row.of_body(OTHER_PHOTO)
    bad = [row for row, _, _ in ERRORS.values()]
    (calm_other,) = worker.answer(other)

    replies = worker.answer(good, *bad, other, *bad, good)

    assert [reply.code for reply in replies[1 : len(bad) + 1]] == [code for _, code, _ in ERRORS.values()]
    assert [reply for reply in replies if reply.code == 200] == [calm, calm_other, calm]


def test_explanations_and_predictions_share_a_batch(worker, calm):
    replies = worker.answer(Row.of_body(PHOTO), Row.of_body(PHOTO, explain="True"), Row.of_body(PHOTO))

    assert replies[0] == replies[2] == calm
    explanations = replies[1].json["explanations"]
    assert [set(explanation) for explanation in explanations] == [
        {"class", "index", "probability", "maskConfidence", "saliency"}
    ] * 5
    assert explanations[0]["class"] == calm.json["class"]
    assert {opened(explanation["saliency"]).size for explanation in explanations} == {(160, 120)}


def test_a_row_is_finished_before_the_next_is_decoded(worker, calm, monkeypatch):
    order = []
    for step in ("decode_request", "encode_response"):
        work = getattr(service, step)

        def note(*rest, step=step, work=work, **named):
            order.append(step)
            return work(*rest, **named)

        monkeypatch.setattr(service, step, note)

    replies = worker.answer(*[Row.of_body(PHOTO)] * 3)

    assert replies == [calm] * 3
    assert order == ["decode_request", "encode_response"] * 3


@pytest.mark.parametrize("step", ["decode_request", "predict", "encode_response"])
def test_a_fault_inside_is_that_rows_alone_and_told_on_one_line(worker, calm, monkeypatch, caplog, step):
    work, calls = getattr(service, step), itertools.count(1)

    def fail_the_second_time(*arguments, **named):
        if next(calls) == 2:
            raise RuntimeError("a client's\r\nown words")
        return work(*arguments, **named)

    monkeypatch.setattr(service, step, fail_the_second_time)

    replies = worker.answer(Row.of_body(PHOTO), Row.of_body(OTHER_PHOTO), Row.of_body(PHOTO))

    assert [reply.code for reply in replies] == [200, 500, 200]
    assert replies[1].json["type"] == "InternalError"
    assert replies[0] == replies[2] == calm
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "RuntimeError in" in record.getMessage()
    assert "words" not in caplog.text
    assert "\n" not in record.getMessage()


def test_a_row_for_which_there_is_too_little_memory_may_be_sent_again_and_its_neighbours_are_answered(
    worker, calm, monkeypatch, caplog
):
    work, calls = service.predict, itertools.count(1)

    def lack_memory_the_second_time(*arguments, **named):
        if next(calls) == 2:
            np.empty(1 << 60, np.uint8)
        return work(*arguments, **named)

    monkeypatch.setattr(service, "predict", lack_memory_the_second_time)

    replies = worker.answer(Row.of_body(PHOTO), Row.of_body(OTHER_PHOTO), Row.of_body(PHOTO))

    assert [reply.code for reply in replies] == [200, 503, 200]
    assert replies[1].json["type"] == "Overloaded"
    assert replies[0] == replies[2] == calm
    assert "A request met too little memory: MemoryError in" in caplog.text


def test_a_photo_whose_client_has_given_up_is_not_worked_on(worker, calm, monkeypatch):
    monkeypatch.setattr(worker.handler.decoder, "decode", None)  # would fail

    (reply,) = worker.answer(Row.of_body(PHOTO, **{"X-Focal-Received": f"{time.time() - 61:.3f}"}))

    assert (reply.code, reply.json["type"]) == (504, "TimedOut")


def test_a_photo_that_waited_but_not_too_long_is_answered(worker, calm):
    assert worker.answer(Row.of_body(PHOTO, **{"X-Focal-Received": f"{time.time() - 30:.3f}"})) == [calm]


def test_a_decoder_that_dies_costs_no_answer(worker, calm):
    os.kill(worker.handler.decoder._process.pid, signal.SIGKILL)

    assert worker.answer(Row.of_body(PHOTO), Row.of_body(PHOTO)) == [calm, calm]


def test_a_photo_that_is_too_slow_to_decode_leaves_its_neighbours_answered(worker, calm, monkeypatch):
    monkeypatch.setattr("focal.settings.DECODE_PATIENCE", 1500)  # so that processor time ends it, on any machine
    impatient = Decoder(Settings(max_decode_s=0.04))
    monkeypatch.setattr(worker.handler, "decoder", impatient)
    slow = encoded(noise(4000, 3000), progressive=True)  # an ordinary photo, for which no machine needs so little

    replies = worker.answer(Row.of_body(slow), Row.of_body(PHOTO))
    impatient.close()

    assert [reply.code for reply in replies] == [422, 200]
    assert replies[1] == calm


# ---- what operators see


def test_each_row_is_measured_and_logged_under_its_clients_id(worker, caplog):
    caplog.set_level(logging.INFO)

    worker.answer(Row.of_body(PHOTO, **{"X-Request-Id": "my-request-1"}), Row.of_body(b"", **{"x-request-id": "a\nb"}))

    messages = [record.getMessage() for record in caplog.records]
    logged = [json.loads(message) for message in messages if message.startswith("{")]
    assert [(line["request_id"], line["outcome"]) for line in logged] == [
        ("my-request-1", "ok"),
        ("request-1", "MissingImage"),
    ]
    assert set(logged[0]["stages"]) == set(STAGES)
    measured = [message.split("|#hostname")[0] for message in messages if message.startswith("[METRICS]focal_")]
    assert measured[0] == "[METRICS]focal_batch_size.requests:2|#|#type:GAUGE"
    assert "[METRICS]focal_requests_total.requests:1|#outcome:ok|#type:COUNTER" in measured
    assert "[METRICS]focal_requests_total.requests:1|#outcome:MissingImage|#type:COUNTER" in measured
    assert "[METRICS]focal_photos_total.photos:1|#format:JPEG|#type:COUNTER" in measured


# ---- description and start


def test_the_description_tells_the_limits_and_the_memory_that_follows(worker):
    described = worker.handler.description()

    assert described["limits"] == {name: getattr(worker.handler.settings, name) for name in schema(Settings)}
    pixels = worker.handler.settings.max_pixels
    assert described["memoryBoundMb"] == {"worker": 700 + 24 * pixels // 10**6, "decoder": 180 + 18 * pixels // 10**6}


def test_a_worker_has_taken_a_photo_the_whole_way_before_a_client_sends_one(worker):
    assert "for_masks" in worker.made_at_start  # what the first mask makes of the model


def test_an_empty_row_with_torchserves_header_is_described(worker):
    description = worker.answer(Row((), {"describe": "True"}))[0].json

    assert description["backbone"] == "efficientnet_lite0"
    assert description["limits"]["max_megapixels"] == 4
    assert set(description["options"]) == set(schema(Options))


def test_the_description_tells_that_people_are_looked_for_and_by_which_files(worker):
    described = worker.handler.description()

    assert described["people"] == "auto"
    assert described["peopleWeightsSha256"] == {file.file_name: file.sha256 for file in PEOPLE_WEIGHTS}


@pytest.mark.parametrize("missing", ["in the archive", "by the setting"])
def test_a_worker_without_networks_that_find_people_answers_as_with_people_off_and_says_so(
    worker, tmp_path, lite0_weights, people_weights, caplog, missing
):
    by_setting = missing == "by the setting"
    settings = {"people": "off"} if by_setting else {}
    archive = unpacked_archive(tmp_path / "focal", lite0_weights, settings, people_weights if by_setting else None)
    with caplog.at_level(logging.WARNING, "focal_handler"):
        without = Worker(archive)
    warned = [record.message for record in caplog.records if "people" in record.message]

    assert without.handler.description()["people"] == "off"
    assert warned == (
        [] if by_setting else ["The archive has no networks that find people: people=auto does what people=off does."]
    )
    assert without.answer(Row.of_body(PHOTO)) == worker.answer(Row.of_json(img=IN_BASE64, people="off"))
    without.handler.decoder.close()


def test_a_clients_describe_header_is_ignored(worker, calm):
    assert worker.answer(Row.of_body(PHOTO, describe="True")) == [calm]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"max_side_px": 1}, "max_side_px must be a whole number from 64 to 16383"),
        ({"colour": "red"}, '"colour" is not known'),
        ({"device": "cuda"}, "device is cuda, but torch sees no GPU"),
    ],
)
def test_a_wrong_setting_stops_the_start(tmp_path, lite0_weights, settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        Worker(unpacked_archive(tmp_path / "focal", lite0_weights, settings))


def test_missing_weights_stop_the_start(tmp_path):
    with pytest.raises(ValueError, match=r"^weights\.pth cannot be read; build the archive again\.$"):
        Worker(unpacked_archive(tmp_path / "focal", tmp_path / "no such file"))
