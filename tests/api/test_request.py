"""Every body of the wire contract is parsed, and nothing else."""

import base64
import json
import re
import tracemalloc

import pytest
from focal.api.accept import wanted_picture
from focal.api.base64_text import decode_base64
from focal.api.parts import PHOTO_FIELDS
from focal.api.request import parse_request
from focal.api.time_limit import refuse_late, taken_s, wait_limit
from focal.declarations import declarations
from focal.errors import FocalError, InvalidBase64, InvalidForm, InvalidJson, InvalidOption, MissingImage, TimedOut
from focal.option_values import Click
from focal.options import SLOW_METHODS, ExplanationOptions, Options
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.forms import FORM_TYPE, form, part

PHOTO = b"\xff\xd8\xff\xe0 the rest of a photo"
OTHER_PHOTO = b"\xff\xd8\xff\xe1 the rest of another"
IN_BASE64 = base64.b64encode(PHOTO).decode()
OTHERS = ("maskImage", "depthImage", "class", "probability", "image", "file", "data")
AS_JSON = {"Content-Type": "application/json"}


def parse_json(text: str | bytes, **more):
    return parse_request({"body": bytearray(text.encode() if isinstance(text, str) else text)}, AS_JSON, **more)


# ---- the three kinds of body


def test_a_json_body_holds_photo_and_options():
    request = parse_json(json.dumps({"img": IN_BASE64, "strength": 0.1}))

    assert (request.photo, request.options, request.picture_format) == (PHOTO, Options(strength=0.1), None)


EVERYTHING = (*declarations(Options), "fields", "maskImage", "depthImage", "class", "probability")


def test_what_is_null_in_json_counts_as_not_sent():
    for explains, names in ((False, EVERYTHING), (True, (*EVERYTHING, *declarations(ExplanationOptions)))):
        of_null = parse_json(json.dumps({"img": IN_BASE64} | dict.fromkeys(names)), explains=explains)

        assert of_null == parse_json(json.dumps({"img": IN_BASE64}), explains=explains)


def test_a_point_whose_keep_is_null_is_kept():
    request = parse_json(json.dumps({"img": IN_BASE64, "points": [{"x": 0.5, "y": 0.5, "keep": None}]}))

    assert request.options.points == (Click(0.5, 0.5, True),)


def test_an_unknown_name_is_refused_even_if_it_is_null():
    with pytest.raises(InvalidOption, match='"strenght" is not known; did you mean strength'):
        parse_json(json.dumps({"img": IN_BASE64, "strenght": None}))


OF_EXPLANATIONS = declarations(ExplanationOptions).keys() - declarations(Options).keys()


@pytest.mark.parametrize(
    ("name", "explains"),
    [(name, explains) for name in PHOTO_FIELDS[1:] for explains in (False, True)]
    + [(name, False) for name in sorted(OF_EXPLANATIONS)],
)
def test_what_json_does_not_take_is_refused_as_null_and_as_any_other_value(name, explains):
    said = []
    for value in (None, "x"):
        with pytest.raises(InvalidOption, match=name) as refused:
            parse_json(json.dumps({"img": IN_BASE64, name: value}), explains=explains)
        said.append(refused.value.message)

    assert said[0] == said[1]


def test_a_json_body_that_torchserve_decoded_is_the_same():
    assert parse_request({"body": {"img": IN_BASE64}}, AS_JSON) == parse_json(json.dumps({"img": IN_BASE64}))


@pytest.mark.parametrize("content_type", ["application/octet-stream", "text/plain", "", "application/vnd.focal+json"])
def test_a_body_that_opens_an_object_is_json_whatever_it_is_called(content_type):
    body = bytearray(b' \r\n{"img": "' + IN_BASE64.encode() + b'"}')

    assert parse_request({"body": body}, {"content-type": content_type}).photo == PHOTO


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_json_may_be_of_any_unicode_encoding(encoding):
    assert parse_json(json.dumps({"img": IN_BASE64}).encode(encoding)).photo == PHOTO


