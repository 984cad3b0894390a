"""The whole way of the data in process: five images of the photo's own size, targets, explanations, determinism."""

import base64
import io
import json
import time
from dataclasses import replace

import numpy as np
import pytest
import skimage.data
from focal import __version__, inspection, methods, pipeline
from focal.api import service
from focal.api.service import respond
from focal.blur.fallback import LOW_CONFIDENCE
from focal.errors import AnswerTooLarge, FocalError, InvalidOption, TimedOut
from focal.inspection import inspect
from focal.network.attribution import attribute
from focal.network.classifier import classify
from focal.network.saliency import forward_pass, guided_saliency, photo_sized_map
from focal.options import Options
from focal.photo.encode import encode_image
from focal.photo.icc import rgb_profile
from focal.photo.photo import Photo
from focal.photo.spaces import P3
from focal.settings import Settings
from focal.trace import STAGES, Trace
from PIL import Image

from tests.helpers.colour_oracle import by_profile, scanner_icc
from tests.helpers.in_process import InProcess

FIVE = ["blurredImage", "class", "maskImage", "probability", "unblurredMask"]


def encoded(pixels, image_format="PNG", **arguments):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, image_format, **arguments)
    return buffer.getvalue()


def ask(model, photo, settings=None, explain=False, accept="*/*", **options):
    settings = settings or Settings()
    row = {"body": {"img": base64.b64encode(photo).decode(), **options}}
    return take(row, {"Accept": accept}, model, settings, explains=explain)


def take(row, headers, model, settings, **more):
    return respond(row, headers, model, settings, decoder=InProcess(settings), **more)


def image(text):
    return Image.open(io.BytesIO(base64.b64decode(text)))


def test_the_answer_has_exactly_the_five_fields_and_images_of_the_photos_own_size(lite0):
    reply = ask(lite0, encoded(skimage.data.chelsea()))
    fields = json.loads(reply.body)
    assert sorted(fields) == FIVE
    assert fields["class"] == "tiger cat"
    assert 0 < fields["probability"] < 1
    images = {name: image(fields[name]) for name in ("blurredImage", "maskImage", "unblurredMask")}
    assert {i.size for i in images.values()} == {(451, 300)}
    assert {i.format for i in images.values()} == {"JPEG"}
    assert [i.mode for i in images.values()] == ["RGB", "L", "L"]


def test_the_composite_is_untouched_where_the_mask_is_white_and_blurred_where_it_is_black(lite0):
    pixels = skimage.data.chelsea()
    fields = json.loads(ask(lite0, encoded(pixels), format="png").body)
    blurred, alpha = np.asarray(image(fields["blurredImage"])), np.asarray(image(fields["maskImage"]))
    assert (alpha == 255).mean() > 0.1
    np.testing.assert_array_equal(blurred[alpha == 255], pixels[alpha == 255])
    assert (blurred[alpha == 0] != pixels[alpha == 0]).any()


def test_a_portrait_phone_photo_comes_back_upright(lite0):
    upright = skimage.data.chelsea().transpose(1, 0, 2)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to view
    lying = encoded(np.rot90(upright).copy(), "JPEG", exif=exif, quality=95)
    blurred = image(json.loads(ask(lite0, lying).body)["blurredImage"])
    assert blurred.size == (300, 451)
    assert not blurred.getexif()
    difference = np.asarray(blurred.resize((30, 45))).astype(int) - np.asarray(
        Image.fromarray(upright).resize((30, 45))
    )
    assert np.abs(difference).mean() < 12


def test_a_target_by_index_or_label_is_the_class_of_the_answer(lite0):
    for target in (285, "Egyptian cat"):
        assert json.loads(ask(lite0, encoded(skimage.data.chelsea()), target=target).body)["class"] == "Egyptian cat"


def test_a_target_that_is_no_class_is_refused_before_any_work(lite0):
    with pytest.raises(InvalidOption, match='Option target: no class is called "unicorn"; did you mean'):
        ask(lite0, encoded(skimage.data.chelsea()), target="unicorn")