@pytest.mark.parametrize("content_type", ["image/jpeg", "application/octet-stream", "application/json", "text/plain"])
def test_a_body_that_opens_as_an_image_is_the_photo_whatever_it_is_called(content_type):
    assert parse_request({"body": bytearray(PHOTO)}, {"content-type": content_type}).photo == PHOTO


def test_text_is_taken_for_the_photo_and_refused_later():
    assert parse_request({"body": "hello"}, {"content-type": "text/plain"}).photo == b"hello"


def test_an_empty_body_holds_no_photo():
    with pytest.raises(MissingImage, match=r"^The request holds no photo; send .* as application/json, the image"):
        parse_request({"body": bytearray()}, {})


@pytest.mark.parametrize("field", ["img", "image", "file", "data"])
def test_a_form_holds_the_photo_under_four_names(field):
    assert parse_request({field: bytearray(PHOTO)}, {}).photo == PHOTO


def test_a_form_holds_options_as_text():
    row = {"img": bytearray(PHOTO), "strength": bytearray(b"0.1"), "quality": "50", "target": bytearray(b"tabby")}

    assert parse_request(row, {}).options == Options(strength=0.1, quality=50, target="tabby")


def test_a_form_field_named_as_torchserve_names_a_body_does_not_hide_the_photo():
    with pytest.raises(InvalidOption, match='"body" is not known'):
        parse_request({"img": bytearray(PHOTO), "body": bytearray(b"x")}, {})


# ---- forms as the gateway hands them on: whole


def parse_form(*parts: bytes, **headers: str):
    return parse_request(
        {"body": bytearray(form(*parts))},
        {"Content-Type": "application/octet-stream", "X-Focal-Content-Type": FORM_TYPE, **headers},
    )


def photo_part(name: str = "img", data: bytes = PHOTO) -> bytes:
    return part(name, data, filename="photo.jpg", content_type="image/jpeg")


def test_a_whole_form_is_parsed_here():
    request = parse_form(photo_part(), part("strength", b"0.1"), part("point", b"0.5,0.25"))

    assert (request.photo, request.options) == (PHOTO, Options(strength=0.1, point=(0.5, 0.25)))


def test_a_form_and_the_fields_that_torchserve_made_of_it_are_the_same_request():
    whole = parse_form(photo_part("file"), part("target", b"tabby"), part("quality", b"50"))

    assert parse_request({"file": bytearray(PHOTO), "target": bytearray(b"tabby"), "quality": "50"}, {}) == whole


@pytest.mark.parametrize("name", ["img", "file"])
def test_two_files_in_one_field_are_refused(name):
    with pytest.raises(InvalidForm, match=rf'The form has "{name}" 2 times; send it once'):
        parse_form(photo_part(name), photo_part(name, OTHER_PHOTO))


def test_two_masks_in_one_field_are_refused():
    with pytest.raises(InvalidForm, match='"maskImage" 2 times'):
        parse_form(photo_part(), photo_part("maskImage"), photo_part("maskImage"))


@pytest.mark.parametrize("values", [("9", "0"), ("0.1", "0.1")])
def test_two_values_in_one_field_are_refused_even_if_they_are_the_same(values):
    with pytest.raises(InvalidForm, match='"strength" 2 times'):
        parse_form(photo_part(), *(part("strength", value.encode()) for value in values))


@pytest.mark.parametrize("name", [*declarations(Options), *OTHERS])
def test_a_field_that_a_page_left_empty_was_not_sent(name):
    alone = parse_form(photo_part())

    assert parse_form(photo_part(), part(name, b"")) == alone
    assert parse_form(part(name, b"", filename="", content_type="application/octet-stream"), photo_part()) == alone


def test_an_empty_field_does_not_count_beside_a_full_one_of_its_name():
    assert parse_form(part("img", b"", filename=""), photo_part(), part("target", b""), part("target", b"7")) == (
        parse_form(photo_part(), part("target", b"7"))
    )


@pytest.mark.parametrize("name", ["img", "file", "maskImage"])
def test_a_files_name_in_place_of_the_file_is_called_so(name):
    parts = [part(name, b"holiday/photo 1.jpg"), *([photo_part()] if name == "maskImage" else [])]
    sentence = f'"{name}" of the form is the text "holiday/photo 1.jpg", not the file; with curl, write {name}=@FILE.'

    with pytest.raises(MissingImage, match=f"^{re.escape(sentence)}$"):
        parse_form(*parts)


def test_an_empty_field_of_an_unknown_name_is_refused_as_a_full_one():
    with pytest.raises(InvalidOption, match='"send" is not known'):
        parse_form(photo_part(), part("send", b""))


@pytest.mark.parametrize("name", ["img", "maskImage", "depthImage", "strength"])
def test_a_file_of_a_form_that_is_empty_is_named_and_not_taken_for_none(name):
    empty = part(name, b"", filename="mask.png", content_type="image/png")
    with pytest.raises(
        MissingImage, match=f'^The file in "{name}" of the form is empty; send an image, or leave it out'
    ):
        parse_form(*([] if name == "img" else [photo_part()]), empty)


def test_a_form_whose_photo_was_left_empty_holds_none():
    with pytest.raises(MissingImage, match="holds no photo"):
        parse_form(part("img", b"", filename="", content_type="application/octet-stream"), part("strength", b"0.1"))


def test_a_photo_that_is_called_a_form_is_the_photo():
    headers = {"X-Focal-Content-Type": FORM_TYPE}

    assert parse_request({"body": bytearray(PHOTO)}, headers).photo == PHOTO


def test_json_that_is_called_an_urlencoded_form_is_json():
    body = bytearray(f'  {{"img": "{IN_BASE64}"}}'.encode())

    assert parse_request({"body": body}, {"X-Focal-Content-Type": "application/x-www-form-urlencoded"}).photo == PHOTO


def test_a_photo_that_curl_has_taken_its_line_breaks_from_is_called_so():
    headers = {"X-Focal-Content-Type": "application/x-www-form-urlencoded"}
    whole = PHOTO + bytes(range(256)) * 20
    assert parse_request({"body": whole}, headers).photo == whole
    with pytest.raises(InvalidForm, match="lost bytes, as a file does that curl sends with -d; use --data-binary"):
        parse_request({"body": whole.replace(b"\n", b"").replace(b"\r", b"")}, headers)


def test_an_urlencoded_form_is_told_that_it_holds_no_files():
    headers = {"X-Focal-Content-Type": "application/x-www-form-urlencoded"}

    with pytest.raises(InvalidForm, match=r"is an urlencoded form, which holds no files; send .* a form with the file"):
        parse_request({"body": bytearray(f"img={IN_BASE64}&strength=0.05".encode())}, headers)


# ---- a map of depth


def with_depth(**fields):
    return json.dumps({"img": IN_BASE64, "depthImage": base64.b64encode(b"a map").decode(), **fields})


def test_a_map_of_depth_comes_in_json_and_in_a_form():
    expected = Options(mask="none", depthNear="black", focus=0.5)

    in_json = parse_json(with_depth(mask="none", depthNear="black", focus=0.5))
    in_form = parse_form(photo_part(), photo_part("depthImage", b"a map"), part("mask", b"none"),
                         part("depthNear", b"black"), part("focus", b"0.5"))  # fmt: skip

    assert (in_json.depth, in_json.options) == (in_form.depth, in_form.options) == (b"a map", expected)


def test_options_of_depth_may_stand_in_the_address():
    body = with_depth().encode()
    options = parse_with_query("mask=none&depthNear=black&focus=0.5", body, **AS_JSON).options

    assert options == Options(mask="none", depthNear="black", focus=0.5)


@pytest.mark.parametrize("fields", [{"mask": "classic"}, {"depth": "flat"}])
def test_a_map_of_depth_that_would_have_no_effect_is_refused(fields):
    with pytest.raises(InvalidOption, match="depthImage has no effect"):
        parse_json(with_depth(**fields))


def test_what_is_near_is_told_of_a_map_only():
    with pytest.raises(InvalidOption, match="depthNear says how depthImage is meant"):
        parse_json(json.dumps({"img": IN_BASE64, "depthNear": "white"}))