@pytest.mark.parametrize(("accept", "kind"), [("image/jpeg", "JPEG"), ("image/png", "PNG"), ("image/webp", "WEBP")])
def test_with_accept_the_body_is_the_picture_itself_and_the_class_travels_in_headers(lite0, accept, kind):
    reply = ask(lite0, encoded(skimage.data.chelsea()), accept=accept)
    assert reply.content_type == accept
    assert Image.open(io.BytesIO(reply.body)).format == kind
    assert reply.headers["X-Focal-Class"] == "tiger cat"
    assert 0 < float(reply.headers["X-Focal-Probability"]) < 1


def test_an_explanation_gives_the_top_five_classes_with_their_saliency_maps(lite0):
    pixels = skimage.data.chelsea()
    explained = json.loads(ask(lite0, encoded(pixels), explain=True, format="png").body)["explanations"]
    assert [sorted(e) for e in explained] == [["class", "index", "maskConfidence", "probability", "saliency"]] * 5
    probabilities = classify(lite0, pixels)
    assert [e["index"] for e in explained] == list(np.argsort(-probabilities)[:5])
    assert [e["class"] for e in explained] == [lite0.backbone.labels[e["index"]] for e in explained]
    assert all(image(e["saliency"]).size == (451, 300) for e in explained)
    # An answer's own look may be in bfloat16, an explanation's never is.
    own = ask(lite0, encoded(pixels), format="png")
    shown, exact = (
        np.asarray(image(text), int) for text in (json.loads(own.body)["unblurredMask"], explained[0]["saliency"])
    )
    assert np.abs(shown - exact).mean() < 2
    assert explained[0]["maskConfidence"] == pytest.approx(float(own.headers["X-Focal-Mask-Confidence"]), abs=0.03)
    digits = [len(str(each["maskConfidence"]).partition(".")[2]) for each in explained]
    assert max(digits) == 3  # as in the header


def archive(model, pixels, **options):
    reply = ask(model, encoded(pixels), explain=True, output="npz", **options)
    assert reply.content_type == "application/zip"
    return np.load(io.BytesIO(reply.body))


@pytest.mark.parametrize("layer", ["input", "fine", "middle", "coarse"])
def test_an_archive_holds_the_numbers_of_the_maps_and_what_they_were_made_of(model, layer):
    pixels = skimage.data.chelsea()
    found = archive(model, pixels, k=2, layer=layer)
    expected = guided_saliency(model, found["view"], found["index"].tolist())
    for saliency, attribution in zip(expected, found["attribution"], strict=True):
        own = {"input": saliency.gradient} | dict(
            zip(("fine", "middle", "coarse"), (saliency.fine_gradient, *saliency.feature_gradients), strict=True)
        )
        np.testing.assert_array_equal(attribution, own[layer])
    assert found["attribution"].dtype == found["logits"].dtype == np.float32
    np.testing.assert_array_equal(found["logits"], expected[0].features.logits)
    np.testing.assert_array_equal(found["probability"], np.sort(classify(model, pixels))[::-1][:2])
    assert found["label"].tolist() == [model.backbone.labels[index] for index in found["index"]]
    assert (str(found["method"]), str(found["place"]), str(found["version"])) == (
        *("guided_backprop", layer),
        __version__,
    )


def test_the_classes_that_are_named_are_explained_in_their_order_and_by_the_method_that_is_asked_for(lite0):
    pixels = skimage.data.chelsea()
    found = archive(lite0, pixels, targets=["beagle", 282], method="gradient", mask="classic")
    assert found["index"].tolist() == [162, 282]
    assert np.isnan(found["mask_confidence"]).all()
    maps, logits = attribute(lite0, found["view"], [162, 282], "gradient")
    np.testing.assert_array_equal(found["attribution"], maps)
    np.testing.assert_array_equal(found["logits"], logits)
    explained = json.loads(
        ask(lite0, encoded(pixels), explain=True, target="beagle", method="gradient", output="png", mask="classic").body
    )["explanations"]
    assert [(each["class"], each["maskConfidence"]) for each in explained] == [("beagle", None)]
    shown = image(explained[0]["saliency"])
    assert shown.format == "PNG"
    np.testing.assert_array_equal(np.asarray(shown), photo_sized_map(maps[0], *pixels.shape[:2]))