@pytest.mark.parametrize("sent", ["!", 7, {}])
def test_a_map_that_is_not_base64_is_refused_by_its_name(sent):
    with pytest.raises(InvalidBase64, match=r'^"depthImage"'):
        parse_json(with_depth(depthImage=sent))


def test_two_maps_in_one_field_are_refused():
    with pytest.raises(InvalidForm, match='"depthImage" 2 times'):
        parse_form(photo_part(), photo_part("depthImage"), photo_part("depthImage"))


def test_with_a_mask_a_point_says_what_is_in_focus():
    mask = base64.b64encode(b"a mask").decode()

    assert parse_json(with_depth(maskImage=mask, point=[0.5, 0.5])).mask.image == b"a mask"
    without_map = json.dumps({"img": IN_BASE64, "maskImage": mask, "point": [0.5, 0.5]})
    assert parse_json(without_map).options.point == (0.5, 0.5)
    with pytest.raises(InvalidOption, match="takes the place of mask, target and points"):
        parse_json(with_depth(maskImage=mask, mask="none"))


@pytest.mark.parametrize("fields", [{}, {"mask": "none"}])
def test_an_explanation_takes_no_depth(fields):
    with pytest.raises(InvalidOption, match="An explanation"):
        parse_json(with_depth(**fields), explains=True)


# ---- options in the address


def parse_with_query(query: str, body: bytes = PHOTO, **headers: str):
    return parse_request({"body": bytearray(body)}, {"X-Focal-Query": query, **headers})


def test_the_options_of_a_raw_upload_stand_in_its_address():
    request = parse_with_query("strength=0.06&format=png&point=0.5%2C0.25&target=tiger+cat")

    expected = Options(strength=0.06, format="png", point=(0.5, 0.25), target="tiger cat")
    assert (request.photo, request.options) == (PHOTO, expected)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("strength=99", "Option strength must be a number from 0 to 0.15."),
        ("strength=0.06&nonsense=1", 'Option "nonsense" is not known'),
        ("nonsense", 'Option "nonsense" is not known'),
        ("Strength=0.06", 'Option "Strength" is not known'),
        ("fieldz=class", 'Option "fieldz" is not known; did you mean fields?'),
        ("maskimage=x", 'Option "maskimage" is not known; did you mean maskImage'),
        ("nonsense", "maxSide, fields, maskImage, depthImage, class, probability."),
        ("img=x", "img cannot be in the address; send it in the body."),
        ("maskImage=x", "maskImage cannot be in the address"),
        ("class=tabby", "class cannot be in the address"),
        ("strength=0.1&strength=0.1", 'The address has "strength" 2 times; send it once.'),
        ("target=%ff", "The address's query cannot be read"),
        ("&".join(f"a{n}=1" for n in range(70)), "The address's query cannot be read"),
        ("strength=0.06;format=png", "Option strength must be a number"),
        ("mask=classic&point=0,0", "point cannot steer the classic mask"),
    ],
)
def test_an_option_in_the_address_is_validated_like_any_other(query, words):
    with pytest.raises(InvalidOption, match=re.escape(words)):
        parse_with_query(query)


@pytest.mark.parametrize("query", ["", "&", "strength=", "strength=&target=&point", "format=&format="])
def test_an_option_left_empty_in_the_address_was_not_sent(query):
    assert parse_with_query(query) == parse_with_query("")


@pytest.mark.parametrize("query", ["strength=0.06", "mask=classic"])
def test_options_in_the_address_count_for_json_and_forms_too(query):
    in_address = {"X-Focal-Query": query}
    as_json = parse_request({"body": bytearray(f'{{"img": "{IN_BASE64}"}}'.encode())}, AS_JSON | in_address)

    assert as_json == parse_form(photo_part(), **in_address) == parse_with_query(query)