def test_layercam_lies_on_the_cat(lite0):
    found = archive(lite0, skimage.data.chelsea(), k=1, method="layercam")
    heat = found["attribution"][0, 0]
    assert (heat >= 0).all()
    assert heat[1:-1, 2:-2].mean() > 2 * heat[:, [0, -1]].mean()


def test_the_same_explanation_gets_the_same_bytes(lite0):
    photo = encoded(skimage.data.coffee())
    first, second = (ask(lite0, photo, explain=True, output="npz", k=1).body for _ in range(2))
    assert first == second


def test_an_explanation_that_takes_too_long_is_ended(lite0):
    long_ago = {"X-Focal-Received": f"{time.time() - 61:.3f}"}
    row = {"body": {"img": base64.b64encode(encoded(skimage.data.coffee())).decode(), "method": "smoothgrad"}}
    with pytest.raises(TimedOut, match="The explanation took longer than the limit of 60 seconds"):
        take(row, long_ago, lite0, Settings(), explains=True)


def test_a_class_that_there_is_not_is_named_before_a_photo_is_decoded(lite0):
    with pytest.raises(InvalidOption, match='Option targets: no class is called "begle"; did you mean beagle'):
        ask(lite0, b"no photo", explain=True, targets=["begle"])


def test_an_archive_above_the_limit_is_refused(lite0):
    with pytest.raises(AnswerTooLarge):
        ask(lite0, encoded(skimage.data.coffee()), Settings(max_answer_bytes=100_000), explain=True, output="npz")


@pytest.mark.parametrize("mask", ["refined", "classic"])
def test_a_picture_is_the_same_alone_and_in_json_though_its_look_stops_short_of_the_input(model, mask):
    photo = encoded(skimage.data.chelsea())
    in_json = ask(model, photo, format="png", mask=mask)
    alone = ask(model, photo, accept="image/png", mask=mask)
    assert alone.body == base64.b64decode(json.loads(in_json.body)["blurredImage"])
    assert alone.headers.get("X-Focal-Mask-Confidence") == in_json.headers.get("X-Focal-Mask-Confidence")


def test_what_is_read_as_exact_is_looked_for_in_float32(lite0, monkeypatch):
    def looked_at(**request):
        seen.clear()
        ask(lite0, encoded(skimage.data.chelsea()), **request)
        return seen

    seen = []
    monkeypatch.setattr(
        inspection, "forward_pass", lambda model, *view, **way: seen.append(model) or forward_pass(model, *view, **way)
    )
    assert looked_at(explain=True) == [lite0]
    assert looked_at(mask="classic") == [lite0]
    assert looked_at() == [lite0.for_masks]


def test_the_classic_mask_has_no_confidence(lite0):
    photo = encoded(skimage.data.chelsea())
    explained = json.loads(ask(lite0, photo, explain=True, mask="classic").body)["explanations"]
    assert [each["maskConfidence"] for each in explained] == [None] * 5
    assert "X-Focal-Mask-Confidence" not in ask(lite0, photo, mask="classic").headers


def test_the_same_request_gets_the_same_bytes(model):
    photo = encoded(skimage.data.coffee())
    assert ask(model, photo).body == ask(model, photo).body


def test_an_answer_over_the_limit_is_refused(lite0):
    with pytest.raises(AnswerTooLarge, match="limit is 20000"):
        ask(lite0, encoded(skimage.data.chelsea()), settings=Settings(max_answer_bytes=20_000))