def test_an_option_in_body_and_address_is_refused_even_if_they_agree():
    for parse in (
        lambda: parse_request({"body": {"img": IN_BASE64, "strength": 0.06}}, {"X-Focal-Query": "strength=0.06"}),
        lambda: parse_form(photo_part(), part("strength", b"0.06"), **{"X-Focal-Query": "strength=0.06"}),
    ):
        with pytest.raises(InvalidOption, match='Option "strength" is in the body and in the address; send it once'):
            parse()


# ---- what would not count


def test_the_format_that_a_client_names_is_the_pictures_where_accept_takes_it():
    assert parse_with_query("format=png", Accept="image/*").picture_format == "png"
    assert parse_with_query("format=webp", Accept="image/jpeg, image/webp;q=0.2").picture_format == "webp"
    assert parse_with_query("", Accept="image/*").picture_format == "jpeg"


def test_a_format_that_accept_does_not_take_is_refused():
    with pytest.raises(InvalidOption, match="format is png, but Accept asks for image/jpeg; leave out one"):
        parse_with_query("format=png", Accept="image/jpeg")


def test_an_explanation_takes_what_counts_for_it():
    request = explanation_with("mask=refined&people=off&point=0,0&format=png&quality=50&k=3&method=guided_backprop")
    assert (request.options.format, request.options.quality, request.options.point) == ("png", 50, (0.0, 0.0))
    assert request.explanation == ExplanationOptions(k=3)


def explanation_with(query):
    return parse_request({"body": b"\xff\xd8\xff a photo"}, {"x-focal-query": query}, explains=True)


@pytest.mark.parametrize("query", ["strength=0.04", "bokeh=lens", "fallback=auto", "fields=class", "background=fff"])
def test_an_explanation_refuses_what_it_would_not_use(query):
    with pytest.raises(InvalidOption, match=f"layer, samples, output only; leave out {query.split('=')[0]}"):
        explanation_with(query)


def test_an_explanation_names_its_classes_and_says_how_they_are_explained():
    request = explanation_with('targets=["tabby",282]&method=layercam&layer=middle&output=npz')
    expected = ExplanationOptions(targets=("tabby", 282), method="layercam", layer="middle", output="npz")
    assert request.explanation == expected
    assert request.explanation.classes == ("tabby", 282)
    assert explanation_with("target=281").explanation.classes == (281,)
    assert explanation_with("output=png").options.format == "png"
    form = {"img": b"\xff\xd8\xff a photo", "targets": b"[1, 2]", "k": "", "output": b"png"}
    assert parse_request(form, {}, explains=True).explanation.classes == (1, 2)


@pytest.mark.parametrize("method", SLOW_METHODS)
def test_a_method_of_many_passes_explains_one_class_a_request_unless_told_otherwise(method):
    assert ExplanationOptions(method=method).count == 1
    assert ExplanationOptions(method=method, targets=(1, 2)).count == 2  # from Python, where nobody else waits
    assert explanation_with(f"method={method}&target=281").explanation.classes == (281,)
    assert explanation_with("method=gradient").explanation.count == 5


@pytest.mark.parametrize("method", SLOW_METHODS)
@pytest.mark.parametrize(("classes", "samples"), [(1, 50), (2, 25), (5, 10), (10, 5)])
def test_a_list_of_classes_shares_the_gradients_of_one_request(method, classes, samples):
    targets = json.dumps(list(range(classes)))
    for said in ("", f"&samples={samples}"):
        explanation = explanation_with(f"method={method}&targets={targets}{said}").explanation
        assert (explanation.count, explanation.gradients) == (classes, samples)


def test_a_list_of_three_classes_takes_no_more_gradients_than_a_request_may():
    assert explanation_with("method=smoothgrad&targets=[1,2,3]").explanation.gradients == 16
    assert explanation_with("method=gradient&targets=[1,2,3]").explanation.samples is None