@pytest.mark.parametrize("size", [(1, 1), (2, 60), (200, 7)])
@pytest.mark.parametrize("mask", ["refined", "classic"])
def test_tiny_and_narrow_photos_are_served(model, size, mask):
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    fields = json.loads(ask(model, encoded(pixels), mask=mask, format="png").body)
    assert image(fields["blurredImage"]).size == size[::-1]


def test_a_flat_photo_is_served_and_stays_flat(model):
    fields = json.loads(ask(model, encoded(np.full((90, 120, 3), 130, np.uint8)), format="png").body)
    assert np.ptp(np.asarray(image(fields["blurredImage"])).astype(int)) <= 2


# ---- what else may be asked for


def test_a_cut_out_is_transparent_where_the_mask_is_black(lite0):
    fields = json.loads(ask(lite0, encoded(skimage.data.chelsea()), output="cutout").body)
    cut, mask = (image(fields[name]) for name in ("blurredImage", "maskImage"))
    assert (cut.format, cut.mode, mask.format) == ("PNG", "RGBA", "PNG")
    np.testing.assert_array_equal(np.asarray(cut)[..., 3], np.asarray(mask))


def test_a_cut_out_is_a_mask_by_its_transparency(lite0):
    photo = encoded(skimage.data.chelsea())
    cut = ask(lite0, photo, accept="image/webp", output="cutout", maxSide=300).body
    mask = ask(lite0, photo, accept="image/png", maskImage=in_base64(cut), maxSide=300, output="mask").body
    alpha, kept = (np.asarray(image.convert("RGBA"), int) for image in map(Image.open, map(io.BytesIO, (cut, mask))))
    assert np.abs(alpha[..., 3] - kept[..., 0]).mean() < 2  # made smaller, enlarged and made smaller again


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("image/png", "PNG"), ("image/webp", "WEBP"), ("image/*", "PNG"), ("image/jpeg, image/webp;q=0.5", "WEBP")],
)
def test_a_cut_out_itself_comes_in_a_format_that_can_be_transparent(lite0, accept, kind):
    reply = ask(lite0, encoded(skimage.data.chelsea()), accept=accept, output="cutout")
    shown = Image.open(io.BytesIO(reply.body))
    assert (shown.format, shown.mode) == (kind, "RGBA")
    assert "X-Focal-Fallback" not in reply.headers


def test_a_transparent_jpeg_is_refused_and_one_with_a_background_is_not(lite0):
    photo = encoded(skimage.data.chelsea())
    with pytest.raises(InvalidOption, match="A JPEG cannot be transparent"):
        ask(lite0, photo, accept="image/jpeg", output="cutout")
    reply = ask(lite0, photo, accept="image/jpeg", output="cutout", background="#0000ff", quality=100)
    corner = np.asarray(Image.open(io.BytesIO(reply.body)))[0, -1]
    np.testing.assert_allclose(corner, (0, 0, 255), atol=3)


def test_a_background_is_the_colour_of_srgb_in_the_photos_own_profile(lite0):
    profile = rgb_profile(P3)
    photo = encoded(skimage.data.chelsea(), icc_profile=profile)
    shown = Image.open(io.BytesIO(ask(lite0, photo, accept="image/png", output="cutout", background="#f00").body))
    red, green, blue = np.asarray(shown.convert("RGB"))[0, -1]
    assert shown.info["icc_profile"] == profile
    assert (red, green, blue) == pytest.approx((234, 51, 35), abs=2)  # red of sRGB in Display P3


def test_a_background_is_near_that_colour_in_a_profile_that_only_says_how_its_colours_look(lite0):
    photo = encoded(skimage.data.chelsea(), icc_profile=scanner_icc())
    shown = Image.open(io.BytesIO(ask(lite0, photo, accept="image/png", output="cutout", background="#12a0f0").body))
    assert shown.info["icc_profile"] == scanner_icc()
    corner = np.asarray(shown.convert("RGB"))[:1, -1:]
    np.testing.assert_allclose(by_profile(corner, "RGB", scanner_icc())[0, 0], (0x12, 0xA0, 0xF0), atol=6)