def test_layercam_is_of_the_coarse_layer_unless_told_otherwise_and_the_others_of_the_input():
    assert ExplanationOptions(method="layercam").place == "coarse"
    assert ExplanationOptions(method="gradient").place == "input"
    assert ExplanationOptions(layer="fine").place == "fine"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("target=1&targets=[2]", "target is in targets already"),
        ("targets=[1]&k=3", "k cannot steer classes that are named"),
        (
            "targets=1,2",
            r'targets must be a list of 1 to 10 classes, each an index or a label, such as \["tabby", 282\]',
        ),
        (f"targets={list(range(11))}".replace(" ", ""), "targets must be a list of 1 to 10 classes"),
        ("targets=[1,true]", "targets must be an ImageNet class index"),
        ("k=11", "k must be a whole number from 1 to 10"),
        ("method=lime", "method must be one of guided_backprop, gradient, smoothgrad"),
        ("method=layercam&layer=input", "layer must be fine, middle or coarse for layercam"),
        ("layer=blocks.5", "layer must be one of input, fine, middle, coarse"),
        ("output=cutout", "output must be one of png, npz"),
        ("output=npz&quality=50", "quality has no effect on output=npz"),
        ("output=png&format=jpeg", "format has no effect on output=png"),
        (
            "method=smoothgrad&k=2&samples=50",
            "smoothgrad of 2 classes takes 100 .* at samples=50, .* send samples=25 or",
        ),
        (
            "method=integrated_gradients&targets=[1,2,3]&samples=17",
            "3 classes takes 51 .* may take 50; send samples=16",
        ),
        ("method=smoothgrad&samples=51", "samples must be a whole number from 1 to 50"),
        ("method=gradient&samples=5", "samples is for smoothgrad and integrated_gradients alone"),
        ("method=gradient&point=0,0", "point has no effect on the maps of gradient"),
        ("mask=none", "leave out the mask none"),
    ],
)
def test_what_contradicts_itself_in_an_explanation_is_refused(query, sentence):
    with pytest.raises(InvalidOption, match=sentence):
        explanation_with(query)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("methodz=gradient", 'Option "methodz" is not known; did you mean method?'),
        ("zoom=2", "An explanation takes mask, .*, output only; leave out "),
    ],
)
def test_an_unknown_option_of_an_explanation_is_refused_with_what_may_be_meant(query, sentence):
    with pytest.raises(InvalidOption, match=sentence):
        explanation_with(query)


def test_a_photo_takes_no_options_of_an_explanation():
    with pytest.raises(InvalidOption, match='"method" is not known'):
        parse_with_query("method=gradient")


def test_an_explanation_ends_when_its_client_has_been_told_that_it_did_not_come():
    check = wait_limit(taken_s({"X-Focal-Received": "1000.5"}, now_s=1010), 60)
    check(1060)
    with pytest.raises(TimedOut, match="took longer than the limit of 60 seconds; ask for fewer classes"):
        check(1060.6)
    wait_limit(taken_s({}, now_s=1010), 60)(1070)


# ---- what is wrong with a body


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "null",
        "7",
        '"img"',
        "[]",
        "[1]",
        "{",
        '{"img"}',
        "{'img': 'x'}",
        '{"img": "x",}',
        '{"img": "x"} x',
        '{"img": "x", "strength": NaN}',
        '{"img": "x", "strength": -Infinity}',
        '{"img": "x", "quality": ' + "9" * 5000 + "}",
        '{"img": "x", "a": ' + "[" * 100_000 + "]" * 100_000 + "}",
        "{" * 100_000,
        '{"img": "x\n"}',
        b'{"img": "\xff"}',
        b"\x00" * 100,
    ],
    ids=lambda text: repr(text[:20]),
)
def test_a_body_that_is_no_json_object_is_refused(text):
    with pytest.raises(InvalidJson, match=r"^The (JSON )?body .*; send .*\.$"):
        parse_json(text)


@pytest.mark.parametrize("value", [None, 7, 1.5, True, [], ["img"], "img"])
def test_json_that_torchserve_decoded_to_something_else_is_refused(value):
    with pytest.raises(InvalidJson, match="must be an object"):
        parse_request({"body": value}, AS_JSON)


def test_an_entry_that_comes_twice_is_refused():
    with pytest.raises(InvalidJson, match="twice"):
        parse_json(f'{{"img": "{IN_BASE64}", "img": "{IN_BASE64}"}}')