def test_the_mask_as_output_is_the_mask_in_place_of_the_picture(lite0):
    photo = encoded(skimage.data.chelsea())
    fields = json.loads(ask(lite0, photo, output="mask", format="png").body)
    assert fields["blurredImage"] == fields["maskImage"]
    alone = ask(lite0, photo, output="mask", accept="image/png")
    assert alone.body == base64.b64decode(fields["maskImage"])


def test_max_side_reduces_the_images_and_changes_neither_class_nor_what_is_kept(lite0):
    photo = encoded(skimage.data.chelsea())
    whole, small = (json.loads(ask(lite0, photo, format="png", **more).body) for more in ({}, {"maxSide": 100}))
    assert {image(small[name]).size for name in ("blurredImage", "maskImage", "unblurredMask")} == {(100, 67)}
    assert (small["class"], small["probability"]) == (whole["class"], whole["probability"])
    reduced = np.asarray(image(whole["maskImage"]).resize((100, 67), Image.Resampling.BOX), float)
    assert np.abs(reduced - np.asarray(image(small["maskImage"]))).mean() < 6


def test_a_photo_is_never_enlarged(lite0):
    photo = encoded(skimage.data.chelsea())
    assert ask(lite0, photo, maxSide=16383).body == ask(lite0, photo).body


def test_max_side_holds_with_a_mask_of_ones_own_and_for_explanations(lite0):
    mask = in_base64(encoded(np.full((300, 451), 255, np.uint8)))
    fields = json.loads(ask(lite0, encoded(skimage.data.chelsea()), maskImage=mask, maxSide=90).body)
    explained = json.loads(ask(lite0, encoded(skimage.data.chelsea()), explain=True, maxSide=90).body)
    assert image(fields["blurredImage"]).size == image(fields["maskImage"]).size == (90, 60)
    assert image(explained["explanations"][0]["saliency"]).size == (90, 60)


def test_a_json_answer_has_the_fields_that_were_asked_for_in_their_order(lite0):
    photo = encoded(skimage.data.chelsea())
    whole = json.loads(ask(lite0, photo, format="png").body)
    for asked in (["blurredImage", "class"], "unblurredMask", "probability, class", ["maskImage"], FIVE):
        names = asked.replace(" ", "").split(",") if isinstance(asked, str) else asked
        some = json.loads(ask(lite0, photo, format="png", fields=asked).body)
        assert some == {name: value for name, value in whole.items() if name in names}
        assert list(some) == [name for name in whole if name in names]


def test_what_is_not_asked_for_is_neither_computed_nor_encoded(lite0, monkeypatch):
    def steps_for(*fields):
        done.clear()
        ask(lite0, encoded(skimage.data.chelsea()), fields=list(fields))
        return sorted(done)

    done = []
    watched = {"classify": inspection, "forward_pass": inspection, "photo_sized_map": pipeline, "blur": methods.Refined}
    for name, module in watched.items():
        monkeypatch.setattr(module, name, noted(name, getattr(module, name), done))
    monkeypatch.setattr(service, "encode_image", noted("encode", encode_image, done))

    assert steps_for("class", "probability") == ["classify"]
    assert steps_for("maskImage") == ["classify", "encode", "forward_pass"]
    assert steps_for("class", "blurredImage") == ["blur", "classify", "encode", "forward_pass"]
    assert steps_for("class", "unblurredMask").count("encode") == 1
    assert "blur" not in steps_for("class", "unblurredMask")


def test_without_the_saliency_map_the_backward_pass_ends_before_the_input(lite0, monkeypatch):
    ways = []

    def watched(*arguments, **way):
        ways.append(way["to_input"])
        return forward_pass(*arguments, **way)

    monkeypatch.setattr(inspection, "forward_pass", watched)
    for fields in ("blurredImage", "unblurredMask"):
        ask(lite0, encoded(skimage.data.chelsea()), fields=fields)
    assert ways == [False, True]