@pytest.mark.parametrize("text", ["{}", '{"image": "x"}', '{"IMG": "x"}', '{"img": null}'])
def test_an_object_without_a_photo_is_refused(text):
    with pytest.raises(MissingImage, match='has no "img"'):
        parse_json(text)


@pytest.mark.parametrize("value", ["7", "[]", "{}", "true", '["x"]'])
def test_a_photo_that_is_no_text_is_refused(value):
    with pytest.raises(InvalidBase64, match="must be a string"):
        parse_json(f'{{"img": {value}}}')


@pytest.mark.parametrize("row", [{}, {"photo": bytearray(PHOTO)}, {"strength": bytearray(b"0.1")}])
def test_a_form_without_a_photo_is_refused(row):
    with pytest.raises(MissingImage, match="holds no photo"):
        parse_request(row, {})


@pytest.mark.parametrize("value", [7, {"a": 1}, [1, 2], None, 1.5])
def test_a_photo_field_that_torchserve_decoded_as_json_is_refused(value):
    with pytest.raises(MissingImage, match="not an image file"):
        parse_request({"img": value}, {})


@pytest.mark.parametrize("value", [bytearray(b"\xff\xfe"), 7, None, {"a": 1}, [[]]])
def test_a_form_field_that_is_no_text_is_refused(value):
    with pytest.raises(InvalidOption, match='Field "strength" of the form is neither'):
        parse_request({"img": bytearray(PHOTO), "strength": value}, {})


def test_two_photos_in_one_form_are_refused():
    with pytest.raises(InvalidForm, match="photos in img and image; send one"):
        parse_request({"img": bytearray(PHOTO), "image": bytearray(PHOTO)}, {})


def test_json_of_many_entries_is_refused_before_it_takes_memory():
    body = b'{"img": "x", "a": [' + b"[]," * 100_000 + b"[]]}"  # parsed, it would take 20 times its length
    tracemalloc.start()

    with pytest.raises(InvalidJson, match="more than 1000 entries"):
        parse_json(body)

    assert tracemalloc.get_traced_memory()[1] < 2 * len(body)
    tracemalloc.stop()


def test_many_options_get_a_short_answer():
    options = ",".join(f'"o{n}":{n}' for n in range(1002))

    with pytest.raises(InvalidJson) as caught:
        parse_json(f'{{"img":"{IN_BASE64}",{options}}}')

    assert len(caught.value.message) < 300


# ---- base64


@given(st.binary(min_size=1, max_size=100))
def test_what_was_encoded_is_decoded(data):
    encoded = base64.b64encode(data).decode()

    assert decode_base64(encoded) == data


@given(st.binary(max_size=100), st.sampled_from([" ", "\n", "\r\n", "\t", "\v\f"]), st.integers(1, 10), st.booleans())
def test_alphabet_padding_and_white_space_are_free(data, space, width, padded):
    encoded = base64.urlsafe_b64encode(data).decode()
    encoded = encoded if padded else encoded.rstrip("=")
    wrapped = space.join(encoded[at : at + width] for at in range(0, len(encoded), width))

    assert decode_base64(space + wrapped + space) == data


@pytest.mark.parametrize("prefix", ["data:image/jpeg;base64,", "DATA:;BASE64,", "\n data:image/png;a=b;base64, "])
def test_a_data_url_is_decoded(prefix):
    assert decode_base64(prefix + IN_BASE64) == PHOTO


@pytest.mark.parametrize(
    "text",
    ["?", "Q", "QQ=", "QQ==QQ==", "QQ==x", "=", "====", "Q===", "QUJD=", "QUJD==", "QUJD===", "QUJD====", "QQ======",
     "QQ.=", "ab+_", "é", "ＱＱ==", "\ud800", "\x00", "data:image/png,QQ==", "data:;base64", "data:", "data:,"],
)  # fmt: skip
def test_what_is_not_base64_is_refused(text):
    with pytest.raises(InvalidBase64):
        decode_base64(text)