def noted(name, step, done):
    def noting(*arguments, **more):
        done.append(name)
        return step(*arguments, **more)

    return noting


@pytest.mark.parametrize("fields", [[], "", "picture", ["class", 7], {}, "class,"])
def test_what_are_no_fields_of_an_answer_is_refused(lite0, fields):
    with pytest.raises(InvalidOption, match=r"^fields must be one or more of class, probability, blurredImage"):
        ask(lite0, encoded(skimage.data.chelsea()), fields=fields)


def test_fields_of_a_picture_or_an_explanation_are_refused(lite0):
    with pytest.raises(InvalidOption, match="fields are of a JSON answer, but Accept asks for image/png"):
        ask(lite0, encoded(skimage.data.chelsea()), fields="class", accept="image/png")
    with pytest.raises(InvalidOption, match="leave out fields"):
        ask(lite0, encoded(skimage.data.chelsea()), fields="class", explain=True)


# ---- the client's own mask


def in_base64(data):
    return base64.b64encode(data).decode()


def test_an_answers_mask_sent_back_gives_the_same_picture_without_inference(lite0, monkeypatch):
    photo = encoded(skimage.data.chelsea())
    first = json.loads(ask(lite0, photo, format="png", fallback="never").body)
    monkeypatch.setattr(lite0.network, "forward", None)
    sent = {name: first[name] for name in ("maskImage", "class", "probability")}

    again = json.loads(ask(lite0, photo, format="png", **sent).body)

    assert again == first | {"unblurredMask": None}


def test_without_what_is_known_class_and_probability_are_null(lite0):
    mask = in_base64(encoded(np.full((300, 451), 255, np.uint8)))

    fields = json.loads(ask(lite0, encoded(skimage.data.chelsea()), maskImage=mask, format="png").body)

    assert sorted(fields) == FIVE
    assert (fields["class"], fields["probability"], fields["unblurredMask"]) == (None, None, None)
    np.testing.assert_array_equal(np.asarray(image(fields["blurredImage"])), skimage.data.chelsea())


def test_the_picture_itself_comes_with_what_is_known_only(lite0):
    mask = in_base64(encoded(np.zeros((300, 451), np.uint8)))

    reply = ask(lite0, encoded(skimage.data.chelsea()), accept="image/png", maskImage=mask, **{"class": "tabby"})

    assert reply.headers == {"X-Focal-Class": "tabby", "X-Focal-Depth": "flat"}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"maskImage": "!"}, '"maskImage" is not base64'),
        ({"maskImage": 7}, '"maskImage" must be a string of base64'),
        ({"maskImage": ""}, "maskImage: The image file is empty"),
        ({"maskImage": in_base64(b"GIF89a broken")}, "maskImage: The photo is damaged"),
        ({"maskImage": in_base64(encoded(np.zeros((300, 300), np.uint8)))}, "another shape"),
        ({"class": "tabby"}, "class can only be sent along with maskImage"),
        ({"class": "tabby", "probability": 1}, "class and probability can only be sent along with maskImage"),
        ({"maskImage": "", "class": "unicorn"}, "class must be a class label"),
        ({"maskImage": "", "class": ["tabby"]}, "class must be a class label"),
        ({"maskImage": "", "probability": 1.5}, "probability must be a number from 0 to 1"),
        ({"maskImage": "", "target": 3}, "takes the place of mask, target and points"),
        ({"maskImage": in_base64(encoded(np.zeros((300, 451), np.uint8))), "point": [0, 0]}, "but no depth is known"),
        ({"maskImage": "", "points": [[0, 0]]}, "takes the place of mask, target and points"),
        ({"maskImage": "", "mask": "classic"}, "takes the place of mask, target and points"),
        ({"maskImage": "", "mask": "refined"}, "takes the place of mask, target and points"),
    ],
)
def test_a_mask_that_cannot_be_used_is_refused(lite0, fields, sentence):
    with pytest.raises(FocalError, match=sentence):
        ask(lite0, encoded(skimage.data.chelsea()), **fields)


def test_an_explanation_takes_no_mask(lite0):
    with pytest.raises(InvalidOption, match="takes no maskImage"):
        ask(lite0, encoded(skimage.data.chelsea()), explain=True, maskImage="")


# ---- the fallback, and the trace


def test_a_gentle_blur_changes_the_picture_less_and_says_so(lite0):
    photo, original = encoded(skimage.data.chelsea()), skimage.data.chelsea().astype(int)
    full, gentle = (ask(lite0, photo, format="png", fallback=word) for word in ("never", "always"))

    changes = [np.abs(np.asarray(image(json.loads(a.body)["blurredImage"])) - original).mean() for a in (full, gentle)]

    assert changes[1] < 0.7 * changes[0]
    assert json.loads(full.body)["maskImage"] == json.loads(gentle.body)["maskImage"]
    assert "X-Focal-Fallback" not in full.headers
    assert gentle.headers["X-Focal-Fallback"] == "gentle"


def test_the_trace_tells_of_every_stage_and_of_the_photo(lite0):
    trace = Trace()
    row = {"body": {"img": in_base64(encoded(skimage.data.chelsea()))}}

    take(row, {}, lite0, Settings(), trace=trace)

    assert set(trace.seconds) == set(STAGES)
    assert (trace.source_format, trace.megapixels, trace.label) == ("PNG", 451 * 300 / 1e6, "tiger cat")
    assert 0 < trace.probability < 1
    assert 0 < trace.foreground < 1
    assert 0 < trace.confidence < 1
    assert trace.fallback == (trace.confidence < LOW_CONFIDENCE)


def people_in(model, pixels, **options):
    """The people that are found in a photo; None if they are not looked for."""
    return inspect(Photo(pixels, None, "PNG"), Options(**options), model, wants_saliency=False).people


def test_people_are_looked_for_unless_the_request_says_no(lite0):
    assert len(people_in(lite0, skimage.data.astronaut()).faces) == 1
    assert people_in(lite0, skimage.data.astronaut(), people="off") is None


def test_nobody_is_looked_for_where_the_mask_needs_no_people(lite0):
    trace, white = Trace(), in_base64(encoded(np.full((512, 512), 255, np.uint8)))
    row = {"body": {"img": in_base64(encoded(skimage.data.astronaut())), "maskImage": white}}

    take(row, {}, lite0, Settings(), trace=trace)

    assert people_in(lite0, skimage.data.astronaut(), mask="classic") is None
    assert "people" not in trace.seconds


def test_a_model_without_networks_for_people_answers_auto_as_off(lite0):
    without, photo = replace(lite0, people=None), encoded(skimage.data.astronaut())

    assert ask(without, photo).body == ask(lite0, photo, people="off").body


def test_a_header_says_how_many_people_a_photo_is_taken_to_show(lite0):
    one = skimage.data.astronaut()
    photos = {"1": one, "2": np.hstack([one, one[:, ::-1]]), "0": skimage.data.chelsea()}

    assert {ask(lite0, encoded(photo)).headers["X-Focal-People"]: photo.shape for photo in photos.values()} == {
        count: photo.shape for count, photo in photos.items()
    }


@pytest.mark.parametrize("options", [{"people": "off"}, {"mask": "classic"}])
def test_who_looks_for_no_people_counts_none(lite0, options):
    assert "X-Focal-People" not in ask(lite0, encoded(skimage.data.astronaut()), **options).headers


def test_an_explanation_looks_for_people_unless_told_not_to(lite0):
    def confidences(model, **options):
        reply = ask(model, encoded(skimage.data.astronaut()), explain=True, **options)
        return [each["maskConfidence"] for each in json.loads(reply.body)["explanations"]]

    alone = confidences(lite0, people="off")

    assert alone == confidences(replace(lite0, people=None))
    assert alone != confidences(lite0)