def test_an_address_of_a_photo_is_told_to_be_none():
    with pytest.raises(InvalidBase64, match=r'^"img" is an address, and Focal fetches nothing; send the image file'):
        decode_base64("https://example.org/photo.jpg")


def test_plain_base64_is_decoded_without_copies():
    text = base64.b64encode(bytes(3_000_000)).decode()
    tracemalloc.start()

    decode_base64(text)

    assert tracemalloc.get_traced_memory()[1] < 3_100_000
    tracemalloc.stop()


# ---- the kind of answer


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", None),
        ("*/*", None),
        ("application/json", None),
        ("image/jpeg", "jpeg"),
        ("image/png", "png"),
        ("image/webp", "webp"),
        ("image/*", "jpeg"),
        ("IMAGE/PNG ; Q=0.5", "png"),
        ("text/html", None),
        ("image/gif", None),
        ("application/json, image/png", None),
        ("image/png, application/json", "png"),
        ("image/png;q=0.9, application/json", None),
        ("image/png, */*;q=0.8", "png"),
        ("*/*, image/webp", "webp"),
        ("image/jpeg;q=0, image/*", "png"),
        ("image/jpeg;q=0", None),
        ("image/webp;q=0.2, image/png;q=0.3", "png"),
        ("application/json;q=0.1, image/*;q=0.2", "jpeg"),
        ("application/*", None),
        ("text/html,application/xhtml+xml,image/avif,image/webp,*/*;q=0.8", "webp"),
        ("image/png;q=nan", None),
        ("image/png;q=inf, application/json", None),
        ("image/png;q=-1", None),
        ("image/png;q=", None),
        (";;;,,,;q=1,/", None),
        ("image/png\x00", None),
    ],
)
def test_the_accept_header_decides_between_json_and_the_picture(accept, wanted):
    assert wanted_picture(accept) == wanted


@pytest.mark.parametrize("name", ["accept", "Accept", "ACCEPT"])
def test_header_names_are_read_in_any_case(name):
    assert parse_request({"body": bytearray(PHOTO)}, {name: "image/png"}).picture_format == "png"


def test_a_form_field_that_torchserve_lists_among_the_headers_is_no_header():
    headers = {"accept": {"content-type": "image/png"}, "Accept": "image/webp"}

    assert parse_request({"body": bytearray(PHOTO)}, headers).picture_format == "webp"


# ---- whatever comes


def answered_code(row, headers):
    """200, or the code of the error with which a row is refused."""
    try:
        parse_request(row, headers)
    except FocalError as error:
        return error.code if error.message.isprintable() and len(error.message) < 400 else "a bad message"
    return 200


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
NAMES = st.sampled_from(["body", "img", "image", "strength", "target", "quality"]) | st.text(max_size=10)


@given(
    st.dictionaries(NAMES, st.binary(max_size=50).map(bytearray) | JSON_VALUES, max_size=4),
    st.dictionaries(st.sampled_from(["Accept", "content-type"]) | st.text(), st.text() | JSON_VALUES, max_size=4),
)
def test_any_row_with_any_headers_is_parsed_or_refused(row, headers):
    assert answered_code(row, headers) in (200, 400)


@given(st.binary(max_size=200))
def test_any_bytes_called_json_are_parsed_or_refused(body):
    assert answered_code({"body": bytearray(body)}, AS_JSON) in (200, 400)


@pytest.mark.parametrize("headers", [{"X-Focal-Received": "939.9"}, {"x-focal-received": "0"}])
def test_a_request_that_waited_too_long_is_refused(headers):
    with pytest.raises(TimedOut, match="limit of 60 seconds"):
        refuse_late(headers, 60, now_s=1000.0)


@pytest.mark.parametrize(
    "taken", ["940.0", "1000.000", "2000", "", "then", "0then", "1e9", "nan", "9" * 400, "\u0661", b"0"]
)
def test_a_request_in_time_or_of_untold_time_is_not(taken):
    refuse_late({"X-Focal-Received": taken}, 60, now_s=1000.0)


def test_without_a_gateway_no_request_is_late():
    refuse_late({}, 60, now_s=1000.0)
